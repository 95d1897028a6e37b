"""The one route that is hurried: statements on their way to the ledger, past the framework and in groups.

The others go through FastAPI, which takes longer for a request than it takes to accept an opinion.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from ecabinet.core.codec import AgencyCode
from ecabinet.core.protocol import LARGEST_SUBMISSION, MOST_ENVELOPES, Path, Reason, Refused, Submission
from ecabinet.server import wire
from ecabinet.server.actions import Server, statements
from ecabinet.server.gathering import Gathering
from ecabinet.server.sessions import Caller

_PATH = re.compile(Path.STATEMENTS.format(body="([0-9A-Z.]{1,35})"), re.ASCII)
_SHORT = 16 * 1024
"""Bytes that are read before it is known who sends them: some opinions, and less than any stranger may send."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came, and the header of who sent it."""

    authorization: str
    data: bytes


class Submissions:
    """An ASGI application that takes what is submitted, and leaves everything else to another."""

    def __init__(self, server: Server, others: ASGIApp) -> None:
        self._server = server
        self._others = others
        self._gathering = Gathering(partial(serve, server))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if found is None:
            await self._others(scope, receive, send)
            return
        response = await wire.guard(Path.STATEMENTS, Request(scope, receive), partial(self._submit, found[1]))
        await response(scope, receive, send)

    async def _submit(self, body: AgencyCode, request: Request) -> Response:
        authorization, length = (request.headers.get(name, "") for name in ("authorization", "content-length"))
        if length.isdecimal() and int(length) <= _SHORT:
            limit, seconds = _SHORT, wire.PATIENCE_WITH_STRANGERS
        else:
            await run_in_threadpool(self._server.sessions.caller, authorization, body)
            limit, seconds = LARGEST_SUBMISSION, wire.PATIENCE
        data = await wire.receive(request, limit=limit, seconds=seconds)
        return await self._gathering.ask(body, Sent(authorization, data))


def serve(server: Server, body: AgencyCode, sent: Sequence[Sent]) -> list[Response | Exception]:
    """The answers to a group, whose senders are looked up together and whose statements join together."""
    callers = server.sessions.callers(body, [each.authorization for each in sent])
    submissions = [_read(*each) for each in zip(callers, sent, strict=True)]
    taken = [each for each in submissions if isinstance(each, Submission)]
    outcomes = iter(statements.submit(server, body, taken))
    answers = [each if isinstance(each, Refused) else next(outcomes) for each in submissions]
    return [each if isinstance(each, Exception) else wire.answer(each) for each in answers]


def _read(caller: Caller | Refused, sent: Sent) -> Submission | Refused:
    if isinstance(caller, Refused):
        return caller
    try:
        submission = wire.load(Submission, sent.data, limit=LARGEST_SUBMISSION)
    except Refused as refused:
        return refused
    return submission if len(submission.envelopes) <= MOST_ENVELOPES else Refused(Reason.TOO_LARGE, "envelopes")
