"""`ecabinet-verify` on evidence that a log signed two histories."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.evidence import ExitCode
from ecabinet.core.fork import ForkEvidence, ForkVerdict
from ecabinet.verify.__main__ import main
from ecabinet.verify.words import _WORDS, Language, say
from tests.cabinet import Cabinet


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    cabinet = Cabinet()
    cabinet.found()
    cabinet.enrol("secretary")
    return cabinet


@pytest.fixture
def evidence(cabinet: Cabinet) -> ForkEvidence:
    """Two checkpoints of one size."""
    other = Checkpoint(origin=cabinet.log_key.name, size=2, root=bytes(32)).signed(cabinet.log_private_key)
    return ForkEvidence(
        body=cabinet.body,
        founding=cabinet.register[0].envelope,
        epochs=(),
        known=cabinet.checkpoint(),
        shown=other,
        root=None,
        path=(),
    )


def run(given: bytes, cabinet: Cabinet, folder: Path, *options: str) -> int:
    (folder / "fork.json").write_bytes(given)
    certificate = x509.load_der_x509_certificate(cabinet.anchors[0])
    (folder / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return main([str(folder / "fork.json"), "--trust", str(folder / "anchors.pem"), *options])


def test_a_fork_is_proven_and_the_log_blamed(
    cabinet: Cabinet, evidence: ForkEvidence, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(codec.dump(evidence), cabinet, tmp_path) == ExitCode.PROVEN
    told = capsys.readouterr().out
    assert "ĐÃ CHỨNG MINH" in told
    assert f"Sổ ghi nhận: {cabinet.log_key.name}" in told
    assert "Cáo buộc: máy chủ" in told
    assert run(codec.dump(evidence), cabinet, tmp_path, "--json") == ExitCode.PROVEN
    said = json.loads(capsys.readouterr().out)
    assert (said["exit"], said["fork"]["verdict"], said["fork"]["body"]) == (0, "convicted", cabinet.body)


def test_each_verdict_has_its_status_and_its_words(
    cabinet: Cabinet, evidence: ForkEvidence, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = Cabinet("H00.2")
    stranger.found()
    for given, code, verdict in (
        (replace(evidence, shown=evidence.known), ExitCode.DISPROVEN, ForkVerdict.ONE_HISTORY),
        (replace(evidence, shown=cabinet.checkpoint(1)), ExitCode.INCOMPLETE, ForkVerdict.OPEN),
        (replace(evidence, shown=stranger.checkpoint()), ExitCode.DISPROVEN, ForkVerdict.FORGED),
        (replace(evidence, founding=stranger.register[0].envelope), ExitCode.DISPROVEN, ForkVerdict.FORGED),
    ):
        assert run(codec.dump(given), cabinet, tmp_path, "--language", "en") == code
        assert say(verdict, Language.ENGLISH) in capsys.readouterr().out


@pytest.mark.parametrize("given", [b"{", b"{}", b'{"body": "H00.1"}', b"{" * 5000, b"{\xff"])
def test_what_is_no_evidence_is_unreadable(given: bytes, cabinet: Cabinet, tmp_path: Path) -> None:
    assert run(given, cabinet, tmp_path) == ExitCode.UNREADABLE
    assert run(given, cabinet, tmp_path, "--json") == ExitCode.UNREADABLE


def test_no_value_takes_the_words_of_another() -> None:
    """Values of two enumerations that are spelt alike are one key."""
    kinds = {type(word) for word in _WORDS}
    spelt = [word.value for kind in kinds if issubclass(kind, str) for word in kind]
    assert len(spelt) == len(set(spelt))
