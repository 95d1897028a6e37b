"""The wire: paths to actions, messages in and out as `core.protocol` has them, refusals with their status.

Promises: a request is read strictly, by the same codec its sender wrote it with, and never beyond its limit; whatever
goes wrong, an answer tells a refusal or nothing; no secret, opinion or paper content gets into a log.
"""

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import fastapi
import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from ecabinet import __version__
from ecabinet.core import codec, protocol
from ecabinet.core.canonical import LARGEST_STATEMENT, NotCanonicalError
from ecabinet.core.codec import MalformedError
from ecabinet.core.cosignature import DeviceCosignature
from ecabinet.core.protocol import Path, Reason, Refusal, Refused
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.server import feed, tiles
from ecabinet.server.actions import (
    Server,
    ballots,
    documents,
    enrolments,
    epochs,
    founding,
    ledgers,
    notes,
    recognition,
    register,
    shares,
    statements,
)
from ecabinet.server.downloads import send, send_together
from ecabinet.server.feed import Lookout
from ecabinet.server.sessions import Caller, Throttle
from ecabinet.server.store import UnknownBody

_log = structlog.get_logger()

_LARGEST_OF_STRANGERS = 64 * 1024
_PATIENCE = 600.0
"""Seconds in which what somebody sends has to be here: over the slowest line there is, and no longer."""
_PATIENCE_WITH_STRANGERS = 30.0
_MOST_UNHEARD = 2 * protocol.UPLOAD_PART
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DISK_FULL = "53100"
_SQLITE_FULL = "SQLITE_FULL"

Kind = TypeVar("Kind")
Authorization: TypeAlias = Annotated[str, Header()]
Body: TypeAlias = Annotated[str, fastapi.Path(pattern="^[0-9A-Z.]{1,35}$")]
Identifier: TypeAlias = Annotated[str, fastapi.Path(pattern="^[0-9a-f-]{36}$")]
Digest: TypeAlias = Annotated[str, fastapi.Path(pattern="^[0-9a-f]{64}$")]
Version: TypeAlias = Annotated[int, fastapi.Path(ge=1, lt=2**31)]
Papers: TypeAlias = Annotated[
    str, fastapi.Query(pattern="^[0-9a-f-]{36}/[1-9][0-9]{0,8}(,[0-9a-f-]{36}/[1-9][0-9]{0,8})*$")
]
"""Each a document and a version."""
Number: TypeAlias = Annotated[int, fastapi.Query(ge=0, lt=2**53)]


def make_app(server: Server, lookout: Lookout) -> FastAPI:
    """The ASGI application."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_exception_handler(HTTPException, _refuse_unknown_path)
    for routes in (
        _first_trust(server),
        _signing_in(server),
        _feed(server, lookout),
        _papers(server),
        _ballots(server),
        _history(server),
        tiles.routes(server, _Route),
    ):
        app.include_router(routes)
    return app


async def _refuse_unknown_path(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _answer(Refusal(reason=Reason.UNKNOWN, what="path"), status=status)


def _answer(message: Any, *, status: int = 200) -> Response:
    return Response(codec.dump(message), status_code=status, media_type=protocol.MEDIA_TYPE)


def _refuse(refusal: Refusal) -> Response:
    return _answer(refusal, status=protocol.STATUS.get(refusal.reason, 422))


class _Route(APIRoute):
    """Every request ends here: in an answer, and in one line of the log."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            began = time.perf_counter()
            reason = ""
            try:
                response = await handle(request)
            except Exception as error:  # noqa: BLE001 - told apart, answered and logged below
                refusal = _refusal_of(error)
                reason = refusal.reason.value if refusal else type(error).__name__
                response = _refuse(refusal) if refusal else Response(status_code=500)
                await _read_to_the_end(request)
                if refusal is None and not isinstance(error, ClientDisconnect):
                    _log.error("failed", route=self.path, exc_info=error)
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            _log.info(
                "request",
                method=request.method,
                route=self.path,
                status=response.status_code,
                reason=reason,
                milliseconds=milliseconds,
            )
            return response

        return guarded


def _refusal_of(error: Exception) -> Refusal | None:
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
        async with asyncio.timeout(_PATIENCE_WITH_STRANGERS):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return


