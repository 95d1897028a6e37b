"""The one route that is hurried: statements on their way to the ledger, past the framework.

The others go through FastAPI, which takes longer for a request than it takes to accept an opinion.
"""

import re
from functools import partial

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ecabinet.core.canonical import LARGEST_STATEMENT
from ecabinet.core.codec import AgencyCode
from ecabinet.core.protocol import MOST_ENVELOPES, Path, Reason, Refused, Submission
from ecabinet.server import wire
from ecabinet.server.actions import Server, statements
from ecabinet.server.gathering import Gathering

_PATH = re.compile(Path.STATEMENTS.format(body="([0-9A-Z.]{1,35})"), re.ASCII)


class Submissions:
    """An ASGI application that takes what is submitted, and leaves everything else to another."""

    def __init__(self, server: Server, others: ASGIApp) -> None:
        self._others = others
        self._callers = Gathering(server.sessions.callers)
        self._submissions = Gathering(partial(statements.submit, server))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if found is None:
            await self._others(scope, receive, send)
            return
        response = await wire.guard(Path.STATEMENTS, Request(scope, receive), partial(self._submit, found[1]))
        await response(scope, receive, send)

    async def _submit(self, body: AgencyCode, request: Request) -> Response:
        await self._callers.ask(body, request.headers.get("authorization", ""))
        data = await wire.receive(request, limit=LARGEST_STATEMENT, seconds=wire.PATIENCE)
        submission = wire.load(Submission, data)
        if len(submission.envelopes) > MOST_ENVELOPES:
            raise Refused(Reason.TOO_LARGE, "envelopes")
        return wire.answer(await self._submissions.ask(body, submission))
