"""A time stamp in a bundle: it proves to whoever believes its authority, and takes nothing from anybody else."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ecabinet.core.ballots import BallotClosed
from ecabinet.core.envelope import parse
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Report, Verdict, check, container, read
from ecabinet.core.evidence.bundle import TIME_STAMP, with_time_stamp
from ecabinet.core.ledger import ENTRY_SIZE
from ecabinet.core.timestamps import read_response, write_request
from tests.bundles import blamed, files_of, packed, sealed
from tests.cabinet import Cabinet
from tests.services import time_authority
from tests.services.time_authority import certify, for_issuing, respond, stamper

ROOT = time_authority.root().encoded
STRANGER = certify("CA khác", None, for_issuing).encoded


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


def stamp(content: bytes, at: datetime) -> bytes:
    return read_response(respond(stamper(at=at), write_request(content, 1)), content, 1)


def until_closing(cabinet: Cabinet, less: int = 0) -> bytes:
    """The entries from the opening to the closing, without so many of the last."""
    record = cabinet.record()
    closed = next(each for each in record.ballot if isinstance(parse(each.envelope.statement), BallotClosed))
    return record.entries[: ENTRY_SIZE * (closed.placed.leaf - record.first_leaf + 1 - less)]


def stamped(bundle: bytes, token: bytes) -> bytes:
    kept, rest = with_time_stamp(bundle, len(bundle), token)
    return bundle[:kept] + rest


def bundle(cabinet: Cabinet, *, after: timedelta = timedelta(seconds=5)) -> bytes:
    return stamped(sealed(cabinet), stamp(until_closing(cabinet), cabinet.now + after))


def judged(data: bytes, cabinet: Cabinet, *time_anchors: bytes) -> Report:
    return check(read(data), cabinet.anchors, time_anchors=time_anchors)


def found(report: Report) -> tuple[Verdict, list[Fault]]:
    result = report[Check.TIME_STAMP]
    return result.verdict, [each.fault for each in result.findings]


def test_is_added_to_what_was_sealed_and_changes_no_byte_of_it(cabinet: Cabinet) -> None:
    bare, token = sealed(cabinet), stamp(until_closing(cabinet), cabinet.now)
    after = files_of(stamped(bare, token))
    assert list(after)[-1] == TIME_STAMP
    assert packed(after) == stamped(bare, token), "in the container's one form"
    assert after.pop(TIME_STAMP) == token
    assert after == files_of(bare)


def test_proves_to_whoever_trusts_the_authority(cabinet: Cabinet) -> None:
    report = judged(bundle(cabinet), cabinet, ROOT)
    assert report.exit_code is ExitCode.PROVEN
    assert found(report) == (Verdict.PASSED, [Fault.TIME_STAMPED])
    (told,) = report[Check.TIME_STAMP].findings
    assert told.detail.endswith(f"{cabinet.now + timedelta(seconds=5):%Y-%m-%dT%H:%M:%S.000Z}")
    assert "Tổ chức cấp dấu thời gian" in told.detail


def test_who_asks_for_none_is_told_that_there_is_one(cabinet: Cabinet) -> None:
    report = judged(bundle(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert found(report) == (Verdict.NOT_APPLICABLE, [Fault.NO_TIME_AUTHORITY])
    report = judged(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert found(report) == (Verdict.NOT_APPLICABLE, [Fault.NO_TIME_STAMP])


def test_who_asks_for_one_and_gets_none_is_left_without_an_answer(cabinet: Cabinet) -> None:
    report = judged(sealed(cabinet), cabinet, ROOT)
    assert report.exit_code is ExitCode.INCOMPLETE
    assert found(report) == (Verdict.NOT_CHECKED, [Fault.NO_TIME_STAMP])
    report = judged(bundle(cabinet), cabinet, STRANGER)
    assert report.exit_code is ExitCode.INCOMPLETE
    assert found(report) == (Verdict.NOT_CHECKED, [Fault.OTHER_TIME_AUTHORITY])


FALSE: dict[str, Callable[[Cabinet], bytes]] = {
    "of entries before the closing": lambda cabinet: stamp(until_closing(cabinet, 1), cabinet.now),
    "of all entries": lambda cabinet: stamp(cabinet.record().entries, cabinet.now),
    "nothing": lambda _: b"",
    "an opinion": lambda cabinet: cabinet.record().ballot[0].envelope.signature,
}


@pytest.mark.parametrize("anchors", [(), (ROOT,)], ids=["asked by nobody", "asked for"])
@pytest.mark.parametrize("name", FALSE)
def test_a_false_one_is_somebodys_doing(cabinet: Cabinet, name: str, anchors: tuple[bytes, ...]) -> None:
    report = judged(stamped(sealed(cabinet), FALSE[name](cabinet)), cabinet, *anchors)
    assert report.exit_code is ExitCode.DISPROVEN
    assert blamed(report) == {(Check.TIME_STAMP, Culprit.BUNDLE)}


def test_a_ledger_that_dates_entries_ahead_of_the_stamp_is_remarked_on(cabinet: Cabinet) -> None:
    report = judged(bundle(cabinet, after=-timedelta(days=2)), cabinet, ROOT)
    assert report.exit_code is ExitCode.PROVEN
    assert found(report) == (Verdict.PASSED, [Fault.TIME_STAMPED, Fault.STAMPED_BEFORE_ACCEPTED])


@pytest.mark.parametrize("name", ["ledger/entries.bin", "ledger/checkpoint"])
def test_without_a_proven_ledger_there_is_nothing_that_was_stamped(cabinet: Cabinet, name: str) -> None:
    files = files_of(bundle(cabinet))
    data = bytearray(files[name])
    data[20] ^= 1
    report = judged(packed({**files, name: bytes(data)}), cabinet, ROOT)
    assert found(report) == (Verdict.NOT_CHECKED, [Fault.NEEDS_ANOTHER_CHECK])
    assert report.exit_code is ExitCode.DISPROVEN


def test_no_byte_of_it_can_be_changed_unseen(cabinet: Cabinet) -> None:
    whole = bundle(cabinet)
    token = files_of(whole)[TIME_STAMP]
    bare = sealed(cabinet)
    for place in range(0, len(token), 41):
        other = bytearray(token)
        other[place] ^= 0x55
        assert judged(stamped(bare, bytes(other)), cabinet, ROOT).exit_code is ExitCode.DISPROVEN


def test_is_added_once_and_by_its_name_alone(cabinet: Cabinet) -> None:
    whole = bundle(cabinet)
    with pytest.raises(ValueError, match="META-INF"):
        container.appended(whole[-50:], len(whole), TIME_STAMP, b"")
    twice = stamped(whole, b"")
    with pytest.raises(Exception, match="duplicate_name"):
        read(twice)
