"""The wire under strange requests, a full disk, and what the log says of it all."""

import asyncio
import json
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from ecabinet.core import codec, protocol
from ecabinet.core.canonical import LARGEST_STATEMENT
from ecabinet.core.protocol import Path, Reason, Refusal, Refused
from ecabinet.server import api, wire
from ecabinet.server.actions import Server
from ecabinet.server.feed import Lookout
from tests.server.live import LiveCabinet, Process

CHALLENGE = codec.dump(protocol.ChallengeRequest(device="0" * 64))


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff", "not_utf8"),
        (b"[]", ""),
        (b"{}", "device"),
        (CHALLENGE.replace(b":", b": "), "not_canonical"),
        (CHALLENGE.replace(b"000", b"zzz"), "device"),
        (CHALLENGE[:-1] + b',"more":1}', "more"),
    ],
)
def test_a_message_is_read_strictly(cabinet: LiveCabinet, body: bytes, what: str) -> None:
    answer = cabinet.server.request("POST", Path.CHALLENGES, body=body)
    assert (answer.status, answer.headers["content-type"]) == (422, protocol.MEDIA_TYPE)
    assert codec.load(Refusal, answer.data) == Refusal(reason=Reason.BAD_REQUEST, what=what)


def test_a_message_that_never_ends_is_cut_short(cabinet: LiveCabinet) -> None:
    answer = cabinet.server.request("POST", Path.CHALLENGES, body=bytes(LARGEST_STATEMENT + 1))
    assert answer.status == 413
    assert codec.load(Refusal, answer.data).reason is Reason.TOO_LARGE


def test_who_is_refused_before_he_has_said_all_hears_why(cabinet: LiveCabinet) -> None:
    cabinet.found()
    upload = f"{cabinet.path(Path.UPLOAD, digest='0' * 64)}?offset=0"
    for method, path in [("PUT", upload), ("POST", cabinet.path(Path.STATEMENTS))]:
        answer = cabinet.server.request(method, path, body=bytes(protocol.UPLOAD_PART))
        assert codec.load(Refusal, answer.data).reason is Reason.NOT_SIGNED_IN


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v2/hello", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("POST", Path.HELLO, 405),
        ("GET", Path.ENROLMENT.format(enrolment="00000000-0000-7000-8000-000000000000"), 404),
        ("GET", Path.ENROLMENT.format(enrolment="nobody"), 422),
        ("GET", Path.ENROLMENT.format(enrolment="%00" * 36), 422),
        ("GET", Path.FEED.format(body="%00"), 422),
        ("GET", Path.DOCUMENT.format(body="H99", document="0" * 36, version=2**64), 422),
        ("GET", Path.REVOCATIONS.format(body="H99"), 404),
        ("GET", Path.FEED.format(body="H99"), 401),
        ("GET", Path.FEED.format(body="..%2F.."), 404),
    ],
)
def test_a_path_that_leads_nowhere(cabinet: LiveCabinet, method: str, path: str, status: int) -> None:
    answer = cabinet.server.request(method, path)
    assert answer.status == status
    assert isinstance(codec.load(Refusal, answer.data), Refusal)


def test_numbers_in_a_query_are_numbers(cabinet: LiveCabinet) -> None:
    cabinet.found()
    for query in ("after=x", "after=-1", f"tree={2**60}", "after=1.5"):
        answer = cabinet.caller("registrar").request("GET", f"{cabinet.path(Path.FEED)}?{query}")
        assert (answer.status, codec.load(Refusal, answer.data).reason) == (422, Reason.BAD_REQUEST)


def test_who_tries_codes_has_to_wait(start: Callable[..., Process]) -> None:
    process = start()
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    wrong = protocol.FoundingTermsRequest(secret=bytes(10), body="H1", name="UBND tỉnh")
    for _ in range(20):
        with pytest.raises(Refused, match="wrong_code"):
            cabinet.terms(wrong)
    with pytest.raises(Refused, match="too_many_attempts") as refused:
        cabinet.found()
    assert refused.value.refusal.at is not None


def test_the_log_is_json_and_tells_no_secret(start: Callable[..., Process]) -> None:
    process = start()
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.prepare(members=["chair"])
    cabinet.answer("chair", "other", "agree", text="Ý kiến riêng của tôi", remark="Chỉ để Chủ tịch biết")
    token = cabinet.caller("chair").headers["authorization"].split()[1]
    process.stop()
    text = process.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"/v1/sign-in", "/v1/bodies/{body}/statements"} <= {line["route"] for line in lines}
    papers = [str(data) for data in cabinet.papers.values()]
    for secret in (token, process.said["founding_code"], "Ý kiến riêng", "Chủ tịch biết", *papers, "dự phòng"):
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text


def test_who_never_finishes_is_not_waited_for_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE_WITH_STRANGERS", 0.05)
    app = api.make_app(server, Lookout())
    scope = {
        "type": "http",
        "method": "POST",
        "path": Path.CHALLENGES,
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
    }
    pieces = iter([{"type": "http.request", "body": b"{", "more_body": True}])
    said: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        for piece in pieces:
            return piece
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    asyncio.run(asyncio.wait_for(app(scope, receive, send), 20))
    start, answer = said
    assert start["status"] == 422
    assert codec.load(Refusal, answer["body"]) == Refusal(reason=Reason.BAD_REQUEST, what="time")
