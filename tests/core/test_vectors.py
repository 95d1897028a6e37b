"""What was once signed is read for ever: one file of every statement type and version, and a whole bundle."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec, envelope
from ecabinet.core.checkpoint import LogKey, Receipt, origin_of
from ecabinet.core.envelope import Envelope, open_envelope
from ecabinet.core.evidence import ExitCode, check, read
from ecabinet.core.fork import ForkVerdict, check_fork, read_fork
from ecabinet.core.omission import OmissionVerdict, check_omission, read_omission
from ecabinet.core.receipt_file import ReceiptVerdict, check_receipt, read_receipt
from ecabinet.core.register import BodyFounded
from ecabinet.core.statements import tag_of
from tests.bundles import files_of

FOLDER = Path(__file__).parents[1] / "vectors"
STATEMENTS = sorted((FOLDER / "statements").glob("*.json"))
BUNDLES = sorted((FOLDER / "evidence").glob("*.asice"))


def signed(path: Path) -> Envelope:
    return Envelope(path.read_bytes(), path.with_suffix(".p7s").read_bytes())


def test_there_is_a_vector_of_every_type_and_version() -> None:
    assert {path.stem for path in STATEMENTS} == {f"{kind}-{version}" for kind, version in envelope._KINDS}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_statement_of_old_is_read_and_its_signature_holds(path: Path) -> None:
    opened = open_envelope(signed(path))
    assert f"{opened.statement.TYPE}-{opened.statement.VERSION}" == path.stem
    assert bytes(opened.statement) == path.read_bytes()
    assert len(tag_of(opened)) == 32


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_bundle_of_old_is_proven_as_it_was(path: Path) -> None:
    number = path.stem.rpartition("-")[2]
    pem = (path.parent / f"anchors-{number}.pem").read_bytes()
    anchors = tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem))
    with path.open("rb") as file:
        report = check(read(file), anchors)
    assert report.exit_code is ExitCode.PROVEN
    expected = json.loads((path.parent / f"report-{number}.json").read_bytes())
    verdicts = {each["check"]: each["verdict"] for each in expected["checks"]}
    judged = {each.check.value: each.verdict.value for each in report.checks}
    assert {check: judged[check] for check in verdicts} == verdicts  # of checks that came later nothing is known here
    assert report.facts is not None
    assert codec.to_value(report.facts.collation) == expected["facts"]["collation"]


def test_a_receipt_of_old_still_proves_its_leaf() -> None:
    files = files_of(BUNDLES[0].read_bytes())
    founding = envelope.parse(files["register/00000000.body.founded.json"])
    assert isinstance(founding, BodyFounded)
    receipt = Receipt.from_text((FOLDER / "evidence" / "receipt-1.tlog-proof").read_text())
    name = f"ballot/{receipt.index:08d}.ballot.opened"
    opened = open_envelope(Envelope(files[f"{name}.json"], files[f"{name}.p7s"]))
    key = LogKey(name=origin_of(founding.body, 1), public_key=founding.log_key)
    assert receipt.verify(key, tag=tag_of(opened), envelope_digest=opened.envelope.digest).size > receipt.index


def test_evidence_of_a_fork_still_convicts() -> None:
    pem = (FOLDER / "forks" / "anchors-1.pem").read_bytes()
    anchors = tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem))
    evidence = read_fork((FOLDER / "forks" / "fork-1.json").read_bytes())
    assert check_fork(evidence, anchors).verdict is ForkVerdict.CONVICTED


def test_evidence_of_an_opinion_passed_over_and_its_receipt_still_hold() -> None:
    pem = (FOLDER / "omissions" / "anchors-1.pem").read_bytes()
    anchors = (x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER),)
    evidence = read_omission((FOLDER / "omissions" / "omission-1.json").read_bytes())
    assert check_omission(evidence, anchors).verdict is OmissionVerdict.PASSED_OVER
    with (FOLDER / "omissions" / "receipt-1.zip").open("rb") as file:
        assert check_receipt(read_receipt(file), anchors).verdict is ReceiptVerdict.ACKNOWLEDGED


def test_evidence_of_an_epoch_cut_short_still_convicts() -> None:
    pem = (FOLDER / "forks" / "epoch-anchors-1.pem").read_bytes()
    anchors = (x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER),)
    evidence = read_fork((FOLDER / "forks" / "epoch-1.json").read_bytes())
    assert check_fork(evidence, anchors).verdict is ForkVerdict.CUT_SHORT
