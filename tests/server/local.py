"""A cabinet at a server in this process: the same actions, without the wire, under a clock that a test may set."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecabinet.core import protocol
from ecabinet.core.codec import whole_milliseconds
from ecabinet.core.envelope import Envelope
from ecabinet.server import feed, migrations
from ecabinet.server.actions import Server, documents, enrolments, founding, statements
from ecabinet.server.blobs import Blobs
from ecabinet.server.keys import Keys
from ecabinet.server.sessions import Caller, Sessions
from ecabinet.server.settings import Settings
from ecabinet.server.store import Store
from tests.server.served import ServedCabinet


class Clock:
    """Runs only when it is told to; never back."""

    def __init__(self) -> None:
        self.now = whole_milliseconds(datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


def local_server(data: Path, database: str = "", clock: Callable[[], datetime] | None = None) -> Server:
    settings = Settings(data=data, database=database)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = Keys(data / "keys")
    store = Store(settings.database_url, *([clock] if clock else []))
    migrations.upgrade(store.engine)
    sessions = Sessions(store, ca_spki=keys.ca_spki, secret=keys.challenge_secret(), lasts=settings.sign_in_lasts)
    blobs = Blobs(settings.blobs_url, data / "uploads")
    return Server(settings=settings, store=store, blobs=blobs, keys=keys, sessions=sessions, url="https://localhost")


class LocalCabinet(ServedCabinet):
    """A cabinet at a server in this process."""

    def __init__(self, server: Server, body: str = "H49.1") -> None:
        self.server = server
        super().__init__(founding.make_code(server).text(), body, server.store.now())

    @property
    def ca_spki(self) -> bytes:
        return self.server.keys.ca_spki

    def caller(self, person: str) -> Caller:
        return Caller(body=self.body, person=person)

    def terms(self, asked: protocol.FoundingTermsRequest) -> protocol.FoundingTerms:
        return founding.offer_terms(self.server, asked)

    def send_founding(self, asked: protocol.Founding) -> protocol.Outcome:
        return founding.found(self.server, asked)

    def invite(self, by: str, asked: protocol.InvitationRequest) -> protocol.Invitation:
        return enrolments.invite(self.server, self.caller(by), asked)

    def ask_to_enrol(self, asked: protocol.EnrolmentRequest) -> protocol.Enrolment:
        return enrolments.enrol(self.server, asked)

    def submit(self, *signed: Envelope, by: str | None = None) -> tuple[protocol.Outcome, ...]:
        (outcome,) = statements.submit(self.server, self.body, [protocol.Submission(envelopes=signed)])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome.outcomes

    def offer(self, person: str, digest: str, size: int) -> int:
        asked = protocol.UploadOffer(digest=digest, size=size)
        return documents.offer(self.server, self.caller(person), asked).received

    def upload_part(self, person: str, digest: str, offset: int, data: bytes) -> int:
        return documents.add_part(self.server, self.caller(person), digest, offset, data).received

    def feed(self, person: str, *, after: int = 0, epoch: str = "", tree: int = 0) -> protocol.FeedPage:
        ledger = self.server.ledger(self.body)
        return feed.page(self.server.store, ledger, person, after=after, epoch=epoch, tree=tree)
