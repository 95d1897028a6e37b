"""The routes: paths to actions, messages in and out as `core.protocol` has them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import fastapi
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from ecabinet import __version__
from ecabinet.core import protocol
from ecabinet.core.cosignature import DeviceCosignature
from ecabinet.core.losses import LostDevice
from ecabinet.core.protocol import Path, Reason, Refusal, Refused
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.server import feed, tiles, wire
from ecabinet.server.actions import (
    Server,
    ballots,
    documents,
    enrolments,
    epochs,
    founding,
    ledgers,
    losses,
    notes,
    recognition,
    register,
    revocations,
    shares,
    statements,
)
from ecabinet.server.downloads import send, send_together
from ecabinet.server.feed import Lookout
from ecabinet.server.sessions import Caller, Throttle
from ecabinet.server.submissions import Submissions
from ecabinet.server.wire import Route, answer

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


def make_app(server: Server, lookout: Lookout) -> Submissions:
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
        tiles.routes(server, Route),
    ):
        app.include_router(routes)
    return Submissions(server, app)


async def _refuse_unknown_path(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return answer(Refusal(reason=Reason.UNKNOWN, what="path"), status=status)


def _from_anybody(kind: type[Kind]) -> Callable[[Request], Coroutine[Any, Any, Kind]]:
    """A message of this kind, as short as strangers may be."""

    async def receive(request: Request) -> Kind:
        limit, seconds = wire.LARGEST_OF_STRANGERS, wire.PATIENCE_WITH_STRANGERS
        return wire.load(kind, await wire.receive(request, limit=limit, seconds=seconds))

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
        data = await wire.receive(request, limit=protocol.LARGEST_REQUEST, seconds=wire.PATIENCE)
        return _Said(caller, wire.load(kind, data))

    return receive


# ---------------------------------------------------------------- first trust


def _first_trust(server: Server) -> APIRouter:
    routes = APIRouter(route_class=Route)
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
        return answer(
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
            return answer(founding.offer_terms(server, asked))

    @routes.post(Path.FOUNDING)
    def found(
        request: Request, asked: Annotated[protocol.Founding, Depends(_from_anybody(protocol.Founding))]
    ) -> Response:
        with counting_wrong_codes(request):
            return answer(founding.found(server, asked))

    @routes.post(Path.INVITATIONS)
    def invite(
        said: Annotated[_Said[protocol.InvitationRequest], Depends(_from_caller(server, protocol.InvitationRequest))],
    ) -> Response:
        return answer(enrolments.invite(server, said.caller, said.message))

    @routes.post(Path.ENROLMENTS)
    def enrol(
        request: Request,
        asked: Annotated[protocol.EnrolmentRequest, Depends(_from_anybody(protocol.EnrolmentRequest))],
    ) -> Response:
        with counting_wrong_codes(request):
            return answer(enrolments.enrol(server, asked))

    @routes.get(Path.ENROLMENT)
    def enrolment_status(enrolment: Identifier) -> Response:
        return answer(enrolments.status(server, enrolment))

    @routes.post(Path.DECLINED)
    def decline(body: Body, enrolment: Identifier, authorization: Authorization = "") -> Response:
        enrolments.decline(server, server.sessions.caller(authorization, body), enrolment)
        return Response(status_code=204)

    @routes.get(Path.REVOCATIONS)
    def revocations(body: Body) -> Response:
        return Response(register.revocation_list(server, body), media_type="application/pkix-crl")

    return routes


def _signing_in(server: Server) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.post(Path.CHALLENGES)
    def challenge(
        asked: Annotated[protocol.ChallengeRequest, Depends(_from_anybody(protocol.ChallengeRequest))],
    ) -> Response:
        return answer(server.sessions.challenge(asked))

    @routes.post(Path.SIGN_IN)
    def sign_in(asked: Annotated[protocol.SignIn, Depends(_from_anybody(protocol.SignIn))]) -> Response:
        return answer(server.sessions.sign_in(asked))

    return routes


# ---------------------------------------------------------------- the feed, statements, notes


def _feed(server: Server, lookout: Lookout) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.get(Path.FEED)
    def read_feed(
        body: Body, authorization: Authorization = "", after: Number = 0, epoch: str = "", tree: Number = 0
    ) -> Response:
        caller = server.sessions.caller(authorization, body)
        return answer(feed.page(server.store, server.ledger(body), caller.person, after=after, epoch=epoch, tree=tree))

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
    routes = APIRouter(route_class=Route)

    @routes.get(Path.CONSISTENCY)
    def consistency(body: Body, first: Number, second: Number, authorization: Authorization = "") -> Response:
        caller = server.sessions.caller(authorization, body)
        return answer(statements.consistency(server, caller, first, second))

    @routes.get(Path.REGISTER)
    def register_record(body: Body, authorization: Authorization = "") -> Response:
        return answer(epochs.register_record(server, server.sessions.caller(authorization, body)))

    @routes.post(Path.RESTORED)
    def restored(
        said: Annotated[_Said[protocol.KnownCheckpoint], Depends(_from_caller(server, protocol.KnownCheckpoint))],
    ) -> Response:
        return answer(epochs.restored(server, said.caller, said.message))

    @routes.get(Path.COSIGNATURES)
    def device_cosignatures(body: Body, authorization: Authorization = "") -> Response:
        return answer(ledgers.device_cosignatures(server, server.sessions.caller(authorization, body)))

    @routes.get(Path.LOST_DEVICES)
    def lost_devices(body: Body, authorization: Authorization = "") -> Response:
        return answer(losses.listed(server, server.sessions.caller(authorization, body)))

    @routes.post(Path.LOST_DEVICES)
    def report_lost(said: Annotated[_Said[LostDevice], Depends(_from_caller(server, LostDevice))]) -> Response:
        losses.report(server, said.caller, said.message)
        return Response(status_code=204)

    @routes.get(Path.OUTSIDE_REVOCATIONS)
    def outside_revocations(body: Body, authorization: Authorization = "") -> Response:
        return answer(revocations.listed(server, server.sessions.caller(authorization, body)))

    @routes.get(Path.OUTSIDE_REVOCATION)
    def outside_revocation(body: Body, digest: Digest, authorization: Authorization = "") -> Response:
        caller = server.sessions.caller(authorization, body)
        return Response(revocations.find(server, caller, digest), media_type="application/octet-stream")

    @routes.post(Path.COSIGNATURES)
    def cosign(said: Annotated[_Said[DeviceCosignature], Depends(_from_caller(server, DeviceCosignature))]) -> Response:
        ledgers.cosign(server, said.caller, said.message)
        return Response(status_code=204)

    return routes


# ---------------------------------------------------------------- papers and evidence


def _papers(server: Server) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.post(Path.UPLOADS)
    def offer(
        said: Annotated[_Said[protocol.UploadOffer], Depends(_from_caller(server, protocol.UploadOffer))],
    ) -> Response:
        return answer(documents.offer(server, said.caller, said.message))

    @routes.put(Path.UPLOAD)
    async def upload(
        request: Request, body: Body, digest: Digest, offset: Number, authorization: Authorization = ""
    ) -> Response:
        caller = await run_in_threadpool(server.sessions.caller, authorization, body)
        data = bytearray()
        with suppress(ClientDisconnect, TimeoutError):  # what did arrive need not come again
            async with asyncio.timeout(wire.PATIENCE):
                async for piece in request.stream():
                    data += piece
                    if len(data) > protocol.UPLOAD_PART:
                        raise Refused(Reason.TOO_LARGE)
        return answer(await run_in_threadpool(documents.add_part, server, caller, digest, offset, bytes(data)))

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
    routes = APIRouter(route_class=Route)

    @routes.get(Path.BALLOT_RECORD)
    def record(body: Body, ballot: Identifier, authorization: Authorization = "") -> Response:
        return answer(ballots.record(server, server.sessions.caller(authorization, body), ballot))

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
