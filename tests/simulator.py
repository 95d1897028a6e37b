"""A server in memory that keeps the protocol with the real core and a real ledger, and lies on demand.

What it answers is what a server of ours would; `fork` and `roll_back` make it a liar. `tests.wire` leads to it.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ecabinet.core import protocol
from ecabinet.core.ballots import (
    BallotClosed,
    BallotExtended,
    BallotOpened,
    BallotResult,
    Collation,
    Opinion,
    check_opinion,
)
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.envelope import Envelope, Opened, open_envelope, sign
from ecabinet.core.ledger import Tree
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from ecabinet.core.notes import NoteShare, SealedNote, SharedNote, WrappedKey
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.people import Act, Thing, may
from ecabinet.core.protocol import (
    FeedPage,
    FeedRow,
    Outcome,
    Placed,
    Reason,
    Refusal,
    Refused,
    RowKind,
)
from ecabinet.core.recognition import RecognisedOffer
from ecabinet.core.register import Register, RegisterStatement, Verdict
from tests.cabinet import Appended, Cabinet, Device

PAGE = 7
"""Rows a page has at most: few, so that there are always several."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something a person may see, and what goes when it goes."""

    key: tuple[str, str]
    thing: str
    leaf: int = -1
    document: tuple[str, int] | None = None
    offer: RecognisedOffer | None = None

    @property
    def kind(self) -> RowKind:
        if self.offer is not None:
            return RowKind.RECOGNISED
        return RowKind.DOCUMENT if self.document else RowKind.ENVELOPE


@dataclass(frozen=True, slots=True)
class Row:
    """Something that was told to a person."""

    position: int
    kind: RowKind
    item: Item | None = None
    gone: tuple[Identifier, ...] = ()
    other: Any = None