async def _read(request: Request, kind: type[Kind], limit: int, seconds: float) -> Kind:
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.stream():
                data += piece
                if len(data) > limit:
                    raise Refused(Reason.TOO_LARGE)
    except TimeoutError:
        raise Refused(Reason.BAD_REQUEST, "time") from None
    try:
        return codec.load(kind, bytes(data))
    except MalformedError as error:
        raise Refused(Reason.BAD_REQUEST, error.place) from error
    except NotCanonicalError as error:
        raise Refused(Reason.BAD_REQUEST, error.flaw.value) from error


def _from_anybody(kind: type[Kind]) -> Callable[[Request], Coroutine[Any, Any, Kind]]:
    """A message of this kind, as short as strangers may be."""

    async def receive(request: Request) -> Kind:
        return await _read(request, kind, _LARGEST_OF_STRANGERS, _PATIENCE_WITH_STRANGERS)

    return receive


@dataclass(frozen=True, slots=True)
class _Said(Generic[Kind]):
    """Somebody's message."""

    caller: Caller
    message: Kind


def _from_caller(server: Server, kind: type[Kind]) -> Callable[..., Coroutine[Any, Any, _Said[Kind]]]:
    """A message of this kind, read once its sender is known to be signed in."""

    async def receive(request: Request, body: Body, authorization: Authorization = "") -> _Said[Kind]:
        caller = await run_in_threadpool(server.sessions.caller, authorization, body)
        return _Said(caller, await _read(request, kind, LARGEST_STATEMENT, _PATIENCE))

    return receive


# ---------------------------------------------------------------- first trust


def _first_trust(server: Server) -> APIRouter:
    routes = APIRouter(route_class=_Route)
    throttle = Throttle()

    @contextmanager
    def counting_wrong_codes(request: Request) -> Iterator[None]:
        address = request.client.host if request.client else ""
        throttle.check(address)
        try:
            yield
        except Refused as refused:
            if refused.refusal.reason is Reason.WRONG_CODE:
                throttle.count(address)
            raise

    @routes.get(Path.HELLO)
    def hello() -> Response:
        bodies = server.store.bodies()
        return _answer(
            protocol.Hello(
                protocol=protocol.VERSION,
                server_version=__version__,
                now=server.store.now(),
                ca_certificate=server.keys.authority.certificate,
                bodies=tuple(
                    protocol.BodyName(body=body.code, name=body.name, name_en=body.name_en) for body in bodies
                ),
            )
        )

    @routes.post(Path.FOUNDING_TERMS)
    def founding_terms(
        request: Request,
        asked: Annotated[protocol.FoundingTermsRequest, Depends(_from_anybody(protocol.FoundingTermsRequest))],
    ) -> Response:
        with counting_wrong_codes(request):
            return _answer(founding.offer_terms(server, asked))

    @routes.post(Path.FOUNDING)
    def found(
        request: Request, asked: Annotated[protocol.Founding, Depends(_from_anybody(protocol.Founding))]
    ) -> Response:
        with counting_wrong_codes(request):
            return _answer(founding.found(server, asked))

    @routes.post(Path.INVITATIONS)
    def invite(
        said: Annotated[_Said[protocol.InvitationRequest], Depends(_from_caller(server, protocol.InvitationRequest))],
    ) -> Response:
        return _answer(enrolments.invite(server, said.caller, said.message))

    @routes.post(Path.ENROLMENTS)
    def enrol(
        request: Request,
        asked: Annotated[protocol.EnrolmentRequest, Depends(_from_anybody(protocol.EnrolmentRequest))],
    ) -> Response:
        with counting_wrong_codes(request):
            return _answer(enrolments.enrol(server, asked))

    @routes.get(Path.ENROLMENT)
    def enrolment_status(enrolment: Identifier) -> Response:
        return _answer(enrolments.status(server, enrolment))

    @routes.post(Path.DECLINED)
    def decline(body: Body, enrolment: Identifier, authorization: Authorization = "") -> Response:
        enrolments.decline(server, server.sessions.caller(authorization, body), enrolment)
        return Response(status_code=204)

    @routes.get(Path.REVOCATIONS)
    def revocations(body: Body) -> Response:
        return Response(register.revocation_list(server, body), media_type="application/pkix-crl")

    return routes


