"""What the demo plays: the sample meeting and ballots of the project, or a meeting over any folder of PDFs."""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ecabinet import resources
from ecabinet.client.desk.preparing import BallotDraft, ItemDraft, MeetingDraft, PreparedPaper
from ecabinet.client.desk.rules import usual_rules
from ecabinet.core.ballots import Elector
from ecabinet.core.envelope import new_id
from ecabinet.core.people import Role
from ecabinet.papers import sample

LEAST_MEMBERS = 5
PIN = "".join(secrets.choice("0123456789") for _ in range(4)) + "74"
"""The demo's PIN: made anew for each run, so that nobody takes it for a secret worth keeping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays: the registrar, a secretary, and so many members, the chair at their head."""

    registrar: sample.SamplePerson
    secretary: sample.SamplePerson
    members: tuple[sample.SamplePerson, ...]

    @classmethod
    def of(cls, members: int) -> "Cast":
        """Raises ValueError for fewer members than a committee has in the demo, or more than the sample knows."""
        everyone = sample.people()
        sitting = tuple(person for person in everyone if Role.MEMBER in person.roles)
        if not LEAST_MEMBERS <= members <= len(sitting):
            raise ValueError(f"between {LEAST_MEMBERS} and {len(sitting)} members")
        return cls(
            registrar=next(person for person in everyone if Role.REGISTRAR in person.roles),
            secretary=next(person for person in everyone if Role.SECRETARY in person.roles),
            members=sitting[:members],
        )


def meeting_files(folder: Path | None) -> list[Path]:
    """The meeting's papers, in the order of the agenda: those of the sample, or every PDF of a folder by name.

    Hidden files, and all in hidden folders, are passed over: they are what systems keep beside a person's own. So are
    those in `nameless_files`.
    """
    if folder is None:
        return [_file(paper) for paper in sample.meeting().papers]
    return sorted(path for path in _files_below(folder) if _has_name(path))


def nameless_files(folder: Path | None) -> list[str]:
    """PDFs of a folder that no window takes, because the bytes of their names are no text; as far as they are."""
    nameless = [] if folder is None else [path for path in _files_below(folder) if not _has_name(path)]
    return sorted(os.fsencode(name_from(path, folder)).decode("utf-8", "replace") for path in nameless)


def _files_below(folder: Path) -> Iterator[Path]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() == ".pdf")
    return (path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def _has_name(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def name_from(file: Path, folder: Path | None) -> str:
    """A paper's name as the person knows it: from the folder that was asked for."""
    return file.relative_to(folder).as_posix() if folder is not None else file.name


def ballot_files(ballot: sample.SampleBallot) -> list[Path]:
    """The papers of a ballot: submission and draft."""
    return [_file(paper) for paper in ballot.papers]


def as_sent(papers: Sequence[sample.Paper], folder: Path) -> list[Path]:
    """Copies of the sample's papers under the names that agencies give such files: number, then title."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for paper in papers:
        name = " ".join(filter(None, (paper.number, paper.title))).replace("/", "-")
        files.append(folder / f"{name}.pdf")
        shutil.copyfile(_file(paper), files[-1])
    return files


def fill_in_meeting(draft: MeetingDraft, papers: Sequence[PreparedPaper], members: Sequence[str]) -> MeetingDraft:
    """The sample's meeting, tomorrow at eight, over the papers that were taken; unknown ones get an item each."""
    meeting = sample.meeting()
    left = list(papers)  # files in different folders may be of one name
    items: list[ItemDraft] = []
    for item in meeting.items:
        names = [_file(paper).name for paper in item.papers]
        taken = [paper for name in names for paper in left if paper.file_name == name]
        left = [paper for paper in left if paper not in taken]
        if taken:
            items.append(_item(item.title, item.agency, taken))
    items += [_item(paper.title, paper.agency, [paper]) for paper in left]
    return replace(
        draft,
        title=meeting.title,
        starts_at=(datetime.now(UTC) + timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0),
        place=meeting.place,
        chair=members[0],
        participants=tuple(members),
        items=tuple(items),
    )


def fill_in_ballot(
    draft: BallotDraft, ballot: sample.SampleBallot, papers: Sequence[PreparedPaper], members: Sequence[Elector]
) -> BallotDraft:
    """One of the sample's ballots, with the deadline usual for its priority, asked of the members there are."""
    return replace(
        draft,
        subject=ballot.subject,
        submitter=ballot.submitter,
        grounds=ballot.grounds,
        decided_by=ballot.decided_by,
        deciding_note=ballot.deciding_note,
        field=ballot.field,
        priority=ballot.priority,
        specialist=ballot.specialist,
        summary=ballot.summary,
        disputed=ballot.disputed,
        questions=ballot.questions,
        electors=tuple(members),
        statutory=len(members),
        vacant=0,
        chair=members[0].person,
        papers=tuple(paper.document for paper in papers),
        rule=ballot.rule,
        deadline_at=usual_rules().deadline(ballot.priority, datetime.now(UTC), ZoneInfo(sample.body().time_zone)),
    )


def described(paper: PreparedPaper) -> PreparedPaper:
    """A paper with the title, number and agency that the sample gives it; as it is, when it is not of the sample."""
    for known in sample.papers():
        if _file(known).name == paper.file_name:
            return replace(paper, title=known.title, number=known.number, agency=known.agency, kind=known.kind)
    return paper


def _item(title: str, agency: str, papers: Sequence[PreparedPaper]) -> ItemDraft:
    documents = tuple(paper.document for paper in papers)
    return ItemDraft(item=new_id(datetime.now(UTC)), title=title, agency=agency, papers=documents, readers=None)


def _file(paper: sample.Paper) -> Path:
    return resources.path("sample", "pdf", f"{paper.stem}.pdf")
