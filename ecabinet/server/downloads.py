"""Papers and other files on their way out: whole, one range of one, or several in one answer.

Who may have them was asked before.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode
from ecabinet.core.protocol import MEDIA_TYPE, Reason, Refusal
from ecabinet.server.actions.documents import Stored
from ecabinet.server.blobs import Blobs

_BYTES = "application/octet-stream"
_PRIVATE = "private, no-store"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def send(blobs: Blobs, request: Request, body: AgencyCode, stored: Stored) -> Response:
    """The bytes, or the one range of them that was asked for (RFC 9110 §14)."""
    headers = {"etag": f'"{stored.digest}"', "accept-ranges": "bytes"}
    wanted = _range(request, stored, headers["etag"])
    if wanted is None:
        path = blobs.path(body, stored.digest)
        if path is None:
            return _stream(blobs.read(body, stored.digest, 0, stored.size), stored.size, headers)
        headers["cache-control"] = _PRIVATE
        return _WholeFile(path, headers=headers, media_type=_BYTES, stat_result=path.stat())
    start, end = wanted
    if start >= end:
        refusal = codec.dump(Refusal(reason=Reason.BAD_REQUEST, what="range"))
        headers = {"content-range": f"bytes */{stored.size}"}
        return Response(refusal, status_code=416, headers=headers, media_type=MEDIA_TYPE)
    headers["content-range"] = f"bytes {start}-{end - 1}/{stored.size}"
    return _stream(blobs.read(body, stored.digest, start, end), end - start, headers, status=206)


def send_together(blobs: Blobs, body: AgencyCode, papers: Sequence[Stored]) -> Response:
    """One after another, with nothing in between."""
    pieces = chain.from_iterable(blobs.read(body, each.digest, 0, each.size) for each in papers)
    return _stream(pieces, sum(each.size for each in papers), {})


def _stream(pieces: Iterable[bytes], size: int, headers: Mapping[str, str], *, status: int = 200) -> Response:
    headers = {**headers, "content-length": str(size), "cache-control": _PRIVATE}
    return StreamingResponse(pieces, status_code=status, headers=headers, media_type=_BYTES)


class _WholeFile(FileResponse):
    """A file as the operating system sends it, whatever ranges were asked for: those are looked at before."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _range(request: Request, stored: Stored, etag: str) -> tuple[int, int] | None:
    """First byte and the one after the last; empty when there are none such; None when all are to be sent."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", etag) != etag or found[1] == found[2] == "":
        return None
    if found[1] and found[2] and int(found[2]) < int(found[1]):
        return None
    if not found[1]:
        return max(stored.size - int(found[2]), 0), stored.size
    return int(found[1]), min(int(found[2]) + 1, stored.size) if found[2] else stored.size
