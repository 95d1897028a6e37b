"""Time stamps: fetched in the background from a real authority over HTTP, never waited for, and kept only if good."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import timestamps
from ecabinet.core.evidence import Check, ExitCode, Verdict, check, read
from ecabinet.core.evidence.bundle import with_time_stamp
from ecabinet.core.people import Role
from ecabinet.core.protocol import TIME_STAMP_MEDIA_TYPE, Path, Reason, Refused
from ecabinet.server import checkup, schema
from ecabinet.server.actions import Server, ballots
from ecabinet.server.errands import Failed
from ecabinet.server.stamping import BadTimeAuthority, Stamping, TimeAuthority
from tests.bundles import sealed
from tests.server.live import LiveCabinet, Process
from tests.server.local import LocalCabinet
from tests.services import time_authority
from tests.services.time_authority import certify, for_issuing, for_time_stamps, listening, respond, stamper

ROOT = time_authority.root()
PATIENCE = 60.0


@pytest.fixture
def authority() -> Iterator[time_authority.TimeAuthority]:
    with listening(stamper()) as authority:
        yield authority


def stamping(server: Server, authority: time_authority.TimeAuthority, *anchors: bytes) -> Stamping:
    return Stamping(server.store, TimeAuthority(authority.url, anchors or (ROOT.encoded,)))


def closed(cabinet: LocalCabinet) -> LocalCabinet:
    cabinet.prepare()
    cabinet.answer("chair", "agree", "agree")
    cabinet.close()
    return cabinet


def kept(server: Server, cabinet: LocalCabinet) -> bytes | None:
    with server.store.reading(cabinet.body) as session:
        row = session.get(schema.TimeStamp, (session.body_id, cabinet.asked.ballot))
        return None if row is None else row.token


def test_every_closed_ballot_is_stamped_once(
    server: Server, local: LocalCabinet, authority: time_authority.TimeAuthority
) -> None:
    errand = stamping(server, authority)
    local.prepare()
    errand.do()
    assert not authority.asked, "an open ballot is nobody's business"
    local.answer("chair", "agree", "agree")
    local.close()
    errand.do()
    token = kept(server, local)
    local.announce()
    errand.do()
    assert len(authority.asked) == 1
    with server.store.reading(local.body) as session:
        (told,) = checkup._time_stamps(session)
    assert told.en == f"Ledger of {local.body}: 1 of 1 closed ballots bear a time stamp"
    assert token is not None
    bundle = sealed(local, record=ballots.record(server, local.caller("secretary"), local.asked.ballot))
    size, rest = with_time_stamp(bundle, len(bundle), token)
    report = check(read(bundle[:size] + rest), local.anchors, time_anchors=(ROOT.encoded,))
    assert report[Check.TIME_STAMP].verdict is Verdict.PASSED
    assert report.exit_code is ExitCode.PROVEN


Answer = Callable[[bytes], tuple[int, bytes]]
BAD: dict[str, tuple[str, Answer]] = {
    "out of order": ("status 503", lambda _: (503, b"")),
    "no token": (timestamps.Reason.NOT_DER, lambda _: (200, b"<html>")),
    "another's answer": (
        timestamps.Reason.OTHER_CONTENT,
        lambda _: (200, respond(stamper(), timestamps.write_request(b"other", 1))),
    ),
    "without end": ("an answer that is too long", lambda _: (200, bytes(timestamps.SIZE_LIMIT + 1))),
    "an impostor": (
        timestamps.Reason.UNKNOWN_AUTHORITY,
        lambda request: (
            200,
            respond(stamper(certify("TSA", certify("CA", None, for_issuing), for_time_stamps)), request),
        ),
    ),
    "not for time stamps": (
        timestamps.Reason.UNFIT_AUTHORITY,
        lambda request: (200, respond(stamper(certify("TSA", ROOT, for_issuing)), request)),
    ),
}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_nothing_bad_is_kept_and_it_is_asked_again(
    server: Server, local: LocalCabinet, authority: time_authority.TimeAuthority
) -> None:
    closed(local)
    errand, good = stamping(server, authority), authority.answer
    for why, answer in BAD.values():
        authority.answer = answer
        with pytest.raises(Failed, match=why):
            errand.do()
        assert kept(server, local) is None
    authority.answer = good
    errand.do()
    assert kept(server, local) is not None


def test_an_authority_is_named_by_address_and_certificates(tmp_path: FilePath) -> None:
    ca, other = tmp_path / "ca.pem", tmp_path / "other.pem"
    ca.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    other.write_bytes(b"no PEM")
    assert TimeAuthority.named("https://tsa.example/tsr?a=1", ca).anchors == (ROOT.encoded,)
    for url, path in (
        ("tsa.example", ca),
        ("ftp://tsa.example", ca),
        ("http://tsa.example", None),
        ("http://a", other),
    ):
        with pytest.raises(BadTimeAuthority):
            TimeAuthority.named(url, path)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_live_server_waits_for_no_authority_and_has_it_later(
    start: Callable[..., Process], authority: time_authority.TimeAuthority, tmp_path: FilePath, kind: str
) -> None:
    (tmp_path / "ca.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    good, gate = authority.answer, threading.Event()

    def hang(request: bytes) -> tuple[int, bytes]:
        gate.wait(PATIENCE)
        return good(request)

    authority.answer = hang
    process = start(kind, "--time-authority", authority.url, "--time-authority-ca", str(tmp_path / "ca.pem"))
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.prepare(("chair", "finance"))
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "disagree")
    cabinet.close()
    with authority.changed:
        assert authority.changed.wait_for(lambda: authority.asked, PATIENCE), "woken by the closing"
    cabinet.announce()
    path = cabinet.path(Path.TIME_STAMP, ballot=cabinet.asked.ballot)
    with pytest.raises(Refused) as refused:
        cabinet.caller("secretary").send("GET", path)
    assert refused.value.refusal.reason is Reason.UNKNOWN
    gate.set()
    answer, waiting = None, threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        answer = cabinet.caller("secretary").request("GET", path)
        if answer.status == 200:
            break
        waiting.wait(0.1)
    assert answer is not None
    assert answer.headers["content-type"] == TIME_STAMP_MEDIA_TYPE
    bundle = sealed(cabinet, record=cabinet.record())
    size, rest = with_time_stamp(bundle, len(bundle), answer.data)
    report = check(read(bundle[:size] + rest), cabinet.anchors, time_anchors=(ROOT.encoded,))
    assert report[Check.TIME_STAMP].verdict is Verdict.PASSED
    with pytest.raises(Refused):
        cabinet.server.send("GET", path)
    cabinet.enrol("construction", Role.GUEST)
    with pytest.raises(Refused):
        cabinet.caller("construction").send("GET", path)
