"""What may be asked of the server, by noun: who may, what has to hold, and what is written then."""

import threading
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from ecabinet.core.codec import AgencyCode
from ecabinet.core.people import Act, Person, Thing, may
from ecabinet.core.protocol import Reason, Refused
from ecabinet.core.register import Register, Verdict
from ecabinet.server.blobs import Blobs
from ecabinet.server.keys import Keys
from ecabinet.server.ledger import Ledger, Turn
from ecabinet.server.sessions import Sessions
from ecabinet.server.settings import Settings
from ecabinet.server.store import Store

_REASONS = {
    Verdict.OTHER_BODY: (Reason.MALFORMED, "body"),
    Verdict.NOT_ENROLLED: (Reason.NOT_ENROLLED, ""),
    Verdict.ENROLLED_LATER: (Reason.NOT_ENROLLED, ""),
    Verdict.REVOKED_BEFORE: (Reason.REVOKED, ""),
    Verdict.CERTIFICATE_EXPIRED: (Reason.CERTIFICATE_EXPIRED, ""),
    Verdict.CERTIFICATE_NOT_YET_VALID: (Reason.CERTIFICATE_NOT_YET_VALID, ""),
    Verdict.BAD_CERTIFICATE: (Reason.NOT_ENROLLED, "certificate"),
    Verdict.NO_RIGHT: (Reason.NO_RIGHT, ""),
    Verdict.OTHER_PERSON: (Reason.NO_RIGHT, "elector"),
}


@dataclass(slots=True, kw_only=True)
class Server:
    """The parts that actions work with."""

    settings: Settings
    store: Store
    blobs: Blobs
    keys: Keys
    sessions: Sessions
    url: str
    """How others reach it."""
    furthest: dict[AgencyCode, str] = field(default_factory=dict)
    """Of bodies that wait for a new epoch, the largest checkpoint that a device has told of."""
    _ledgers: dict[AgencyCode, Ledger] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ledger(self, body: AgencyCode) -> Ledger:
        """The one ledger of a body in this process."""
        with self._lock:
            return self._ledgers.setdefault(body, Ledger(self.store, body, self.keys))


def require_standing(turn: Turn, thing: Thing | None = None) -> Person:
    """The signer, who may say what he says at his place in the ledger. Raises Refused."""
    verdict = turn.register.judge(turn.opened, turn.leaf, turn.accepted_at, thing)
    if verdict is not Verdict.VALID:
        raise Refused(*_REASONS[verdict])
    name = turn.register.signer(turn.opened)
    person = None if name is None else turn.register.person(name)
    if person is None:
        raise Refused(Reason.NOT_ENROLLED)
    return person


def require_right(register: Register, name: str, act: Act, at: datetime, thing: Thing | None = None) -> Person:
    """The person, who may. Raises Refused (no_right)."""
    body = register.founding.body
    person = register.person(name)
    if person is None or not may(person, act, thing or Thing(body=body), at, body=body):
        raise Refused(Reason.NO_RIGHT)
    return person


def require_plain(text: str, what: str) -> None:
    """Raises Refused (malformed) for control and formatting characters: such a name shows as another than it is.

    Neither a certificate nor every database takes them.
    """
    if any(unicodedata.category(character).startswith("C") for character in text):
        raise Refused(Reason.MALFORMED, what)


def require_name(text: str, what: str) -> None:
    """Raises Refused (malformed) unless it is plain, and something to be called by."""
    require_plain(text, what)
    if not text.strip():
        raise Refused(Reason.MALFORMED, what)
