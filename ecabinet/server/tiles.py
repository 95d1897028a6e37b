"""The ledger as static files on the wire: `c2sp.org/tlog-tiles`, with media types and how long each may be kept."""

import gzip
from typing import Annotated, TypeAlias

import fastapi
from fastapi import APIRouter, Header, Response
from fastapi.routing import APIRoute

from ecabinet.core.protocol import Path
from ecabinet.server.actions import Server, ledgers

Body: TypeAlias = Annotated[str, fastapi.Path(pattern="^[0-9A-Z.]{1,35}$")]
Epoch: TypeAlias = Annotated[int, fastapi.Path(ge=1, lt=2**31)]
Optional: TypeAlias = Annotated[str, Header()]

_BYTES = "application/octet-stream"
_FOR_EVER = "max-age=31536000, immutable"


def routes(server: Server, route_class: type[APIRoute]) -> APIRouter:
    """Checkpoints and tiles, to anybody; entries, to who is signed in to the body."""
    routes = APIRouter(route_class=route_class)

    @routes.get(Path.CHECKPOINT)
    def checkpoint(body: Body, epoch: Epoch) -> Response:
        return _note(ledgers.checkpoint(server, body, epoch))

    @routes.get(Path.COSIGNED)
    def cosigned(body: Body, epoch: Epoch) -> Response:
        return _note(ledgers.cosigned(server, body, epoch))

    @routes.get(Path.TILE_ENTRIES.replace("{place}", "{place:path}"))
    def entries(
        body: Body, epoch: Epoch, place: str, authorization: Optional = "", accept_encoding: Optional = ""
    ) -> Response:
        data = ledgers.entries(server, server.sessions.caller(authorization, body), epoch, place)
        headers = {"cache-control": f"private, {_FOR_EVER}", "vary": "accept-encoding, authorization"}
        if "gzip" in accept_encoding:
            data = gzip.compress(data, mtime=0)
            headers["content-encoding"] = "gzip"
        return Response(data, media_type=_BYTES, headers=headers)

    @routes.get(Path.TILE.replace("{tile}", "{tile:path}"))
    def tile(body: Body, epoch: Epoch, tile: str) -> Response:
        headers = {"cache-control": f"public, {_FOR_EVER}"}
        return Response(ledgers.tile(server, body, epoch, tile), media_type=_BYTES, headers=headers)

    return routes


def _note(note: str) -> Response:
    return Response(note, media_type="text/plain", headers={"cache-control": "public, max-age=1"})
