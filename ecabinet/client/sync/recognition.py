"""What was recognised in scans: offered by whoever published them, taken over by those who read them.

It comes behind papers and opinions. What an offer says is signed by a device; a file is fetched only when the register
has that device in force, of somebody who may publish papers now, and taken only when it is the file of the offer and
about that very paper. One that is not is refused for good, and not fetched again.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, exists, or_, select

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import RefusedByServer, Unreachable
from ecabinet.client.sync.notes import OwnDevice
from ecabinet.client.sync.outbox import FOR_NOW, Need, upload
from ecabinet.client.vault import recognised, schema, texts
from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.papers import published_by, signed_papers
from ecabinet.client.vault.recognised import OfferState
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import AgencyCode, Digest, Identifier, MalformedError, Name
from ecabinet.core.protocol import UPLOAD_PART
from ecabinet.core.recognition import (
    LARGEST_FILE,
    RecognisedOffer,
    RecognisedText,
    TooLongError,
    is_signed,
    join,
    offer_message,
    pack,
    publishing_devices,
    read,
)

_TURN = 2.0
"""Seconds after which it is looked whether something more important has come."""
_PIECE = 256 * 1024


class RecognisedTexts:
    """The texts of one body. `tell` hears of those that came; `heed` may raise, to stop."""

    def __init__(
        self,
        vault: Vault,
        remote: Remote,
        *,
        body: AgencyCode,
        person: Name,
        own: OwnDevice,
        now: Callable[[], datetime],
        tell: Callable[[Changes], None],
        heed: Callable[[], None],
    ) -> None:
        self._vault, self._remote, self._body, self._person, self._own = vault, remote, body, person, own
        self._now, self._tell, self._heed = now, tell, heed

    def exchange(self, passed: set[Digest]) -> bool:
        """Offers and fetches, for a while at most; whether there is more to do.

        `passed` are files that can't be had now, and are not asked for again in this round. Raises RemoteError.
        """
        ends_at = time.monotonic() + _TURN
        devices = self._vault.do(self._publishing_devices)
        while (own := self._vault.do(partial(self._next_own, devices=devices))) is not None:
            self._heed()
            self._offer(own)
            if time.monotonic() > ends_at:
                return True
        for offer in self._vault.do(partial(self._waiting, devices=devices)):
            if offer.file in passed:
                continue
            self._heed()
            try:
                # What is not signed is not fetched, and refused as no file of the offer's.
                data = self._fetch(offer) if is_signed(self._body, offer, devices[offer.by]) else b""
                self._take(offer, data)
            except RefusedByServer as error:
                if error.refusal.reason in FOR_NOW:
                    raise
                passed.add(offer.file)  # no longer one that this person may have, which the feed will tell
            if time.monotonic() > ends_at:
                return True
        return False

    def _publishing_devices(self, db: Connection) -> dict[Digest, bytes]:
        register = self._vault.registers.of(db, self._body)
        return {} if register is None else publishing_devices(register, self._now())

    # ---------------------------------------------------------------- one's own

    def _next_own(self, db: Connection, devices: Collection[Digest]) -> "_Own | None":
        """A paper that this person published, whose words are all recognised here, and that nobody has offered yet.

        Or only one that is not among `devices` any more, which nobody else believes now.
        """
        mine, known, pages = published_by(self._body, self._person).c, schema.recognitions.c, schema.recognised_pages.c
        told = schema.recognised_offers.c
        is_told = (told.document == mine.document) & (told.version == mine.version)
        is_settled = or_(told.by == self._own.name, (told.state == OfferState.TAKEN) & told.by.in_(devices))
        asked = (
            select(mine.document, mine.version, mine.digest, known.program, known.languages)
            .join(schema.recognitions, known.digest == mine.digest)
            .where(known.is_complete, exists().where(pages.digest == mine.digest))
            .where(~exists().where(is_told, is_settled))
        )
        row = db.execute(asked.limit(1)).one_or_none()
        return None if row is None else _Own(*row, recognised.packed_pages(db, row.digest).values())

    def _offer(self, own: "_Own") -> None:
        try:
            data = own.file()
        except TooLongError:
            self._keep_to_oneself(own)
            return
        unsigned = RecognisedOffer(
            document=own.document,
            version=own.version,
            paper=own.digest,
            file=hashlib.sha256(data).hexdigest(),
            size=len(data),
            by=self._own.name,
            signature=b"",
        )
        offer = replace(unsigned, signature=self._own.sign(offer_message(self._body, unsigned)))
        try:
            need = Need(offer.file, offer.size)
            upload(self._remote, self._body, need, partial(_parts, memoryview(data)), self._heed)
            self._remote.offer_recognised(self._body, offer)
        except RefusedByServer as error:
            if error.refusal.reason in FOR_NOW:
                raise  # else it stays what this person alone has
        self._vault.do(lambda db: recognised.keep_offer(db, self._body, offer, OfferState.TAKEN))

    def _keep_to_oneself(self, own: "_Own") -> None:
        """Nobody would read it: it is not offered, now or later, and whoever published the paper is told."""
        none = RecognisedOffer(
            document=own.document,
            version=own.version,
            paper=own.digest,
            file="",
            size=0,
            by=self._own.name,
            signature=b"",
        )
        self._vault.do(lambda db: recognised.keep_offer(db, self._body, none, OfferState.TOO_LONG))
        self._tell(Changes(documents=frozenset((own.document,))))

    # ---------------------------------------------------------------- those of others

    def _waiting(self, db: Connection, devices: Collection[Digest]) -> list[RecognisedOffer]:
        """What `devices` offer for papers that are here: those wanted most first, then those that came last."""
        told, papers, files = schema.recognised_offers.c, signed_papers().c, schema.files.c
        is_of = (papers.document == told.document) & (papers.version == told.version) & (papers.digest == told.paper)
        asked = (
            select(told.document, told.version, told.paper, told.file, told.size, told.by, told.signature)
            .join_from(schema.recognised_offers, papers.digest.table, is_of)
            .join(schema.files, files.blob == papers.blob)
            .where(told.body == self._body, told.state == OfferState.WAITING, told.by.in_(devices), files.is_here)
            .order_by(files.wanted.desc(), papers.position.desc())
        )
        return [RecognisedOffer(**row) for row in db.execute(asked).mappings()]

    def _fetch(self, offer: RecognisedOffer) -> bytes:
        """As many bytes as were offered. Raises Unreachable when there are fewer."""
        if not 0 < offer.size <= LARGEST_FILE:
            return b""
        data = memoryview(bytearray(offer.size))
        done = 0
        with self._remote.recognised(self._body, offer.document, offer.version) as source:
            while done < offer.size:
                self._heed()
                count = source.readinto(data[done : done + _PIECE])
                if not count:
                    raise Unreachable(may_have_arrived=True)
                done += count
        return data.tobytes()

    def _take(self, offer: RecognisedOffer, data: bytes) -> None:
        try:
            text = _checked(offer, data)
        except MalformedError:
            self._vault.do(lambda db: recognised.settle_offer(db, offer, OfferState.REFUSED))
            return
        packed = {page.index: pack(page) for page in text.pages if page.lines}
        self._tell(self._vault.do(partial(_keep, offer=offer, text=text, packed=packed)))


@dataclass(frozen=True, slots=True)
class _Own:
    document: Identifier
    version: int
    digest: Digest
    program: str
    languages: str
    packed: Iterable[bytes]

    def file(self) -> bytes:
        """Raises TooLongError."""
        return join(self.digest, program=self.program, languages=self.languages, packed=self.packed)


def _parts(data: memoryview, start: int) -> Iterator[memoryview]:
    return (data[place : place + UPLOAD_PART] for place in range(start, len(data), UPLOAD_PART))


def _checked(offer: RecognisedOffer, data: bytes) -> RecognisedText:
    """What a file says, if it is the one that was offered, and about that paper. Raises MalformedError."""
    if hashlib.sha256(data).hexdigest() != offer.file:
        raise MalformedError
    text = read(data)
    if text.paper != offer.paper or not any(page.lines for page in text.pages):
        raise MalformedError
    return text


def _keep(db: Connection, offer: RecognisedOffer, text: RecognisedText, packed: dict[int, bytes]) -> Changes:
    """Puts it in place of what was recognised here, and has the paper read in anew."""
    if not recognised.settle_offer(db, offer, OfferState.TAKEN):
        return Changes()
    recognised.take(db, offer.paper, program=text.program, languages=text.languages, packed=packed)
    texts.forget(db, offer.paper)
    return Changes(recognised=frozenset({offer.paper}))
