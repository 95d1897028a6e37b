"""Drafts of meetings and ballots: made, filled in, given papers, and sent with one PIN."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.desk.drafts import (
    BallotDraft,
    DraftKind,
    DraftLine,
    Incomplete,
    ItemDraft,
    MeetingDraft,
    Missing,
    missing_in,
)
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.intake import FileRefused, PaperFlaw, PreparedPaper, plain_name, take_file
from ecabinet.client.desk.meetings import meeting_sent
from ecabinet.client.desk.publishing import (
    SendStage,
    ballot_statement,
    is_published,
    latest_version,
    meeting_statement,
    stage_of,
    version_of,
)
from ecabinet.client.desk.rules import usual_rules
from ecabinet.client.desk.unlocked import Unlocked, in_nfc
from ecabinet.client.pages.examination import Examiner
from ecabinet.client.sync import Need, Report
from ecabinet.client.sync.apply import is_needed
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core import codec
from ecabinet.core.ballots import BallotOpened, DecisionRule, Elector, Priority
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.envelope import new_id
from ecabinet.core.meetings import (
    DocumentsPublished,
    MeetingSent,
)
from ecabinet.core.people import Person, Role
from ecabinet.core.protocol import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPaper:
    """A file that was not taken, and why not."""

    path: Path
    """Where it lies: in a folder of many, several may have the name."""
    file_name: str
    flaw: PaperFlaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of the files dropped."""

    papers: tuple[PreparedPaper, ...]
    refused: tuple[RefusedPaper, ...]
    changes: Changes


