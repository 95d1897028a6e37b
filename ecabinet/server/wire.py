"""What all routes share: messages are read strictly and never beyond their limit, and every request is answered.

Promises: whatever goes wrong, an answer tells a refusal or nothing; each request leaves one line in the log, and
nothing in it of what was sent.
"""

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect

from ecabinet.core import codec, protocol
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.codec import MalformedError
from ecabinet.core.protocol import Reason, Refusal, Refused
from ecabinet.server.store import UnknownBody

LARGEST_OF_STRANGERS = 64 * 1024
PATIENCE = 600.0
"""Seconds in which what somebody sends has to be here: over the slowest line there is, and no longer."""
PATIENCE_WITH_STRANGERS = 30.0
_MOST_UNHEARD = 2 * protocol.UPLOAD_PART
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK_FULL = "53100"
_SQLITE_FULL = "SQLITE_FULL"

_log = structlog.get_logger()
Kind = TypeVar("Kind")


async def receive(request: Request, *, limit: int, seconds: float) -> bytes:
    """What was sent. Raises Refused: too_large, or bad_request when it takes longer."""
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                data += piece
                if len(data) > limit:
                    raise Refused(Reason.TOO_LARGE)
    except TimeoutError:
        raise Refused(Reason.BAD_REQUEST, "time") from None
    return bytes(data)


def load(kind: type[Kind], data: bytes, *, limit: int = protocol.LARGEST_REQUEST) -> Kind:
    """The message. Raises Refused (bad_request)."""
    try:
        return codec.load(kind, data, limit=limit)
    except MalformedError as error:
        raise Refused(Reason.BAD_REQUEST, error.place) from error
    except NotCanonicalError as error:
        raise Refused(Reason.BAD_REQUEST, error.flaw.value) from error


def answer(message: Any, *, status: int = 200) -> Response:
    """A message on its way out."""
    return Response(codec.dump(message), status_code=status, media_type=protocol.MEDIA_TYPE)


class Route(APIRoute):
    """Every request ends here."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            return await guard(self.path, request, handle)

        return guarded


async def guard(route: str, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer to a request, and one line of the log."""
    began = time.perf_counter()
    reason = ""
    try:
        response = await handle(request)
    except Exception as error:  # noqa: BLE001 - told apart, answered and logged below
        refusal = refusal_of(error)
        reason = refusal.reason.value if refusal else type(error).__name__
        response = _refuse(refusal) if refusal else Response(status_code=500)
        await _read_to_the_end(request)
        if refusal is None and not isinstance(error, ClientDisconnect):
            _log.error("failed", route=route, exc_info=error)
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    _log.info(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        reason=reason,
        milliseconds=milliseconds,
    )
    return response


def _refuse(refusal: Refusal) -> Response:
    return answer(refusal, status=protocol.STATUS.get(refusal.reason, 422))


def refusal_of(error: Exception) -> Refusal | None:
    """What a request is told of an error; None for those that are the server's own."""
    match error:
        case Refused():
            return error.refusal
        case UnknownBody():
            return Refusal(reason=Reason.UNKNOWN)
        case RequestValidationError():
            return Refusal(reason=Reason.BAD_REQUEST)
        case OSError(errno=number) if number in _FULL:
            return Refusal(reason=Reason.SERVER_FULL)
        case DBAPIError() if _is_full(error.orig):
            return Refusal(reason=Reason.SERVER_FULL)
        case _:
            return None


def _is_full(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorname", "") == _SQLITE_FULL or getattr(error, "sqlstate", "") == _DISK_FULL


async def _read_to_the_end(request: Request) -> None:
    """What is still on its way: who is not heard out takes the answer for a broken connection."""
    left = _MOST_UNHEARD
    with suppress(ClientDisconnect, RuntimeError, TimeoutError):  # gone, heard out before, or too slow
        async with asyncio.timeout(PATIENCE_WITH_STRANGERS):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return
