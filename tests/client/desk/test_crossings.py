"""Notes go over to a new version when it arrives, and what must be asked is known before the paper is opened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import Connection, func, select

from ecabinet.client.desk.crossings import Crossed
from ecabinet.client.desk.notes import NoteView
from ecabinet.client.pages import Pages
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.vault import schema, texts
from ecabinet.client.vault.serial import Lock
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import Digest
from ecabinet.core.notes import Anchor, Quad
from ecabinet.core.notes.carrying import Reason
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.pages import samples
from tests.simulator import Simulator

KEPT = "Đề nghị làm rõ căn cứ của số liệu dự toán"
FIGURE = "Tổng mức đầu tư là 48.500 triệu đồng từ ngân sách tỉnh"
GONE = "Giao Sở Xây dựng báo cáo thêm về tiến độ"
NEW_LINE = "Phần mới thêm vào đầu tài liệu"
YELLOW = "#ffe45c"


def page(*lines: str) -> list[tuple[float, float, str]]:
    return [(85.0, 100.0 + 30 * row, line) for row, line in enumerate(lines)]


FIRST = samples.paper(page(KEPT), page(FIGURE), page(GONE))
SECOND = samples.paper(page(NEW_LINE), page(KEPT), page(FIGURE.replace("48.500", "52.000")))
THIRD = samples.paper(page(NEW_LINE), page("Mục lục"), page(KEPT), page(FIGURE.replace("48.500", "53.000")))


class Stopped(BaseException):
    """What ends a process ends whatever it does."""


@dataclass
class Case:
    """A paper with a note on each page of its version FIRST, and whoever wrote them."""

    simulator: Simulator
    mine: ClientDevice
    pages: Pages
    document: str
    digest: Digest

    def publish(self, data: bytes, *, is_read_in: bool = True) -> Digest:
        self.simulator.publish_next_version(self.document, data)
        self.mine.round()
        if is_read_in:
            self.mine.desk.finding.read_in(self.pages, unheard)
        return self.mine.desk.papers.one(self.document).digest

    def run(self) -> bool:
        return bool(self.mine.desk.crossings.run(self.pages, unheard))

    def write(self, digest: Digest, number: int, line: str, text: str) -> NoteView:
        quad = Quad(x0=8_000, y0=73_700, x1=56_000, y1=75_500)
        anchor = Anchor(
            digest=digest, page=number, quads=(quad,), strokes=(), quote=line, before="", after="", section=()
        )
        return self.mine.desk.notes.write(self.document, anchor, text, YELLOW)[0]

    def notes(self) -> dict[str, NoteView]:
        return {note.latest.text: note for note in self.mine.desk.notes.of_paper(self.document)}

    def places(self) -> dict[str, tuple[int, bool]]:
        return {text: (each.latest.anchor.page, each.is_left_behind) for text, each in self.notes().items()}

    def cross(self, pages: Pages | None = None) -> Crossed:
        """As opening the paper does."""
        return self.mine.desk.crossings.cross(self.document, pages or self.pages, Lock(), lambda: None)

    def count(self, table: str) -> int:
        rows = schema.metadata.tables[table]
        return self.mine.vault.do(lambda db: db.scalar(select(func.count()).select_from(rows)) or 0)


class NoPages(Pages):
    """None is to be asked for."""

    def open(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise AssertionError


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture
def case(simulator: Simulator, device: MakeDevice, pages: Pages) -> Case:
    mine = device()
    simulator.send_meeting()
    mine.round()
    case = Case(simulator, mine, pages, mine.desk.papers.all()[0].document, "")
    case.digest = case.publish(FIRST)
    for number, line in enumerate((KEPT, FIGURE, GONE)):
        case.write(case.digest, number, line, f"Ghi chú {number}")
    return case


def asked(crossed: Crossed) -> dict[str, tuple[int, Reason]]:
    return {each.note.latest.text: (each.anchor.page, each.reason) for each in crossed.questions}


def test_notes_go_over_when_a_version_arrives_and_opening_asks_at_once(case: Case) -> None:
    newest = case.publish(SECOND)
    changes = case.mine.desk.crossings.run(case.pages, unheard)
    assert changes.notes == {case.notes()["Ghi chú 0"].note}
    assert changes.documents == {case.document}
    assert case.places() == {"Ghi chú 0": (1, False), "Ghi chú 1": (1, True), "Ghi chú 2": (2, True)}
    assert case.notes()["Ghi chú 0"].latest.anchor.digest == newest
    case.mine.reopen()
    line = case.mine.desk.papers.one(case.document)
    assert (line.to_check, line.carried) == (1, 1)
    crossed = case.cross(NoPages())
    assert asked(crossed) == {"Ghi chú 1": (2, Reason.FIGURES_CHANGED)}
    assert [note.latest.text for note in crossed.left] == ["Ghi chú 2"]
    assert (crossed.found, crossed.changes) == (0, type(crossed.changes)())
    assert not case.run()


def test_opening_before_it_came_so_far_asks_as_well_and_it_has_nothing_left_to_do(case: Case) -> None:
    case.publish(SECOND, is_read_in=False)
    assert not case.run(), "what has not been read in waits"
    crossed = case.cross()
    assert crossed.found == 1
    assert asked(crossed) == {"Ghi chú 1": (2, Reason.FIGURES_CHANGED)}
    assert asked(case.cross(NoPages())) == asked(crossed)
    case.mine.desk.finding.read_in(case.pages, unheard)
    assert not case.mine.desk.crossings.run(NoPages(), unheard)


def test_what_is_kept_or_left_is_asked_no_more(case: Case) -> None:
    case.publish(SECOND)
    case.run()
    (question,) = case.cross(NoPages()).questions
    case.mine.desk.crossings.keep(question)
    case.mine.desk.crossings.leave(case.notes()["Ghi chú 2"].note)
    crossed = case.cross(NoPages())
    assert (crossed.questions, crossed.left) == ((), ())
    assert case.count("crossings") == 0
    assert case.mine.desk.papers.one(case.document).to_check == 0


def test_a_note_edited_meanwhile_is_judged_anew(case: Case) -> None:
    case.publish(SECOND)
    case.run()
    case.mine.desk.notes.edit(case.notes()["Ghi chú 1"].note, text="Sửa lại")
    case.mine.desk.notes.delete(case.notes()["Ghi chú 2"].note)
    assert case.count("crossings") == 0
    assert case.run()
    assert asked(case.cross(NoPages())) == {"Sửa lại": (2, Reason.FIGURES_CHANGED)}


def test_a_note_moved_while_it_is_judged_stays_where_it_was_put(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = case.publish(SECOND)
    notes, pages_of = case.mine.desk.notes, case.pages.open
    opened: list[object] = []

    def move_then_open(*args: object, **more: object) -> object:
        if not opened:
            kept = case.notes()["Ghi chú 0"]
            place = case.write(newest, 0, NEW_LINE, "Khác").latest.anchor
            opened.append(notes.edit(kept.note, anchor=place))
            notes.edit(case.notes()["Ghi chú 1"].note, text="Sửa lại")
        return pages_of(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(case.pages, "open", move_then_open)
    case.run()
    assert case.places()["Ghi chú 0"] == (0, False)
    assert case.count("crossings") == 1, "of what was edited nothing is kept"


def test_of_three_versions_the_newest_counts(case: Case) -> None:
    second = case.publish(SECOND)
    case.run()
    case.write(second, 0, NEW_LINE, "Ghi chú 3")
    third = case.publish(THIRD)
    assert case.run()
    assert case.places() == {
        "Ghi chú 0": (2, False),
        "Ghi chú 1": (1, True),
        "Ghi chú 2": (2, True),
        "Ghi chú 3": (0, False),
    }
    crossed = case.cross(NoPages())
    assert asked(crossed) == {"Ghi chú 1": (3, Reason.FIGURES_CHANGED)}
    assert {each.anchor.digest for each in crossed.questions} == {third}
    assert case.count("crossings") == 2, "one for each note, whatever the versions"


def test_without_the_version_before_it_waits_and_opening_asks_by_the_quote(case: Case) -> None:
    case.publish(SECOND)
    files, papers = schema.files, schema.documents

    def lose(db: Connection) -> None:
        blob = select(papers.c.blob).where(papers.c.digest == case.digest)
        db.execute(files.update().where(files.c.blob.in_(blob)).values(is_here=False))

    case.mine.vault.do(lose)
    assert not case.run()
    assert case.places()["Ghi chú 0"] == (0, True)
    case.cross()
    assert case.count("crossings") == 0, "it is judged again when the version before is here"


def test_what_is_killed_at_any_step_is_done_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    second = case.publish(SECOND)
    case.write(second, 0, NEW_LINE, "Ghi chú 3")
    case.publish(THIRD)
    edits, at, is_over = case.count("note_edits"), 0, False
    do = Vault.do

    def do_until(vault: Vault, work: Callable[[Connection], object], left: list[None]) -> object:
        if not left:
            raise Stopped
        left.pop()
        return do(vault, work)

    while not is_over:
        at += 1
        left: list[None] = [None] * at
        monkeypatch.setattr(Vault, "do", lambda vault, work, left=left: do_until(vault, work, left))
        try:
            case.run()
            is_over = True
        except Stopped:
            pass
        monkeypatch.setattr(Vault, "do", do)
        case.mine.reopen()
    assert at > 5
    assert case.places() == {
        "Ghi chú 0": (2, False),
        "Ghi chú 1": (1, True),
        "Ghi chú 2": (2, True),
        "Ghi chú 3": (0, False),
    }
    assert case.count("note_edits") == edits + 2
    assert set(asked(case.cross(NoPages()))) == {"Ghi chú 1"}


def test_it_goes_with_the_paper(case: Case) -> None:
    case.publish(SECOND)
    case.run()
    assert case.count("crossings") == 2
    for meeting in case.mine.desk.meetings.all():
        case.simulator.withhold(meeting.meeting)
    case.mine.round()
    assert case.count("crossings") == 0
    assert not case.run()


def test_it_is_judged_anew_when_a_version_says_something_else(case: Case) -> None:
    newest = case.publish(SECOND)
    case.run()
    case.mine.vault.do(partial(texts.forget, digest=newest))
    assert case.count("crossings") == 0
    case.mine.desk.finding.read_in(case.pages, unheard)
    assert case.run()
    assert case.count("crossings") == 2


def test_a_paper_on_the_screen_is_left_alone(case: Case) -> None:
    case.publish(SECOND)
    case.mine.desk.crossings.begin_reading(case.document)
    assert not case.run()
    case.mine.desk.crossings.end_reading(case.document)
    assert case.run()