def _signing_in(server: Server) -> APIRouter:
    routes = APIRouter(route_class=_Route)

    @routes.post(Path.CHALLENGES)
    def challenge(
        asked: Annotated[protocol.ChallengeRequest, Depends(_from_anybody(protocol.ChallengeRequest))],
    ) -> Response:
        return _answer(server.sessions.challenge(asked))

    @routes.post(Path.SIGN_IN)
    def sign_in(asked: Annotated[protocol.SignIn, Depends(_from_anybody(protocol.SignIn))]) -> Response:
        return _answer(server.sessions.sign_in(asked))

    return routes


# ---------------------------------------------------------------- the feed, statements, notes


def _feed(server: Server, lookout: Lookout) -> APIRouter:
    routes = APIRouter(route_class=_Route)

    @routes.get(Path.FEED)
    def read_feed(
        body: Body, authorization: Authorization = "", after: Number = 0, epoch: str = "", tree: Number = 0
    ) -> Response:
        caller = server.sessions.caller(authorization, body)
        return _answer(feed.page(server.store, server.ledger(body), caller.person, after=after, epoch=epoch, tree=tree))

    @routes.get(Path.LOOK)
    async def look(body: Body, authorization: Authorization = "") -> Response:
        caller = await run_in_threadpool(server.sessions.caller, authorization, body)

        async def events() -> AsyncIterator[bytes]:
            async for is_new in lookout.looks(body, caller.person):
                try:  # the right may have ended meanwhile, or the sign-in
                    await run_in_threadpool(server.sessions.caller, authorization, body)
                except Refused:
                    return
                yield b"data: look\n\n" if is_new else b":\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    @routes.post(Path.STATEMENTS)
    def submit(
        said: Annotated[_Said[protocol.Submission], Depends(_from_caller(server, protocol.Submission))],
    ) -> Response:
        return _answer(statements.submit(server, said.caller, said.message))

    @routes.post(Path.NOTES)
    def push_notes(
        said: Annotated[_Said[protocol.NotesPush], Depends(_from_caller(server, protocol.NotesPush))],
    ) -> Response:
        notes.push_notes(server, said.caller, said.message)
        return Response(status_code=204)

    @routes.post(Path.KEYS)
    def push_keys(
        said: Annotated[_Said[protocol.KeysPush], Depends(_from_caller(server, protocol.KeysPush))],
    ) -> Response:
        notes.push_keys(server, said.caller, said.message)
        return Response(status_code=204)

    @routes.post(Path.SHARES)
    def push_shares(
        said: Annotated[_Said[protocol.SharesPush], Depends(_from_caller(server, protocol.SharesPush))],
    ) -> Response:
        shares.push(server, said.caller, said.message)
        return Response(status_code=204)

    return routes


def _history(server: Server) -> APIRouter:
    routes = APIRouter(route_class=_Route)

    @routes.get(Path.CONSISTENCY)
    def consistency(body: Body, first: Number, second: Number, authorization: Authorization = "") -> Response:
        caller = server.sessions.caller(authorization, body)
        return _answer(statements.consistency(server, caller, first, second))

    @routes.get(Path.REGISTER)
    def register_record(body: Body, authorization: Authorization = "") -> Response:
        return _answer(epochs.register_record(server, server.sessions.caller(authorization, body)))

    @routes.post(Path.RESTORED)
    def restored(
        said: Annotated[_Said[protocol.KnownCheckpoint], Depends(_from_caller(server, protocol.KnownCheckpoint))],
    ) -> Response:
        return _answer(epochs.restored(server, said.caller, said.message))

    @routes.get(Path.COSIGNATURES)
    def device_cosignatures(body: Body, authorization: Authorization = "") -> Response:
        return _answer(ledgers.device_cosignatures(server, server.sessions.caller(authorization, body)))

    @routes.post(Path.COSIGNATURES)
    def cosign(said: Annotated[_Said[DeviceCosignature], Depends(_from_caller(server, DeviceCosignature))]) -> Response:
        ledgers.cosign(server, said.caller, said.message)
        return Response(status_code=204)

    return routes


# ---------------------------------------------------------------- papers and evidence