class Simulator(Cabinet):
    """A cabinet whose ledger is served."""

    def __init__(self, body: str = "H00.1", **options: Any) -> None:
        super().__init__(body, **options)
        self.feeds: dict[Name, list[Row]] = {}
        self.told: dict[Name, dict[tuple[str, str], Item]] = {}
        self.epoch = "first"
        self.position = 0
        self.replayed: Register | None = None
        self.blobs: dict[Digest, bytes] = {}
        self.uploads: dict[tuple[Name, Digest], bytearray] = {}
        self.edits: dict[Name, dict[Identifier, SealedNote]] = {}
        self.offers: dict[tuple[Identifier, int], RecognisedOffer] = {}
        self.shares: dict[Identifier, NoteShare] = {}
        self.shared: dict[tuple[Identifier, Identifier], SharedNote] = {}
        """By share and edit, those of shares that were replaced too."""
        self.share_keys: dict[tuple[Identifier, Digest, Digest], WrappedKey] = {}
        self.cosigned: dict[Name, str] = {}
        """What each person's device cosigned last."""
        self.witnessed = ""
        """The largest checkpoint that witnesses have cosigned."""
        self.withheld: set[Identifier] = set()
        """Meetings that nobody but the secretariat may see any more."""
        self.spoils_receipts = False
        self.hides_tiles = False
        self._lie = ""
        self._strange: dict[int, Envelope] = {}

    # ---------------------------------------------------------------- the ledger grows

    def append(self, signed: Envelope, **options: Any) -> Appended:
        appended = super().append(signed, **options)
        opened = appended.opened
        if isinstance(opened.statement, RegisterStatement):
            if self.replayed is None:
                self.replayed = Register.found(opened)
            else:
                self.replayed.add(opened, appended.leaf, appended.accepted_at)
        self.blobs.update(self.papers)
        self.spread()
        return appended

    def submit(self, person: Name, signed: Envelope) -> Outcome:
        """What a server does with a statement: the receipt again, a receipt, or a refusal."""
        try:
            opened = open_envelope(signed)
            known = next((each for each in self.ledger if each.opened.statement.id == opened.statement.id), None)
            if known is None:
                self._check(opened)
                known = self.append(signed)
        except Refused as refused:
            return Outcome(receipt=None, refusal=refused.refusal)
        if known.envelope.statement != signed.statement:
            return Outcome(receipt=None, refusal=Refusal(reason=Reason.ID_REUSED))
        receipt = self.receipt(known)
        if self.spoils_receipts:
            receipt = replace(receipt, index=receipt.index ^ 1)
        return Outcome(receipt=receipt.text(), refusal=None)

    def _check(self, opened: Opened) -> None:
        said, register = opened.statement, self.replayed
        assert register is not None
        thing = None
        ballot = getattr(said, "ballot", "")
        opening = None if isinstance(said, BallotOpened) else self._opening(ballot)
        if opening is not None:
            asked = opening.opened.statement
            assert isinstance(asked, BallotOpened)
            electors = frozenset(each.person for each in asked.electorate.electors)
            thing = Thing(body=self.body, electors=electors)
        if register.judge(opened, len(self.tree), self.now, thing) is not Verdict.VALID:
            raise Refused(Reason.NOT_ENROLLED)
        if said.seen is None or not self._is_own(said.seen):
            raise Refused(Reason.FOREIGN_CHECKPOINT)
        if opening is not None and self._statements(ballot, BallotClosed) and not isinstance(said, BallotResult):
            raise Refused(Reason.BALLOT_CLOSED)
        if isinstance(said, Opinion) and opening is not None:
            self._check_opinion(said, opening)

    def _check_opinion(self, said: Opinion, opening: Appended) -> None:
        asked = opening.opened.statement
        assert isinstance(asked, BallotOpened)
        if check_opinion(said, asked, opening.digest) is not None:
            raise Refused(Reason.UNFIT_OPINION)
        before = [each for each in self._statements(said.ballot, Opinion) if each[1].elector == said.elector]
        expected: tuple[int, str | None] = (1, None)
        if before:
            last = before[-1]
            expected = (last[1].counter + 1, last[0].opened.statement_digest)
        if (said.counter, said.replaces) != expected:
            raise Refused(Reason.OPINION_SUPERSEDED)

    def _is_own(self, note: str) -> bool:
        sizes = range(len(self.tree) + 1)
        return any(note == self.checkpoint(size) for size in reversed(sizes))

    def _opening(self, ballot: Identifier) -> Appended | None:
        found = self._statements(ballot, BallotOpened)
        return found[0][0] if found else None

    def _statements(self, ballot: Identifier, kind: type[Any]) -> list[tuple[Appended, Any]]:
        said = [(each, each.opened.statement) for each in self.ledger]
        return [pair for pair in said if isinstance(pair[1], kind) and pair[1].ballot == ballot]

    # ---------------------------------------------------------------- who sees what

    def spread(self) -> None:
        """Tells everybody what has appeared, or gone, for him."""
        register = self.replayed
        assert register is not None
        items = list(self._items())
        for person in register.people():
            now = {
                item.key: item
                for item, act, thing in items
                if act is None or may(person, act, thing, self.now, body=self.body)
            }
            before = self.told.get(person.id, {})
            gone = tuple(dict.fromkeys(item.thing for key, item in before.items() if key not in now))
            if gone:
                self._tell(person.id, RowKind.GONE, gone=gone)
            for key, item in now.items():
                if key not in before or item.thing in gone:
                    self._tell(person.id, item.kind, item=item)
            self.told[person.id] = now

    def _items(self) -> Iterator[tuple[Item, Act | None, Thing]]:
        said = [(each, each.opened.statement) for each in self.ledger]
        meetings = {asserted.meeting: asserted for _, asserted in said if isinstance(asserted, MeetingSent)}
        announced = {asserted.ballot for _, asserted in said if isinstance(asserted, BallotResult)}
        ballots = {asserted.ballot: asserted for _, asserted in said if isinstance(asserted, BallotOpened)}
        readers: dict[Identifier, set[Name]] = defaultdict(set)
        """Before whom a paper is put now, and those before whom a version of it ever was."""
        ever: dict[tuple[Identifier, int], set[Name]] = defaultdict(set)
        for _, asserted in said:
            if isinstance(asserted, MeetingSent) and asserted.meeting not in self.withheld:
                for each in (document for item in asserted.items for document in item.documents):
                    ever[each.document, each.version].update(asserted.participants)
                    if asserted is meetings[asserted.meeting]:
                        readers[each.document].update(asserted.participants)
        for ballot in ballots.values():
            asked = {one.person for one in ballot.electorate.electors}
            for each in ballot.documents:
                ever[each.document, each.version] |= asked
                readers[each.document] |= asked
        for appended, asserted in said:
            key = ("envelope", str(appended.leaf))
            match asserted:
                case DocumentsPublished():
                    brought = [(version.document, version.version) for version in asserted.documents]
                    of_all = frozenset.intersection(*(frozenset(readers[each[0]] & ever[each]) for each in brought))
                    yield Item(key, asserted.id, appended.leaf), Act.READ_PAPER, Thing(body=self.body, readers=of_all)
                    for version in asserted.documents:
                        place = (version.document, version.version)
                        thing = Thing(body=self.body, readers=frozenset(readers[version.document] & ever[place]))
                        paper = Item(("document", f"{place}"), version.document, document=place)
                        yield paper, Act.READ_PAPER, thing
                        yield from ((item, Act.READ_PAPER, thing) for item in self._recognised(place))
                case MeetingSent():
                    is_withheld = asserted.meeting in self.withheld
                    names = frozenset() if is_withheld else frozenset(meetings[asserted.meeting].participants)
                    thing = Thing(body=self.body, readers=names)
                    yield Item(key, asserted.meeting, appended.leaf), Act.READ_MEETING, thing
                case BallotOpened() | BallotExtended() | BallotClosed() | BallotResult() | Opinion():
                    electors = frozenset(each.person for each in ballots[asserted.ballot].electorate.electors)
                    is_opinion = isinstance(asserted, Opinion)
                    thing = Thing(
                        body=self.body,
                        electors=electors,
                        author=asserted.elector if isinstance(asserted, Opinion) else None,
                        is_announced=asserted.ballot in announced,
                        shows_answers=ballots[asserted.ballot].shows_answers_before_own,
                    )
                    what = asserted.id if is_opinion else asserted.ballot
                    act = Act.READ_OPINION if is_opinion else Act.READ_BALLOT
                    yield Item(key, what, appended.leaf), act, thing
                case _:
                    yield Item(key, "", appended.leaf), None, Thing(body=self.body)

    def _recognised(self, place: tuple[Identifier, int]) -> Iterator[Item]:
        offer = self.offers.get(place)
        if offer is not None:
            yield Item(("recognised", f"{place} {offer.file} {offer.by}"), offer.document, offer=offer)

    def _tell(self, person: Name, kind: RowKind, **what: Any) -> None:
        self.position += 1
        self.feeds.setdefault(person, []).append(Row(self.position, kind, **what))

    def publish_next_version(self, document: Identifier, data: bytes) -> Appended:
        """The next version of a paper, put before everybody in another meeting."""
        latest = [each for each in self.documents if each.document == document][-1]
        digest = hashlib.sha256(data).hexdigest()
        self.papers[digest] = data
        following = replace(
            latest,
            version=latest.version + 1,
            replaces=latest.digest,
            digest=digest,
            blob=digest,
            size=len(data),
            what_changed="Sửa số liệu.",
        )
        published = self.append(self.sign("secretary", DocumentsPublished(**self.heading(), documents=(following,))))
        self.send_meeting()
        return published

    def withhold(self, meeting: Identifier) -> None:
        """Takes the right to a meeting and its papers away from its participants."""
        self.withheld.add(meeting)
        self.spread()

    def hand_back(self, meeting: Identifier) -> None:
        self.withheld.discard(meeting)
        self.spread()

    def begin_new_feed_epoch(self) -> None:
        """As after a rebuilt database: everybody begins from 0, and nothing tells what went meanwhile."""
        self.epoch = secrets.token_hex(4)
        kept = {person: [row for row in rows if row.other is not None] for person, rows in self.feeds.items()}
        self.feeds, self.told = {}, {}
        self.spread()
        for person, rows in kept.items():
            for row in rows:
                self._tell(person, row.kind, other=row.other)

    def visible(self, person: Name) -> dict[tuple[str, str], Item]:
        """What a person may see now."""
        return self.told.get(person, {})

    # ---------------------------------------------------------------- lies

    def fork(self, size: int) -> None:
        """Forgets what came after `size` leaves and goes on from there: another history under the same key."""
        self.ledger = self.ledger[:size]
        self.tree = Tree(self.tree.leaf(index) for index in range(size))

    def roll_back(self, size: int) -> None:
        """Shows yesterday's database, and nothing else."""
        self.fork(size)
        self.told = {person: {} for person in self.told}
        self.feeds = {}
        self.spread()

    def checkpoint_of_another_history(self) -> str:
        """Signed by this log, of the size of this tree, and never of this tree."""
        root = hashlib.sha256(b"shown to somebody else").digest()
        checkpoint = Checkpoint(origin=self.log_key.name, size=len(self.tree), root=root)
        return checkpoint.signed(self.log_private_key)

    def collation_without(self, person: Name) -> Collation:
        """A result that passes over what somebody said."""
        honest = self.collation()
        lines = tuple(replace(line, leaf=None) if line.elector == person else line for line in honest.lines)
        return replace(honest, lines=lines, received=honest.received - 1)

    def lie_about_the_last_entry(self, lie: str) -> None:
        """In `signature`, `place`, `leaf` or `signer`; no more when it is empty."""
        self._lie = lie

    def replace_type(self, appended: Appended, kind: str) -> None:
        """Serves an envelope as a newer program would have made it."""
        assert appended.statement is not None
        said = appended.envelope.statement.replace(appended.statement.TYPE.encode(), kind.encode())
        self._strange[appended.leaf] = Envelope(said, appended.envelope.signature)

    def slip_in(
        self, person: Name, what: WrappedKey | RecognisedOffer | NoteShare | SharedNote, kind: RowKind | None = None
    ) -> None:
        """Hand a person a wrapped key that nobody pushed, or words that nobody offered: what a server may always do."""
        kinds: dict[type, RowKind] = {
            WrappedKey: RowKind.KEY,
            RecognisedOffer: RowKind.RECOGNISED,
            NoteShare: RowKind.SHARE,
            SharedNote: RowKind.SHARED_NOTE,
        }
        self._tell(person, kind or kinds[type(what)], other=what)

    def revoke_device(self, certificate: bytes, person: Name) -> None:
        device = Device(person)
        device.certificate = certificate
        self.devices[person] = device
        self.revoke(person)
        del self.devices[person]

    # ---------------------------------------------------------------- the wire

    def page(self, person: Name, *, after: int, epoch: str, tree: int) -> FeedPage:
        if tree > len(self.tree):
            raise Refused(Reason.BAD_REQUEST, "tree")
        rows = [row for row in self.feeds.get(person, []) if epoch != self.epoch or row.position > after]
        later = {thing: row.position for row in rows for thing in row.gone}
        shown = [row for row in rows[:PAGE] if row.item is None or later.get(row.item.thing, 0) < row.position]
        has_more = len(rows) > PAGE
        last = rows[min(PAGE, len(rows)) - 1].position if rows else (after if epoch == self.epoch else 0)
        return FeedPage(
            epoch=self.epoch,
            rows=tuple(map(self._shown, shown)),
            position=last,
            has_more=has_more,
            checkpoint=self.checkpoint(),
            consistency=self.tree.consistency_proof(tree),
        )

    def _shown(self, row: Row) -> FeedRow:
        if row.item is not None and row.item.document is not None:
            version = next(each for each in self.documents if (each.document, each.version) == row.item.document)
            return FeedRow(position=row.position, kind=row.kind, document=version)
        if row.item is not None and row.item.offer is not None:
            return FeedRow(position=row.position, kind=row.kind, recognised=row.item.offer)
        if row.item is not None:
            appended = self.ledger[row.item.leaf]
            placed = Placed(
                leaf=appended.leaf,
                accepted_at=appended.accepted_at,
                path=self.tree.inclusion_proof(appended.leaf),
            )
            envelope = self._strange.get(appended.leaf, appended.envelope)
            if self._lie and appended is self.ledger[-1]:
                envelope, placed = self._distorted(envelope, placed)
            return FeedRow(position=row.position, kind=row.kind, envelope=envelope, placed=placed)
        other = {} if row.other is None else {row.kind.value: row.other}
        return FeedRow(position=row.position, kind=row.kind, gone=row.gone, **other)

    def _distorted(self, envelope: Envelope, placed: Placed) -> tuple[Envelope, Placed]:
        match self._lie:
            case "signature":
                return Envelope(envelope.statement, self.ledger[0].envelope.signature), placed
            case "place":
                return envelope, replace(placed, accepted_at=placed.accepted_at.replace(year=2025))
            case "leaf":
                return envelope, replace(placed, leaf=placed.leaf - 1)
            case _:
                said = open_envelope(envelope).statement
                return sign(said, self.devices["chair"].signer()), placed

    def take_notes(self, person: Name, push: protocol.NotesPush) -> None:
        known = self.edits.setdefault(person, {})
        for note in push.notes:
            if note.edit not in known:
                known[note.edit] = note
                self._tell(person, RowKind.NOTE, other=note)

    def take_keys(self, person: Name, push: protocol.KeysPush) -> None:
        for key in push.keys:
            if not any(row.other == key for row in self.feeds.get(person, [])):
                self._tell(person, RowKind.KEY, other=key)

    def take_shares(self, person: Name, push: protocol.SharesPush) -> None:
        for share in push.shares:
            if share.share not in self.shares:
                self._take_share(share)
        for key in push.keys:
            if (key.key, key.device, key.by) not in self.share_keys:
                self.share_keys[key.key, key.device, key.by] = key
                for each in {self.shares[key.key].author, *self._owner(key.device)}:
                    self._tell(each, RowKind.SHARE_KEY, other=key)
        for note in push.notes:
            if (note.share, note.edit) not in self.shared:
                self.shared[note.share, note.edit] = note
                if not any(note.share in share.replaces for share in self.shares.values()):
                    for each in (person, *self.shares[note.share].readers):
                        self._tell(each, RowKind.SHARED_NOTE, other=note)

    def _take_share(self, share: NoteShare) -> None:
        replaced = [self.shares[each] for each in share.replaces if each in self.shares]
        already = {reader for each in replaced for reader in each.readers}
        for reader in share.readers:
            papers = {key for key in self.told.get(reader, {}) if key[0] == "document" and share.document in key[1]}
            if reader not in already and not papers:
                raise Refused(Reason.NO_RIGHT, reader)
        self.shares[share.share] = share
        for before in replaced:
            for each in (before.author, *before.readers):
                self._tell(each, RowKind.GONE, gone=(before.share,))
        for each in (share.author, *share.readers):
            self._tell(each, RowKind.SHARE, other=share)

    def _owner(self, device: Digest) -> Iterator[Name]:
        assert self.replayed is not None
        for person in self.replayed.people():
            if any(device_of(each.sealing_key) == device for each in self.replayed.devices(person.id)):
                yield person.id

    def offer(self, person: Name, asked: protocol.UploadOffer) -> protocol.UploadState:
        if asked.digest in self.blobs:
            return protocol.UploadState(received=asked.size)
        return protocol.UploadState(received=len(self.uploads.setdefault((person, asked.digest), bytearray())))

    def add_part(self, person: Name, digest: Digest, offset: int, data: bytes) -> protocol.UploadState:
        upload = self.uploads.setdefault((person, digest), bytearray())
        if offset == len(upload):
            upload += data
        if hashlib.sha256(upload).hexdigest() == digest:
            self.blobs[digest] = bytes(upload)
        return protocol.UploadState(received=len(upload))
