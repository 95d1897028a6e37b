"""Signing in."""

import hashlib
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from ecabinet.core import protocol
from ecabinet.core.protocol import Path, Reason, Refused
from ecabinet.server.sessions import Throttle
from tests.cabinet import Device
from tests.server.live import Caller, LiveCabinet
from tests.server.local import Clock, LocalCabinet


def reason(answer: protocol.SignIn, server: Caller) -> Reason:
    with pytest.raises(Refused) as refused:
        server.ask(protocol.SignedIn, "POST", Path.SIGN_IN, answer)
    return refused.value.refusal.reason


def test_a_token_opens_the_feed_of_its_body_and_of_no_other(cabinet: LiveCabinet) -> None:
    cabinet.found()
    caller = cabinet.caller("registrar")
    feed = cabinet.path(Path.FEED)
    assert caller.request("GET", feed).status == 200
    assert caller.request("GET", Path.FEED.format(body="H00.1")).status == 403
    assert cabinet.server.request("GET", feed).status == 401
    for header in ("Bearer nonsense", "Bearer", "Basic eDp4", caller.headers["authorization"] + "x"):
        assert cabinet.server.request("GET", feed, headers={"authorization": header}).status == 401


def test_a_challenge_is_answered_once(cabinet: LiveCabinet) -> None:
    cabinet.found()
    answer = cabinet.server.answer_challenge(cabinet.devices["registrar"])
    assert cabinet.server.ask(protocol.SignedIn, "POST", Path.SIGN_IN, answer).token
    assert reason(answer, cabinet.server) is Reason.NOT_SIGNED_IN


def test_a_challenge_is_for_the_device_that_asked(cabinet: LiveCabinet) -> None:
    cabinet.found()
    answer = cabinet.server.answer_challenge(cabinet.devices["registrar"])
    other = cabinet.server.answer_challenge(Device("somebody"))
    assert reason(replace(answer, challenge=other.challenge), cabinet.server) is Reason.NOT_SIGNED_IN
    assert reason(replace(answer, signature=other.signature), cabinet.server) is Reason.NOT_SIGNED_IN
    assert reason(replace(answer, signature=b""), cabinet.server) is Reason.NOT_SIGNED_IN
    assert reason(replace(answer, challenge=b""), cabinet.server) is Reason.NOT_SIGNED_IN
    assert reason(other, cabinet.server) is Reason.NOT_SIGNED_IN


def test_an_answer_made_for_another_server_is_worth_nothing(cabinet: LiveCabinet) -> None:
    cabinet.found()
    device = cabinet.devices["registrar"]
    answer = cabinet.server.answer_challenge(device)
    elsewhere = device.device_key.sign(protocol.sign_in_message(b"another CA", answer.challenge))
    assert reason(replace(answer, signature=elsewhere), cabinet.server) is Reason.NOT_SIGNED_IN


def local_answer(local: LocalCabinet, device: Device) -> protocol.SignIn:
    sessions = local.server.sessions
    digest = hashlib.sha256(device.keys().device_key).hexdigest()
    challenge = sessions.challenge(protocol.ChallengeRequest(device=digest)).challenge
    signature = device.device_key.sign(protocol.sign_in_message(local.ca_spki, challenge))
    return protocol.SignIn(device=digest, challenge=challenge, signature=signature)


def test_challenges_and_tokens_end(local: LocalCabinet, clock: Clock) -> None:
    local.found()
    sessions = local.server.sessions
    answer = local_answer(local, local.devices["registrar"])
    clock.advance(timedelta(minutes=3))
    with pytest.raises(Refused, match="not_signed_in"):
        sessions.sign_in(answer)
    token = sessions.sign_in(local_answer(local, local.devices["registrar"])).token
    assert sessions.caller(f"Bearer {token}", local.body).person == "registrar"
    clock.advance(timedelta(hours=13))
    with pytest.raises(Refused, match="not_signed_in"):
        sessions.caller(f"Bearer {token}", local.body)


def test_a_throttle_counts_by_address_and_forgets_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    throttle = Throttle(most=2, within=timedelta(minutes=10))
    for at in (0.0, 300.0):
        now = at
        throttle.check("192.0.2.1")
        throttle.count("192.0.2.1")
    with pytest.raises(Refused, match="too_many_attempts"):
        throttle.check("192.0.2.1")
    throttle.check("192.0.2.2")
    now = 601.0  # the first of them is long enough ago
    throttle.check("192.0.2.1")
    throttle.count("192.0.2.1")
    with pytest.raises(Refused, match="too_many_attempts"):
        throttle.check("192.0.2.1")
    now = 2000.0
    throttle.check("192.0.2.1")


def test_many_addresses_take_no_more_time_each_than_few() -> None:
    throttle = Throttle()
    began = time.process_time()
    for number in range(20_000):
        throttle.check(str(number))
        throttle.count(str(number))
    assert time.process_time() - began < 2  # looking through all of them each time takes some ten seconds