class Drafting:
    """The secretariat's drafts. What is signed goes through the outbox, papers first."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked, self._vault = unlocked, unlocked.vault

    def drafts(self) -> tuple[DraftLine, ...]:
        """Those not recorded yet, the latest changed first."""

        def read(db: Connection) -> tuple[DraftLine, ...]:
            _forget_recorded(db)
            drafts, papers = schema.drafts.c, schema.draft_papers.c
            rows = db.execute(
                select(schema.drafts).where(drafts.body == self._unlocked.body).order_by(drafts.changed_at.desc())
            ).all()
            counted = db.execute(select(papers.draft, func.count()).group_by(papers.draft))
            counts = {row[0]: row[1] for row in counted}
            return tuple(
                DraftLine(
                    id=row.id,
                    kind=DraftKind(row.kind),
                    title=_title(_draft_in(row)),
                    changed_at=row.changed_at,
                    papers=counts.get(row.id, 0),
                    is_revision=row.is_revision,
                )
                for row in rows
            )

        return self._vault.do(read)

    def new_meeting(self) -> tuple[MeetingDraft, Changes]:
        """With the chair and the members in office as participants."""

        def make(db: Connection) -> tuple[MeetingDraft, Changes]:
            chair, members = self._seated(db)
            draft = MeetingDraft(
                meeting=new_id(self._unlocked.clock()),
                title="",
                starts_at=None,
                place="",
                chair=None if chair is None else chair.id,
                participants=tuple(person.id for person in members),
                items=(),
            )
            return draft, self._keep(db, draft)

        return self._vault.do(make)

    def revise_meeting(self, meeting: Identifier) -> tuple[MeetingDraft, Changes]:
        """A draft of the next revision of a meeting that was sent, or the one begun before. Raises NotHere."""

        def make(db: Connection) -> tuple[MeetingDraft, Changes]:
            _forget_recorded(db)
            begun = db.execute(select(schema.drafts).where(schema.drafts.c.id == meeting)).one_or_none()
            if begun is not None:
                draft = _draft_in(begun)
                return (draft, Changes()) if isinstance(draft, MeetingDraft) else _not_here()
            draft = _as_sent(db, meeting)
            return draft, self._keep(db, draft, is_revision=True)

        return self._vault.do(make)

    def new_ballot(self) -> tuple[BallotDraft, Changes]:
        """With the rule in force, the chair and the members in office, and the usual deadline."""

        def make(db: Connection) -> tuple[BallotDraft, Changes]:
            chair, members = self._seated(db)
            usual, now = usual_rules(), self._unlocked.sync.now()
            electors = tuple(Elector(person=each.id, office=each.office, proposed=False) for each in members)
            draft = BallotDraft(
                ballot=new_id(now),
                subject="",
                submitter="",
                grounds="",
                decided_by="",
                deciding_note="",
                field="",
                priority=Priority.NORMAL,
                specialist=self._unlocked.me(db).office,
                summary="",
                disputed=(),
                questions=(),
                electors=electors,
                statutory=len(electors),
                vacant=0,
                chair=None if chair is None else chair.id,
                papers=(),
                rule=self._rule(db),
                deadline_at=usual.deadline(Priority.NORMAL, now, self._unlocked.zone(db)),
                shows_answers_before_own=False,
            )
            return draft, self._keep(db, draft)

        return self._vault.do(make)

    def meeting(self, draft: Identifier) -> MeetingDraft:
        """Raises NotHere."""
        found = self._vault.do(lambda db: _draft(db, draft))
        return found if isinstance(found, MeetingDraft) else _not_here()

    def ballot(self, draft: Identifier) -> BallotDraft:
        """Raises NotHere."""

        def read(db: Connection) -> BallotDraft:
            found = _draft(db, draft)
            return replace(found, rule=self._rule(db)) if isinstance(found, BallotDraft) else _not_here()

        return self._vault.do(read)

    def keep_meeting(self, draft: MeetingDraft) -> Changes:
        """Keeps what has been filled in so far."""
        return self._vault.do(lambda db: self._keep(db, draft))

    def keep_ballot(self, draft: BallotDraft) -> Changes:
        """Keeps what has been filled in so far."""
        return self._vault.do(lambda db: self._keep(db, draft))

    def discard(self, draft: Identifier) -> Changes:
        """Forgets a draft and the papers taken over for it."""
        for blob in self._vault.do(lambda db: _forget(db, draft)):
            self._vault.files.discard(blob)
        return Changes(drafts=frozenset({draft}))

    # ---------------------------------------------------------------- papers

    def take_papers(self, draft: Identifier, files: Sequence[Path], report: Report) -> Taken:
        """*Pages lane.* Checks files and takes them over into a draft; good ones even when others are refused.

        `report` counts files. Titles, numbers and agencies are what papers say of themselves or what their file names
        suggest, to be put right. Raises NotHere, StorageUnusable, and what `report` raises.
        """
        papers: list[PreparedPaper] = []
        refused: list[RefusedPaper] = []
        self._vault.do(lambda db: _draft(db, draft))
        with Examiner() as examiner:
            for number, path in enumerate(files):
                report(number, len(files))
                try:
                    paper = take_file(path, new_id(self._unlocked.clock()), self._vault.files, examiner)
                    self._vault.do(partial(_add_paper, draft=draft, paper=paper))
                    papers.append(paper)
                except FileRefused as error:
                    refused.append(RefusedPaper(path=path, file_name=plain_name(path.name), flaw=error.flaw))
        changes = Changes(drafts=frozenset({draft}))
        return Taken(papers=tuple(papers), refused=tuple(refused), changes=changes)

    def papers(self, draft: Identifier) -> tuple[PreparedPaper, ...]:
        """In the order in which they were taken over."""
        return self._vault.do(lambda db: _papers_of(db, draft))

    def keep_paper(self, draft: Identifier, paper: PreparedPaper) -> Changes:
        """Keeps title, number, agency, kind and what changed. Raises NotHere."""

        def keep(db: Connection) -> Changes:
            known = _paper(db, draft, paper.document)
            told = {name: getattr(paper, name) for name in ("title", "number", "agency", "kind", "what_changed")}
            return _keep_paper(db, draft, paper.document, replace(known, **told))

        return self._vault.do(keep)

    def replace_paper(self, draft: Identifier, paper: Identifier, document: Identifier) -> Changes:
        """Makes a paper of the draft the next version of a published one. Raises NotHere."""

        def make(db: Connection) -> Changes:
            known, latest = _paper(db, draft, paper), latest_version(db, document)
            if latest is None:
                raise NotHere
            following = replace(known, document=document, version=latest.version + 1, replaces=latest.digest)
            if paper != document:  # what was to become the next version until now gives way
                papers = schema.draft_papers
                db.execute(delete(papers).where(papers.c.draft == draft, papers.c.document == document))
            return _keep_paper(db, draft, paper, following)

        return self._vault.do(make)

    def remove_paper(self, draft: Identifier, paper: Identifier) -> Changes:
        """Forgets a paper of the draft; the original file was never touched."""

        def remove(db: Connection) -> Digest:
            known, papers = _paper(db, draft, paper), schema.draft_papers
            db.execute(delete(papers).where(papers.c.draft == draft, papers.c.document == paper))
            return "" if is_needed(db, known.digest) else known.digest

        unneeded = self._vault.do(remove)
        if unneeded:
            self._vault.files.discard(unneeded)
        return Changes(drafts=frozenset({draft}))

    # ---------------------------------------------------------------- sending

    def missing(self, draft: Identifier) -> tuple[Missing, ...]:
        """What is still to be filled in. Empty: it can be sent. Raises NotHere."""
        now = self._unlocked.sync.now()

        def look(db: Connection) -> tuple[Missing, ...]:
            wanted, papers = _draft(db, draft), _papers_of(db, draft)
            lacking = missing_in(wanted, papers, now)
            is_as_sent = not papers and _is_revision(db, draft) and in_nfc(wanted) == _as_sent(db, draft)
            return (*lacking, Missing.CHANGE) if is_as_sent else lacking

        return self._vault.do(look)

    def send(self, draft: Identifier, pin: str) -> Changes:
        """Signs papers and meeting, or papers and ballot, with one PIN, and queues them: the uploads first.

        Raises Incomplete, NotHere, WrongPin, KeyUnusable, StorageUnusable.
        """
        missing = self.missing(draft)
        if missing:
            raise Incomplete(missing)
        signer = self._unlocked.signer(pin)

        def queue(db: Connection) -> None:
            wanted, papers = in_nfc(_draft(db, draft)), [in_nfc(paper) for paper in _papers_of(db, draft)]
            versions = tuple(version_of(paper) for paper in papers)
            new = tuple(version for version in versions if not is_published(db, self._unlocked, version))
            if new:
                published = DocumentsPublished(**self._unlocked.heading(db), documents=new)
                self._unlocked.queue(db, published, signer, [Need(each.blob, each.size) for each in new])
            references = {each.document: each.reference for each in versions}
            if isinstance(wanted, MeetingDraft):
                statement: MeetingSent | BallotOpened = meeting_statement(db, self._unlocked, wanted, references)
            else:
                in_force = replace(wanted, rule=in_nfc(self._rule(db)))
                statement = ballot_statement(db, self._unlocked, in_force, references)
            sent = self._unlocked.queue(db, statement, signer).statement.id
            db.execute(update(schema.drafts).where(schema.drafts.c.id == draft).values(sent=sent))

        self._vault.do(queue)
        self._unlocked.sync.recount()
        return Changes(drafts=frozenset({draft}))

    def stage(self, thing: Identifier) -> SendStage | None:
        """How far the latest act on a meeting or ballot has come; None when nothing of it was signed here."""
        return self._vault.do(lambda db: stage_of(db, thing))

    def refusal(self, thing: Identifier) -> Refusal | None:
        """Why the latest act on a meeting or ballot was refused; None unless it was."""
        line, said = schema.outbox.c, schema.statements
        asked = select(line.refusal).join(said, said.c.id == line.statement).where(said.c.thing == thing)
        kept = self._vault.do(lambda db: db.scalar(asked.order_by(line.place.desc()).limit(1)))
        return None if kept is None else codec.load(Refusal, kept)

    # ---------------------------------------------------------------- steps

    def _seated(self, db: Connection) -> tuple[Person | None, list[Person]]:
        """The chair, and everybody who sits in the body: the chair first, then in order of enrolment."""
        now = self._unlocked.sync.now()
        people = self._unlocked.register(db).people()
        sitting = [person for person in people if person.roles(now) & {Role.CHAIR, Role.MEMBER}]
        sitting.sort(key=lambda person: Role.CHAIR not in person.roles(now))
        return next((person for person in sitting if Role.CHAIR in person.roles(now)), None), sitting

    def _rule(self, db: Connection) -> DecisionRule:
        """By which a ballot that is sent today is counted: a draft may be older than it."""
        today = self._unlocked.sync.now().astimezone(self._unlocked.zone(db)).date()
        return usual_rules().rule_for(self._unlocked.body, today)

    def _keep(self, db: Connection, draft: MeetingDraft | BallotDraft, *, is_revision: bool = False) -> Changes:
        is_meeting = isinstance(draft, MeetingDraft)
        identity = draft.meeting if isinstance(draft, MeetingDraft) else draft.ballot
        values = {"changed_at": self._unlocked.clock(), "content": codec.dump(in_nfc(draft))}
        kind = DraftKind.MEETING if is_meeting else DraftKind.BALLOT
        kept = {"id": identity, "body": self._unlocked.body, "kind": kind, "is_revision": is_revision, **values}
        db.execute(insert(schema.drafts).values(kept).on_conflict_do_update(index_elements=["id"], set_=values))
        return Changes(drafts=frozenset({identity}))


def _not_here() -> Any:
    raise NotHere


def _draft_in(row: Any) -> MeetingDraft | BallotDraft:
    if row.kind == DraftKind.MEETING:
        return codec.load(MeetingDraft, row.content)
    return codec.load(BallotDraft, row.content)


def _draft(db: Connection, draft: Identifier) -> MeetingDraft | BallotDraft:
    row = db.execute(select(schema.drafts).where(schema.drafts.c.id == draft)).one_or_none()
    return _not_here() if row is None else _draft_in(row)


def _is_revision(db: Connection, draft: Identifier) -> bool:
    return bool(db.scalar(select(schema.drafts.c.is_revision).where(schema.drafts.c.id == draft)))


def _as_sent(db: Connection, meeting: Identifier) -> MeetingDraft:
    """What a revision begins with."""
    sent = meeting_sent(db, meeting)
    return MeetingDraft(
        meeting=meeting,
        title=sent.title,
        starts_at=sent.starts_at,
        place=sent.place,
        chair=sent.chair,
        participants=sent.participants,
        items=tuple(
            ItemDraft(
                item=item.item,
                title=item.title,
                agency=item.agency,
                papers=tuple(each.document for each in item.documents),
                readers=item.readers,
            )
            for item in sent.items
        ),
    )


def _title(draft: MeetingDraft | BallotDraft) -> str:
    return draft.title if isinstance(draft, MeetingDraft) else draft.subject


def _forget_recorded(db: Connection) -> None:
    """What a draft became is in the ledger: it is no draft any more."""
    said, drafts = schema.statements.c, schema.drafts.c
    recorded = select(drafts.id).join(schema.statements, said.id == drafts.sent).where(said.leaf.is_not(None))
    for draft in list(db.scalars(recorded)):
        _forget(db, draft)


def _forget(db: Connection, draft: Identifier) -> list[Digest]:
    """Which blobs nothing needs any more."""
    papers = schema.draft_papers
    blobs = list(db.scalars(delete(papers).where(papers.c.draft == draft).returning(papers.c.digest)))
    db.execute(delete(schema.drafts).where(schema.drafts.c.id == draft))
    return [blob for blob in blobs if not is_needed(db, blob)]


def _papers_of(db: Connection, draft: Identifier) -> tuple[PreparedPaper, ...]:
    papers = schema.draft_papers.c
    asked = select(papers.content).where(papers.draft == draft).order_by(papers.place)
    return tuple(codec.load(PreparedPaper, content) for content in db.scalars(asked))


def _paper(db: Connection, draft: Identifier, document: Identifier) -> PreparedPaper:
    found = next((paper for paper in _papers_of(db, draft) if paper.document == document), None)
    return _not_here() if found is None else found


def _add_paper(db: Connection, draft: Identifier, paper: PreparedPaper) -> None:
    """Raises FileRefused when its bytes are in the draft already."""
    papers = schema.draft_papers
    same = select(papers.c.document).where(papers.c.draft == draft, papers.c.digest == paper.digest)
    if db.scalar(same) is not None:
        raise FileRefused(PaperFlaw.ALREADY_HERE)
    place = db.scalar(select(func.max(papers.c.place)).where(papers.c.draft == draft)) or 0
    row = {"draft": draft, "document": paper.document, "place": place + 1, "digest": paper.digest}
    db.execute(insert(papers).values(**row, content=codec.dump(paper)))


def _keep_paper(db: Connection, draft: Identifier, document: Identifier, paper: PreparedPaper) -> Changes:
    papers = schema.draft_papers
    same = (papers.c.draft == draft) & (papers.c.document == document)
    content = codec.dump(in_nfc(paper))
    db.execute(update(papers).where(same).values(document=paper.document, content=content))
    return Changes(drafts=frozenset({draft}))
