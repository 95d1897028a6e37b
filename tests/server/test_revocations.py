"""What outside authorities say: fetched from a real one over HTTP, by addresses that nobody has to trust, and kept."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPException
from ipaddress import ip_address

import pytest

from ecabinet.core.people import Role
from ecabinet.core.protocol import OutsideRevocations, Path, Reason, Refused
from ecabinet.core.revocation import SIZE_LIMIT, Kind, Standing
from ecabinet.keys.certificates import Authority, generate_key
from ecabinet.server import checkup, outward, schema
from ecabinet.server.actions import Server, revocations
from ecabinet.server.errands import Failed
from ecabinet.server.outward import BadNetwork, Forbidden, Question, Reach, ask
from ecabinet.server.revocations import Revocations, standings
from tests.devices import Device
from tests.server.live import LiveCabinet, Process
from tests.server.local import Clock, LocalCabinet
from tests.server.served import ServedCabinet
from tests.services import outside_authority
from tests.services.outside_authority import LOOPBACK, OutsideAuthority

HOUR = timedelta(hours=1)
PATIENCE = 60.0


@pytest.fixture
def outside(clock: Clock) -> Iterator[OutsideAuthority]:
    with outside_authority.listening(clock) as outside:
        yield outside


def seated(cabinet: ServedCabinet, outside: OutsideAuthority, **places: tuple[str, ...]) -> Device:
    """A body of which one member has a certificate of the authority, which it admitted."""
    cabinet.seat(("chair",))
    cabinet.admit(outside.authority)
    device = outside.certify(cabinet.device("finance"), **places)
    cabinet.enrol("finance", Role.MEMBER, device=device)
    return device


def errand(server: Server, *networks: str) -> Revocations:
    return Revocations(server.store, server.ledger, Reach.within(networks or (LOOPBACK,)))


def kept(server: Server, cabinet: LocalCabinet) -> dict[str, Standing]:
    """By kind, how the one certificate stands."""
    with server.store.reading(cabinet.body) as session:
        found = standings(session)
    assert len(found) <= 1
    return {row.kind: Standing(row.standing) for rows in found.values() for row in rows}


GOOD = {Kind.LIST: Standing.GOOD, Kind.ANSWER: Standing.GOOD}


def test_lists_and_answers_are_fetched_once_until_it_is_time_again(
    server: Server, local: LocalCabinet, outside: OutsideAuthority, clock: Clock
) -> None:
    asks = errand(server)
    local.seat(("chair",))
    asks.do()
    assert not outside.asked, "of certificates of the body's own CA nobody is asked"
    local.admit(outside.authority)
    device = outside.certify(local.device("finance"))
    local.enrol("finance", Role.MEMBER, device=device)
    asks.do()
    asks.do()
    assert sorted(outside.asked) == ["/crl", "/ocsp"]
    assert kept(server, local) == GOOD
    clock.advance(6 * HOUR)
    outside.revoke(device.certificate)
    asks.do()
    assert len(outside.asked) == 4
    assert set(kept(server, local).values()) == {Standing.REVOKED}
    with server.store.reading(local.body) as session:
        (told,) = checkup._revocations(session)
        assert len(session.query(schema.OutsideAnswer).all()) == 2, "what stood before is gone"
    assert told.is_wrong
    assert told.en.startswith(f"Ledger of {local.body}: 1 of 1 certificates")


def test_everybody_of_the_body_is_handed_them_and_nobody_else(
    server: Server, local: LocalCabinet, outside: OutsideAuthority
) -> None:
    device = seated(local, outside)
    errand(server).do()
    listed, other = revocations.listed(server, local.caller("chair")).revocations
    assert {listed.certificate, other.certificate} == {hashlib.sha256(device.certificate).hexdigest()}
    data = revocations.find(server, local.caller("chair"), listed.answer)
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (listed.answer, listed.size)
    with pytest.raises(Refused):
        revocations.find(server, local.caller("chair"), "0" * 64)


Answer = Callable[[OutsideAuthority], outside_authority.Answer]
BAD: dict[str, Answer] = {
    "out of order": lambda _: lambda _path, _said: (503, {}, b""),
    "something else": lambda _: lambda _path, _said: (200, {}, b"<html>"),
    "without end": lambda _: lambda _path, _said: (200, {}, bytes(SIZE_LIMIT + 1)),
    "round in circles": lambda outside: lambda path, _said: (302, {"location": outside.url + path}, b""),
    "away to a file": lambda _: lambda _path, _said: (302, {"location": "file:///etc/passwd"}, b""),
    "an impostor's": lambda outside: (
        lambda path, said: replace(
            outside, authority=Authority(private_key=generate_key(), certificate=outside.certificate)
        ).honest(path, said)
    ),
    "dated ahead": lambda outside: (
        lambda path, said: replace(outside, clock=lambda: outside.clock() + 2 * HOUR).honest(path, said)
    ),
}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_nothing_bad_is_kept_and_it_is_asked_again(
    server: Server, local: LocalCabinet, outside: OutsideAuthority, clock: Clock
) -> None:
    seated(local, outside)
    asks, good = errand(server), outside.answer
    for name, bad in BAD.items():
        outside.answer = bad(outside)
        before = len(outside.asked)
        asks.do()
        assert len(outside.asked) > before, name
        assert kept(server, local) == {}, name
        asks.do()
        clock.advance(7 * HOUR)
    outside.answer = good
    asks.do()
    assert kept(server, local) == GOOD


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_an_older_word_takes_nothing_away(
    server: Server, local: LocalCabinet, outside: OutsideAuthority, clock: Clock
) -> None:
    device = seated(local, outside, responders=())
    asks, before = errand(server), outside.crl()
    clock.advance(HOUR)
    outside.revoke(device.certificate)
    asks.do()
    assert kept(server, local) == {Kind.LIST: Standing.REVOKED}
    outside.answer = lambda _path, _said: (200, {}, before)
    clock.advance(7 * HOUR)
    asks.do()
    assert kept(server, local) == {Kind.LIST: Standing.REVOKED}


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_redirect_is_followed_and_judged_again(
    server: Server, local: LocalCabinet, outside: OutsideAuthority
) -> None:
    device = seated(local, outside, lists=("/moved",), responders=())
    outside.answer = lambda path, said: (
        (301, {"location": "/crl"}, b"") if path == "/moved" else outside.honest(path, said)
    )
    errand(server).do()
    assert outside.asked == ["/moved", "/crl"]
    assert kept(server, local) == {Kind.LIST: Standing.GOOD}
    assert device.certificate


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_it_is_asked_at_once_when_something_was_signed_of_whose_time_nothing_is_told(
    server: Server, local: LocalCabinet, outside: OutsideAuthority, clock: Clock
) -> None:
    outside.validity = timedelta(seconds=10)
    seated(local, outside, responders=())
    asks = errand(server)
    asks.do()
    local.publish()
    local.open_ballot()
    local.answer("finance", "agree", "agree")
    clock.advance(timedelta(seconds=30))
    asks.do()
    assert len(outside.asked) == 1
    local.close()
    asks.do()
    asks.do()
    assert len(outside.asked) == 2
    with server.store.reading(local.body) as session:
        (rows,) = standings(session).values()
        assert rows[0].until >= local.now


HOSTILE = (
    "http://127.0.0.1/crl",
    "http://localhost/crl",
    "http://2130706433/crl",
    "http://0x7f.1/crl",
    "http://0/crl",
    "http://[::1]/crl",
    "http://[::ffff:127.0.0.1]/crl",
    "http://[64:ff9b::7f00:1]/crl",
    "http://[fe80::1%lo]/crl",
    "http://10.0.0.1/crl",
    "http://169.254.169.254/latest/meta-data",
    "http://224.0.0.1/crl",
    "http://[2002:7f00:1::]/crl",
    "http://198.51.100.7:22/crl",
    "http://user:word@127.0.0.1/crl",
    "file:///etc/passwd",
    "ldap://127.0.0.1/cn=ca",
    "http://127.0.0.1/a b",
    "http:///crl",
    "http://[/crl",
    "",
)


@pytest.mark.parametrize("url", HOSTILE)
def test_no_certificate_leads_the_server_to_where_nobody_should_go(url: str) -> None:
    for message in (None, b"0"):
        with pytest.raises(Forbidden):
            ask(Question(url=url, message=message), Reach(), seconds=5.0, limit=1)


def test_open_is_neither_this_machine_nor_another_port() -> None:
    assert outward._is_own(ip_address("127.0.0.1"))
    assert not Reach().has(ip_address("1.1.1.1"), is_usual_port=False)
    assert Reach.within(("1.1.1.0/24",)).has(ip_address("1.1.1.1"), is_usual_port=False)


def test_what_the_operator_allows_is_that_network_and_no_other(outside: OutsideAuthority) -> None:
    question = Question(url=f"{outside.url}/crl")
    assert ask(question, Reach.within(("127.0.0.0/8",)), seconds=PATIENCE, limit=SIZE_LIMIT)
    for networks in ((), ("10.0.0.0/8",), ("::1/128",)):
        with pytest.raises(Forbidden):
            ask(question, Reach.within(networks), seconds=PATIENCE, limit=SIZE_LIMIT)
    with pytest.raises(BadNetwork):
        Reach.within(("127.0.0.1/8",))


def test_whoever_trickles_is_cut_off(outside: OutsideAuthority) -> None:
    gate = threading.Event()

    def trickle(_path: str, _said: bytes) -> tuple[int, dict[str, str], bytes]:
        gate.wait(PATIENCE)
        return 200, {}, b""

    outside.answer = trickle
    try:
        with pytest.raises((Failed, OSError, HTTPException)):
            ask(Question(url=f"{outside.url}/crl"), Reach.within((LOOPBACK,)), seconds=0.3, limit=SIZE_LIMIT)
    finally:
        gate.set()


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_live_server_fetches_them_and_has_them_after_a_restart(start: Callable[..., Process], kind: str) -> None:
    with outside_authority.listening() as outside:
        process = start(kind, "--authority-network", LOOPBACK)
        cabinet = LiveCabinet(process.url, process.said["founding_code"])
        seated(cabinet, outside)
        path, waiting = cabinet.path(Path.OUTSIDE_REVOCATIONS), threading.Event()
        for _ in range(int(PATIENCE / 0.2)):
            found = cabinet.caller("chair").ask(OutsideRevocations, "GET", path).revocations
            if len(found) == 2:
                break
            waiting.wait(0.2)
        assert len(found) == 2
        process.kill()
    process.start()
    cabinet.reconnect(process.url)
    assert cabinet.caller("chair").ask(OutsideRevocations, "GET", path).revocations == found
    for each in found:
        where = cabinet.path(Path.OUTSIDE_REVOCATION, digest=each.answer)
        assert hashlib.sha256(cabinet.caller("chair").send("GET", where).data).hexdigest() == each.answer
        with pytest.raises(Refused) as refused:
            cabinet.server.send("GET", where)
        assert refused.value.refusal.reason is Reason.NOT_SIGNED_IN
