"""Witnesses in a bundle: enough of them prove, too few leave open, a false one convicts, and nobody counts twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.cosignature import cosign, device_witness_key, witness_key
from ecabinet.core.envelope import Envelope
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Policy, Report, Verdict, check, read
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.signed_note import NoteSignature, SignedNote
from tests.bundles import blamed, sealed
from tests.cabinet import Cabinet

WITNESSES = {
    name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("audit", "court", "press")
}
KEYS = {name: witness_key(name, private).text() for name, private in WITNESSES.items()}


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


def lines(note: str, names: Sequence[str], at: datetime) -> list[NoteSignature]:
    return [cosign(SignedNote.from_text(note).text, name, WITNESSES[name], at) for name in names]


def bundle(cabinet: Cabinet, *names: str, at: datetime | None = None, more: Sequence[NoteSignature] = ()) -> bytes:
    record = cabinet.record()
    signed = SignedNote.from_text(record.checkpoint)
    signatures = [*lines(record.checkpoint, names, at or cabinet.now), *more]
    return sealed(cabinet, record=replace(record, checkpoint=str(signed.adding(signatures))))


def judged(data: bytes, cabinet: Cabinet, quorum: int, *keys: str, tolerance: int = 60) -> Report:
    policy = Policy(clock_tolerance_seconds=tolerance, witnesses=WitnessPolicy(quorum=quorum, keys=keys))
    return check(read(data), cabinet.anchors, policy)


def faults(report: Report) -> list[Fault]:
    return [each.fault for each in report[Check.WITNESSES].findings]


def test_a_quorum_proves(cabinet: Cabinet) -> None:
    report = judged(bundle(cabinet, "audit", "court"), cabinet, 2, *KEYS.values())
    assert report.exit_code is ExitCode.PROVEN
    assert report[Check.WITNESSES].verdict is Verdict.PASSED
    assert faults(report) == [Fault.COSIGNED, Fault.COSIGNED]


class Witnessed(Cabinet):
    """A body whose registrar asks for a witness."""

    def founding(self, *, witnesses: WitnessPolicy | None = None) -> Envelope:
        return super().founding(witnesses=witnesses or WitnessPolicy(quorum=1, keys=(KEYS["audit"],)))


def test_the_quorum_that_the_registrar_signed_is_asked_for() -> None:
    cabinet = Witnessed.with_result()
    assert check(read(bundle(cabinet, "audit")), cabinet.anchors).exit_code is ExitCode.PROVEN
    assert check(read(bundle(cabinet, "court")), cabinet.anchors).exit_code is ExitCode.INCOMPLETE
    # A verifier's own policy takes its place.
    assert judged(bundle(cabinet, "court"), cabinet, 1, KEYS["court"]).exit_code is ExitCode.PROVEN
    assert judged(bundle(cabinet), cabinet, 0)[Check.WITNESSES].verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("names", [(), ("audit",), ("press",)])
def test_too_few_leave_it_open(cabinet: Cabinet, names: tuple[str, ...]) -> None:
    report = judged(bundle(cabinet, *names), cabinet, 2, KEYS["audit"], KEYS["court"])
    assert report.exit_code is ExitCode.INCOMPLETE
    assert report[Check.WITNESSES].verdict is Verdict.NOT_CHECKED
    assert faults(report)[-1] is Fault.TOO_FEW_WITNESSES


def test_one_witness_under_two_names_is_one(cabinet: Cabinet) -> None:
    again = witness_key("another name", WITNESSES["audit"])
    twice = replace(again, name="another-name")
    note = SignedNote.from_text(cabinet.checkpoint())
    more = [cosign(note.text, "another-name", WITNESSES["audit"], cabinet.now)]
    report = judged(bundle(cabinet, "audit", more=more), cabinet, 2, KEYS["audit"], twice.text(), KEYS["audit"])
    assert report[Check.WITNESSES].verdict is Verdict.NOT_CHECKED
    assert report[Check.WITNESSES].findings[-1].detail == "1/2"


def test_neither_the_log_nor_members_devices_count(cabinet: Cabinet) -> None:
    text = SignedNote.from_text(cabinet.checkpoint()).text
    log = witness_key("log", cabinet.log_private_key)
    device = cabinet.devices["chair"].device_key
    key = device_witness_key(cabinet.body, device.public_key().public_bytes_raw())
    more = [
        cosign(text, "log", cabinet.log_private_key, cabinet.now),
        cosign(text, key.name, device, cabinet.now),
    ]
    report = judged(bundle(cabinet, more=more), cabinet, 1, log.text(), key.text())
    assert faults(report) == [Fault.NOT_INDEPENDENT, Fault.NOT_INDEPENDENT, Fault.TOO_FEW_WITNESSES]
    assert report.exit_code is ExitCode.INCOMPLETE


def test_a_false_cosignature_is_somebodys_doing(cabinet: Cabinet) -> None:
    key = witness_key("audit", WITNESSES["audit"])
    forged = NoteSignature("audit", key.key_id, bytes(72))
    other = lines(cabinet.checkpoint(len(cabinet.tree) - 1), ["audit"], cabinet.now)[0]
    for signature in (forged, other):
        data = bundle(cabinet, "court", more=[signature])
        report = judged(data, cabinet, 1, KEYS["audit"], KEYS["court"])
        assert blamed(report) == {(Check.WITNESSES, Culprit.BUNDLE)}
        # Who does not know that witness does not mind.
        assert judged(data, cabinet, 1, KEYS["court"]).exit_code is ExitCode.PROVEN


def test_a_log_that_dates_entries_ahead_of_a_witnesss_clock_is_remarked_on(cabinet: Cabinet) -> None:
    early = bundle(cabinet, "audit", at=cabinet.now - timedelta(hours=2))
    report = judged(early, cabinet, 1, KEYS["audit"])
    assert report.exit_code is ExitCode.PROVEN
    assert faults(report) == [Fault.COSIGNED, Fault.COSIGNED_BEFORE_ACCEPTED]
    assert faults(judged(early, cabinet, 1, KEYS["audit"], tolerance=3 * 3600)) == [Fault.COSIGNED]


@pytest.mark.parametrize("key", ["", "audit", "audit+00000000+AA==", "\x1b[2J", "a" * 5000, "Peter+c74f20a3+ARpc"])
def test_keys_that_cannot_be_read_count_for_nobody(cabinet: Cabinet, key: str) -> None:
    report = judged(bundle(cabinet, "audit"), cabinet, 1, key)
    assert faults(report) == [Fault.WITNESSES_UNREAD, Fault.TOO_FEW_WITNESSES]
    assert judged(bundle(cabinet, "audit"), cabinet, 1, key, KEYS["audit"]).exit_code is ExitCode.PROVEN


def test_without_the_logs_signature_there_is_nothing_to_witness(cabinet: Cabinet) -> None:
    record = cabinet.record()
    text = SignedNote.from_text(record.checkpoint).text
    unsigned = str(SignedNote(text, tuple(lines(record.checkpoint, ["audit"], cabinet.now))))
    data = sealed(cabinet, record=replace(record, checkpoint=unsigned))
    report = judged(data, cabinet, 1, KEYS["audit"])
    assert report[Check.WITNESSES].verdict is Verdict.NOT_CHECKED
    assert report.exit_code is ExitCode.DISPROVEN