def _papers(server: Server) -> APIRouter:
    routes = APIRouter(route_class=_Route)

    @routes.post(Path.UPLOADS)
    def offer(
        said: Annotated[_Said[protocol.UploadOffer], Depends(_from_caller(server, protocol.UploadOffer))],
    ) -> Response:
        return _answer(documents.offer(server, said.caller, said.message))

    @routes.put(Path.UPLOAD)
    async def upload(
        request: Request, body: Body, digest: Digest, offset: Number, authorization: Authorization = ""
    ) -> Response:
        caller = await run_in_threadpool(server.sessions.caller, authorization, body)
        data = bytearray()
        with suppress(ClientDisconnect, TimeoutError):  # what did arrive need not come again
            async with asyncio.timeout(_PATIENCE):
                async for piece in request.stream():
                    data += piece
                    if len(data) > protocol.UPLOAD_PART:
                        raise Refused(Reason.TOO_LARGE)
        return _answer(await run_in_threadpool(documents.add_part, server, caller, digest, offset, bytes(data)))

    @routes.get(Path.DOCUMENT)
    def document(
        request: Request, body: Body, document: Identifier, version: Version, authorization: Authorization = ""
    ) -> Response:
        caller = server.sessions.caller(authorization, body)
        (found,) = documents.find(server, caller, [(document, version)])
        return send(server.blobs, request, body, found)

    @routes.get(Path.DOCUMENTS)
    def several_documents(body: Body, papers: Papers, authorization: Authorization = "") -> Response:
        caller = server.sessions.caller(authorization, body)
        wanted = [(document, int(version)) for document, version in (each.split("/") for each in papers.split(","))]
        if len(wanted) > protocol.MOST_PAPERS:
            raise Refused(Reason.BAD_REQUEST, "papers")
        return send_together(server.blobs, body, documents.find(server, caller, wanted))

    @routes.post(Path.RECOGNISED)
    def offer_recognised(
        document: Identifier,
        version: Version,
        said: Annotated[_Said[RecognisedOffer], Depends(_from_caller(server, RecognisedOffer))],
    ) -> Response:
        if (said.message.document, said.message.version) != (document, version):
            raise Refused(Reason.BAD_REQUEST, "document")
        recognition.offer(server, said.caller, said.message)
        return Response(status_code=204)

    @routes.get(Path.RECOGNISED)
    def recognised(
        request: Request, body: Body, document: Identifier, version: Version, authorization: Authorization = ""
    ) -> Response:
        caller = server.sessions.caller(authorization, body)
        return send(server.blobs, request, body, recognition.find(server, caller, document, version))

    return routes


def _ballots(server: Server) -> APIRouter:
    routes = APIRouter(route_class=_Route)

    @routes.get(Path.BALLOT_RECORD)
    def record(body: Body, ballot: Identifier, authorization: Authorization = "") -> Response:
        return _answer(ballots.record(server, server.sessions.caller(authorization, body), ballot))

    @routes.put(Path.BUNDLE)
    def keep_bundle(
        ballot: Identifier,
        said: Annotated[_Said[protocol.UploadOffer], Depends(_from_caller(server, protocol.UploadOffer))],
    ) -> Response:
        ballots.keep_bundle(server, said.caller, ballot, said.message)
        return Response(status_code=204)

    @routes.get(Path.BUNDLE)
    def bundle(request: Request, body: Body, ballot: Identifier, authorization: Authorization = "") -> Response:
        caller = server.sessions.caller(authorization, body)
        return send(server.blobs, request, body, ballots.find_bundle(server, caller, ballot))

    @routes.get(Path.TIME_STAMP)
    def time_stamp(body: Body, ballot: Identifier, authorization: Authorization = "") -> Response:
        caller = server.sessions.caller(authorization, body)
        return Response(ballots.find_time_stamp(server, caller, ballot), media_type=protocol.TIME_STAMP_MEDIA_TYPE)

    @routes.get(Path.ATTACHMENT)
    def attachment(
        request: Request, body: Body, opinion: Identifier, digest: Digest, authorization: Authorization = ""
    ) -> Response:
        caller = server.sessions.caller(authorization, body)
        return send(server.blobs, request, body, ballots.find_attachment(server, caller, opinion, digest))

    return routes
