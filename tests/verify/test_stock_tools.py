"""docs/evidence.md keeps its word: its commands, pasted, find nothing in an honest bundle and name what is forged."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.canonical import digest
from ecabinet.core.cosignature import cosign, witness_key
from ecabinet.core.envelope import Envelope
from ecabinet.core.evidence import manifest
from ecabinet.core.evidence.bundle import LedgerProofs, with_time_stamp
from ecabinet.core.evidence.enclosed import revocation_name, with_enclosed
from ecabinet.core.ledger import ENTRY_SIZE
from ecabinet.core.people import Role
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.revocation import Kind, ocsp_request
from ecabinet.core.signed_note import SignedNote
from ecabinet.core.timestamps import read_response, write_request
from ecabinet.keys.certificates import Authority, generate_key
from tests.attacks import by_the_maker
from tests.bundles import UNLISTED, files_of, named, packed, resealed, sealed
from tests.cabinet import Cabinet
from tests.devices import Device
from tests.services import outside_authority, time_authority
from tests.services.outside_authority import OutsideAuthority
from tests.services.time_authority import respond, stamper

DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"
COMMANDS = "\n".join(re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))

COMPLAINT = re.compile(r"^(CHANGED|MISSING|FOREIGN|REVOKED|UNTOLD) .*|.*[Vv]erification [Ff]ailure", re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("basenc") is None, reason="needs GNU coreutils")

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    """Now: OpenSSL looks at the clock."""
    return Cabinet.with_result(at=datetime.now(UTC).replace(microsecond=0))


def run(bundle: bytes, cabinet: Cabinet, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "evidence.asice").write_bytes(bundle)
    certificate = x509.load_der_x509_certificate(cabinet.anchors[0])
    (folder / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return subprocess.run(["sh", "-c", COMMANDS], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("with_papers", [True, False])
def test_the_printed_commands_prove_a_bundle(cabinet: Cabinet, tmp_path: Path, *, with_papers: bool) -> None:
    done = run(sealed(cabinet, papers=None if with_papers else {}), cabinet, tmp_path)
    assert done.returncode == 0, done.stderr
    assert COMPLAINT.search(done.stdout + done.stderr) is None
    signatures = len([name for name in files_of(sealed(cabinet)) if name.endswith(".p7s")])
    assert done.stderr.count("CAdES Verification successful") == signatures
    assert "Signature Verified Successfully" in done.stdout
    assert re.search(r"opinion\.json was taken in at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", done.stdout)


def alter(part: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    def altered(files: Files) -> Files:
        name = min(name for name in files if part in name)
        assert old in files[name]
        return {**files, name: files[name].replace(old, new, 1)}

    return altered


def drop_an_opinion(files: Files) -> Files:
    stem = min(name for name in files if name.endswith(".opinion.json")).removesuffix(".json")
    return {name: data for name, data in files.items() if not name.startswith(stem)}


def exchange_the_authority(files: Files) -> Files:
    return {**files, "certificates/authority.pem": files["certificates/registrar.pem"]}


@pytest.mark.parametrize(
    ("attack", "complaint"),
    [
        (alter(".opinion.json", b"agree", b"other"), r"CHANGED ballot/.*\.opinion\.p7s"),
        (
            alter("body.founded.json", b"Asia/Ho_Chi_Minh", b"Asia/Saigon"),
            r"CHANGED register/00000000\.body\.founded\.p7s",
        ),
        (alter("ledger/checkpoint", b"ecabinet/", b"ecabinex/"), r"CHANGED ledger/checkpoint"),
        (alter("papers/", b"%PDF-1.7", b"%PDF-1.6"), r"CHANGED papers/"),
        (drop_an_opinion, r"MISSING ballot/.*\.opinion\.json"),
        (exchange_the_authority, r"CHANGED certificates/authority\.pem"),
    ],
)
def test_the_printed_commands_say_what_is_forged(
    attack: Callable[[Files], Files], complaint: str, cabinet: Cabinet, tmp_path: Path
) -> None:
    done = run(packed(attack(files_of(sealed(cabinet)))), cabinet, tmp_path)
    assert COMPLAINT.search(done.stdout + done.stderr)
    assert re.search(f"^{complaint}", done.stdout, re.MULTILINE), done.stdout


def listed_anew(files: Files) -> Files:
    """With a manifest that has these files, under the old seal."""
    listed = manifest.write({name: digest(data) for name, data in files.items() if name not in UNLISTED})
    return {**files, manifest.MANIFEST: listed}


def drop_an_opinion_and_its_entry_under_the_old_seal(files: Files) -> Files:
    return listed_anew(by_the_maker.drop_an_opinion_and_its_entry(files))


def bend_the_seal(files: Files) -> Files:
    seal = files[manifest.SIGNATURE]
    return {**files, manifest.SIGNATURE: seal[:-1] + bytes([seal[-1] ^ 1])}


def take_the_seal_off(files: Files) -> Files:
    return by_the_maker.without(files, manifest.SIGNATURE)


def admit_an_authority_without_the_registrar(files: Files) -> Files:
    return {**files, "register/00000099.authority.admitted.json": b"{}"}


def give_the_root_itself_for_a_proof(files: Files) -> Files:
    """As if the entries lay beyond the tree, which is then all given."""
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    root = codec.from_value(bytes, files["ledger/checkpoint"].decode().split("\n")[2])
    bent = codec.dump(replace(proofs, first_leaf=1_000_000, range=(root,)))
    return {**by_the_maker.drop_an_opinion_and_its_entry(files), "ledger/proofs.json": bent}


SEAL = r"CHANGED META-INF/signature001\.p7s"
ENTRIES = r"CHANGED ledger/entries\.bin"


@pytest.mark.parametrize(
    ("attack", "complaints"),
    [
        (drop_an_opinion_and_its_entry_under_the_old_seal, (SEAL, ENTRIES)),
        (bend_the_seal, (SEAL,)),
        (take_the_seal_off, (SEAL,)),
        (alter("ASiCManifest001.xml", b"text/plain", b"text/plane"), (SEAL,)),
        pytest.param(
            admit_an_authority_without_the_registrar,
            (
                r"CHANGED register/00000099\.authority\.admitted\.p7s",
                r"FOREIGN register/00000099\.authority\.admitted\.json",
            ),
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_printed_commands_say_that_the_seal_does_not_hold_or_does_not_cover(
    attack: Callable[[Files], Files], complaints: tuple[str, ...], cabinet: Cabinet, tmp_path: Path
) -> None:
    done = run(packed(attack(files_of(sealed(cabinet)))), cabinet, tmp_path)
    for complaint in complaints:
        assert re.search(f"^{complaint}", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize(
    ("attack", "complaint"),
    [
        (by_the_maker.drop_an_opinion, r"MISSING ballot/\d{8}: "),
        (by_the_maker.drop_an_opinion_and_its_entry, ENTRIES),
        pytest.param(by_the_maker.let_the_entries_begin_after_the_first_opinions, ENTRIES, marks=pytest.mark.long),
        pytest.param(give_the_root_itself_for_a_proof, ENTRIES, marks=pytest.mark.long),
    ],
)
def test_the_printed_commands_say_what_was_left_out_before_an_accomplice_sealed(
    attack: Callable[[Files], Files], complaint: str, cabinet: Cabinet, tmp_path: Path
) -> None:
    accomplice = cabinet.devices["secretary"].signer()
    done = run(resealed(attack(files_of(sealed(cabinet))), accomplice, cabinet), cabinet, tmp_path)
    assert re.search(f"^{complaint}", done.stdout, re.MULTILINE), done.stdout
    assert re.search(f"^{SEAL}", done.stdout, re.MULTILINE) is None


def test_the_printed_commands_say_that_a_revocation_was_hidden(tmp_path: Path) -> None:
    body = Cabinet.with_open_ballot(at=datetime.now(UTC).replace(microsecond=0))
    done = run(by_the_maker.hide_a_revocation(body), body, tmp_path)
    assert re.search(r"^MISSING register/\d{8}: ", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^MISSING register: the head that .*ballot\.result", done.stdout, re.MULTILINE), done.stdout


class Witnessed(Cabinet):
    """A body whose registrar named two witnesses, one of whom was asked."""

    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = witness_key("kiểm-toán.example/w1", private)
    other = witness_key("court.example", Ed25519PrivateKey.from_private_bytes(bytes(32)))

    def founding(self, *, witnesses: WitnessPolicy | None = None) -> Envelope:
        policy = WitnessPolicy(quorum=1, keys=(self.other.text(), self.key.text()))
        return super().founding(witnesses=witnesses or policy)

    def cosigned(self, private: Ed25519PrivateKey) -> bytes:
        record = self.record()
        note = SignedNote.from_text(record.checkpoint)
        line = cosign(note.text, self.key.name, private, self.now)
        line = replace(line, key_id=self.key.key_id)
        return sealed(self, record=replace(record, checkpoint=str(note.adding([line]))))


def test_the_printed_commands_tell_which_witness_cosigned_and_when(tmp_path: Path) -> None:
    cabinet = Witnessed.with_result(at=datetime.now(UTC).replace(microsecond=0))
    assert isinstance(cabinet, Witnessed)
    done = run(cabinet.cosigned(cabinet.private), cabinet, tmp_path)
    assert COMPLAINT.search(done.stdout + done.stderr) is None
    assert f"{cabinet.key.name} cosigned at {cabinet.now:%Y-%m-%dT%H:%M:%SZ}" in done.stdout
    assert "court.example" not in done.stdout


def test_the_printed_commands_say_that_a_witness_is_forged(tmp_path: Path) -> None:
    cabinet = Witnessed.with_result(at=datetime.now(UTC).replace(microsecond=0))
    assert isinstance(cabinet, Witnessed)
    done = run(cabinet.cosigned(cabinet.log_private_key), cabinet, tmp_path)
    assert f"CHANGED ledger/checkpoint: {cabinet.key.name}" in done.stdout


def stamped(cabinet: Cabinet, entries: int) -> bytes:
    """A bundle whose time stamp is over so many of its entries."""
    bare = sealed(cabinet)
    data = cabinet.record().entries[: entries * ENTRY_SIZE]
    token = read_response(respond(stamper(at=cabinet.now), write_request(data, 1)), data, 1)
    size, rest = with_time_stamp(bare, len(bare), token)
    return bare[:size] + rest


def until_closing(cabinet: Cabinet) -> int:
    record = cabinet.record()
    closed = next(each for each in record.ballot if b'"ballot.closed"' in each.envelope.statement)
    return closed.placed.leaf - record.first_leaf + 1


def test_the_printed_commands_tell_the_time_of_an_outside_clock(cabinet: Cabinet, tmp_path: Path) -> None:
    (tmp_path / "time-anchors.pem").write_bytes(time_authority.root().certificate.public_bytes(Encoding.PEM))
    done = run(stamped(cabinet, until_closing(cabinet)), cabinet, tmp_path)
    assert COMPLAINT.search(done.stdout + done.stderr) is None
    assert "Verification: OK" in done.stdout
    assert f"Time stamp: {cabinet.now:%b %e %H:%M:%S %Y} GMT" in done.stdout


def test_the_printed_commands_say_that_a_time_stamp_is_of_something_else(cabinet: Cabinet, tmp_path: Path) -> None:
    (tmp_path / "time-anchors.pem").write_bytes(time_authority.root().certificate.public_bytes(Encoding.PEM))
    done = run(stamped(cabinet, until_closing(cabinet) - 1), cabinet, tmp_path)
    assert "CHANGED META-INF/time-of-closing.tst" in done.stdout


@contextmanager
def signed_from_outside(*, revoked: bool = False) -> Iterator[tuple[Cabinet, OutsideAuthority]]:
    """A counted ballot of which one opinion was signed with a certificate of an admitted authority."""
    cabinet = Cabinet(at=datetime.now(UTC).replace(microsecond=0))
    with outside_authority.listening(lambda: cabinet.now) as outside:
        cabinet.found()
        cabinet.admit(outside.authority)
        cabinet.enrol("secretary", Role.SECRETARY)
        cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
        device = outside.certify(Device("finance/token"))
        cabinet.enrol("finance", Role.MEMBER, device=device)
        cabinet.publish()
        cabinet.open_ballot()
        if revoked:
            outside.revoke(device.certificate)
        cabinet.answer("chair", "agree", "agree")
        cabinet.answer("finance", "agree", "agree")
        cabinet.close()
        cabinet.announce()
        yield cabinet, outside


def enclosing(cabinet: Cabinet, told: Mapping[bytes, Kind]) -> bytes:
    bare = sealed(cabinet)
    size, rest = with_enclosed(bare, len(bare), {revocation_name(kind, each): each for each, kind in told.items()})
    return bare[:size] + rest


def answer_of(cabinet: Cabinet, outside: OutsideAuthority) -> bytes:
    return outside.ocsp(ocsp_request(cabinet.devices["finance"].certificate, outside.certificate))


OPINION = r"ballot/\d{8}\.opinion\.json: serial="


@pytest.mark.parametrize("kind", [Kind.LIST, pytest.param(Kind.ANSWER, marks=pytest.mark.long)])
def test_the_printed_commands_ask_what_outside_authorities_say(tmp_path: Path, kind: Kind) -> None:
    with signed_from_outside() as (cabinet, outside):
        told = outside.crl() if kind is Kind.LIST else answer_of(cabinet, outside)
    done = run(enclosing(cabinet, {told: kind}), cabinet, tmp_path)
    assert COMPLAINT.search(done.stdout + done.stderr) is None, done.stdout
    assert len(re.findall(f"^good {OPINION}", done.stdout, re.MULTILINE)) == 1, done.stdout


@pytest.mark.parametrize("kind", [pytest.param(Kind.LIST, marks=pytest.mark.long), Kind.ANSWER])
def test_the_printed_commands_say_that_a_certificate_was_revoked(tmp_path: Path, kind: Kind) -> None:
    with signed_from_outside(revoked=True) as (cabinet, outside):
        told = outside.crl() if kind is Kind.LIST else answer_of(cabinet, outside)
    done = run(enclosing(cabinet, {told: kind}), cabinet, tmp_path)
    assert [each.group(1) for each in COMPLAINT.finditer(done.stdout)] == ["REVOKED"], done.stdout
    assert re.search(f"^REVOKED {OPINION}", done.stdout, re.MULTILINE)


def test_the_printed_commands_say_what_nothing_is_told_of_and_what_is_false(tmp_path: Path) -> None:
    with signed_from_outside() as (cabinet, outside):
        impostor = replace(outside, authority=Authority(private_key=generate_key(), certificate=outside.certificate))
        false = {impostor.crl(): Kind.LIST, answer_of(cabinet, impostor): Kind.ANSWER}
    done = run(enclosing(cabinet, false), cabinet, tmp_path)
    for answer, kind in false.items():
        assert f"CHANGED {revocation_name(kind, answer)}" in done.stdout, done.stdout
    assert re.search(f"^UNTOLD {OPINION}", done.stdout, re.MULTILINE), done.stdout


def test_the_document_names_every_file_of_a_bundle(cabinet: Cabinet) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    files = files_of(sealed(cabinet))
    for name in ("README.txt", "policy.json", "ledger/checkpoint", "ledger/entries.bin", "ledger/proofs.json"):
        assert f"`{name}`" in text
        assert named(files, name) == name
