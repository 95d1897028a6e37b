"""Whatever was done to notes can be undone and done again; what another device wrote survives every undoing."""

import pytest

from ecabinet.client.desk.papers import PaperLine
from ecabinet.core.notes import Anchor, NoteKind, Point, Quad, Stroke
from ecabinet.core.people import Role
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.guests import Guests
from tests.simulator import Simulator

RED, BLUE = "#c4211a", "#0a54aa"


@pytest.fixture
def mine(simulator: Simulator, device: MakeDevice) -> ClientDevice:
    made = device()
    simulator.send_meeting()
    made.round()
    return made


@pytest.fixture
def paper(mine: ClientDevice) -> PaperLine:
    return mine.desk.papers.all()[0]


def place(paper: PaperLine, page: int = 0) -> Anchor:
    quad = Quad(x0=7_200, y0=68_600, x1=20_000, y1=70_000)
    return Anchor(
        digest=paper.digest, page=page, quads=(quad,), quote="48 tỷ", before="", after="", strokes=(), section=()
    )


def sheet(paper: PaperLine, page: int = 0) -> Anchor:
    return Anchor(digest=paper.digest, page=page, quads=(), quote="", before="", after="", strokes=(), section=())


def stroke(x: int) -> Stroke:
    points = tuple(Point(x=x + 100 * step, y=50_000 - 150 * step, pressure=400 + 50 * step) for step in range(5))
    return Stroke(points=points, width=200)


def seen(device: ClientDevice, paper: PaperLine) -> list[tuple[object, ...]]:
    """What a reader sees of his notes."""
    return sorted(
        (view.note, view.kind, state.anchor, state.text, state.colour, state.is_deleted)
        for view in device.desk.notes.of_paper(paper.document)
        for state in view.states
    )


def test_every_act_is_undone_and_done_again_in_turn(mine: ClientDevice, paper: PaperLine) -> None:
    notes, document = mine.desk.notes, paper.document
    told = [seen(mine, paper)]

    def did() -> None:
        told.append(seen(mine, paper))

    marked, _ = notes.mark(document, NoteKind.UNDERLINE, place(paper), RED)
    did()
    notes.edit(marked.note, colour=BLUE)
    did()
    notes.edit(marked.note, text="Căn cứ nào?")
    did()
    notes.edit(marked.note, anchor=place(paper, 2))
    did()
    notes.mark(document, NoteKind.BOX, place(paper), RED)
    did()
    notes.delete(marked.note)
    did()
    notes.restore(marked.note)
    did()
    drawn, _ = notes.draw(document, sheet(paper), stroke(10_000), RED)
    did()
    notes.draw(document, sheet(paper), stroke(20_000), RED, onto=drawn.note)
    did()
    notes.erase(document, {drawn.note: {stroke(10_000)}})
    did()
    for _ in range(2):
        for before in reversed(told[:-1]):
            assert notes.undo(document) is not None
            assert seen(mine, paper) == before
        assert notes.undo(document) is None
        assert notes.steps(document) == (False, True)
        for after in told[1:]:
            assert notes.redo(document) is not None
            assert seen(mine, paper) == after
        assert notes.redo(document) is None
        assert notes.steps(document) == (True, False)


def test_what_is_done_after_an_undoing_takes_the_place_of_what_was_undone(mine: ClientDevice, paper: PaperLine) -> None:
    notes = mine.desk.notes
    notes.mark(paper.document, NoteKind.HIGHLIGHT, place(paper), RED)
    notes.undo(paper.document)
    notes.mark(paper.document, NoteKind.BOOKMARK, sheet(paper), RED)
    assert notes.redo(paper.document) is None
    assert [view.kind for view in notes.of_paper(paper.document)] == [NoteKind.BOOKMARK]


def test_each_paper_has_steps_of_its_own(mine: ClientDevice) -> None:
    notes, (first, second, *_) = mine.desk.notes, mine.desk.papers.all()
    notes.mark(first.document, NoteKind.HIGHLIGHT, place(first), RED)
    notes.mark(second.document, NoteKind.HIGHLIGHT, place(second), RED)
    notes.undo(first.document)
    assert (len(notes.of_paper(first.document)), len(notes.of_paper(second.document))) == (0, 1)


def test_strokes_go_onto_ink_until_it_is_full_or_another(mine: ClientDevice, paper: PaperLine) -> None:
    notes, document = mine.desk.notes, paper.document
    first, _ = notes.draw(document, sheet(paper), stroke(0), RED)
    for number in range(1, 12):
        view, _ = notes.draw(document, sheet(paper), stroke(number * 1_000), RED, onto=first.note)
        assert view.note == first.note
    assert len(view.latest.anchor.strokes) == 12
    (bounds,) = view.latest.anchor.quads
    assert (bounds.x0, bounds.x1) == (-100, 11_000 + 400 + 100)
    full, _ = notes.draw(document, sheet(paper), stroke(12_000), RED, onto=first.note)
    other_page, _ = notes.draw(document, sheet(paper, 1), stroke(0), RED, onto=full.note)
    other_colour, _ = notes.draw(document, sheet(paper), stroke(0), BLUE, onto=full.note)
    notes.delete(full.note)
    after_deletion, _ = notes.draw(document, sheet(paper), stroke(0), RED, onto=full.note)
    assert len({first.note, full.note, other_page.note, other_colour.note, after_deletion.note}) == 5


def test_an_eraser_takes_whole_strokes_and_empty_ink_with_them(mine: ClientDevice, paper: PaperLine) -> None:
    notes, document = mine.desk.notes, paper.document
    one, _ = notes.draw(document, sheet(paper), stroke(0), RED)
    notes.draw(document, sheet(paper), stroke(5_000), RED, onto=one.note)
    other, _ = notes.draw(document, sheet(paper), stroke(9_000), BLUE)
    notes.erase(document, {one.note: {stroke(0)}, other.note: {stroke(9_000)}})
    (left,) = notes.of_paper(document)
    assert left.latest.anchor.strokes == (stroke(5_000),)
    assert not notes.erase(document, {one.note: {stroke(0)}})
    undone = notes.undo(document)
    assert undone is not None
    assert len(undone.places) == 2
    assert {len(view.latest.anchor.strokes) for view in notes.of_paper(document)} == {2, 1}


def test_the_colour_used_last_is_known_for_each_kind(mine: ClientDevice, paper: PaperLine) -> None:
    notes = mine.desk.notes
    assert notes.colours() == {}
    notes.mark(paper.document, NoteKind.HIGHLIGHT, place(paper), RED)
    notes.draw(paper.document, sheet(paper), stroke(0), BLUE)
    assert notes.colours() == {NoteKind.HIGHLIGHT: RED, NoteKind.INK: BLUE}


# ------------------------------------------------------------ two devices


@pytest.fixture
def other(device: MakeDevice, mine: ClientDevice) -> ClientDevice:
    """Another machine of the same person."""
    made = device("second")
    for each in (made, mine, made):
        each.round()
    return made


def states(device: ClientDevice, paper: PaperLine) -> list[str]:
    """The texts a reader sees."""
    views = device.desk.notes.of_paper(paper.document)
    return sorted(state.text for view in views for state in view.states if not state.is_deleted)


def exchange(*devices: ClientDevice) -> None:
    for _ in range(2):
        for each in devices:
            each.round()


def test_undoing_reaches_the_other_device(mine: ClientDevice, other: ClientDevice, paper: PaperLine) -> None:
    view, _ = mine.desk.notes.write(paper.document, place(paper), "Một", RED)
    mine.desk.notes.edit(view.note, text="Hai")
    exchange(mine, other)
    mine.desk.notes.undo(paper.document)
    exchange(mine, other)
    assert states(other, paper) == ["Một"]
    mine.desk.notes.undo(paper.document)
    exchange(mine, other)
    assert states(other, paper) == []


def test_what_another_device_wrote_apart_survives_undoing(
    mine: ClientDevice, other: ClientDevice, paper: PaperLine
) -> None:
    view, _ = mine.desk.notes.write(paper.document, place(paper), "Gốc", RED)
    exchange(mine, other)
    other.desk.notes.edit(view.note, text="Viết trên máy tính bảng")
    mine.desk.notes.edit(view.note, text="Viết ở bàn")
    exchange(mine, other)
    undone = mine.desk.notes.undo(paper.document)
    assert undone is not None
    assert undone.overtaken == 0
    exchange(mine, other)
    for each in (mine, other):
        assert states(each, paper) == ["Gốc", "Viết trên máy tính bảng"]


def test_what_another_device_built_on_is_not_undone_beneath_it(
    mine: ClientDevice, other: ClientDevice, paper: PaperLine
) -> None:
    view, _ = mine.desk.notes.write(paper.document, place(paper), "Gốc", RED)
    exchange(mine, other)
    other.desk.notes.edit(view.note, text="Bổ sung trên máy tính bảng")
    exchange(mine, other)
    undone = mine.desk.notes.undo(paper.document)
    assert undone is not None
    assert (undone.overtaken, undone.places, bool(undone.changes)) == (1, (), False)
    assert states(mine, paper) == ["Bổ sung trên máy tính bảng"]
    assert mine.desk.notes.steps(paper.document) == (False, False)


def test_two_texts_made_one_come_back_as_two(mine: ClientDevice, other: ClientDevice, paper: PaperLine) -> None:
    view, _ = mine.desk.notes.write(paper.document, place(paper), "Gốc", RED)
    exchange(mine, other)
    other.desk.notes.edit(view.note, text="Viết trên máy tính bảng")
    mine.desk.notes.edit(view.note, text="Viết ở bàn")
    exchange(mine, other)
    mine.desk.notes.edit(view.note, text="Gộp lại")
    mine.desk.notes.undo(paper.document)
    assert states(mine, paper) == ["Viết trên máy tính bảng", "Viết ở bàn"]
    mine.desk.notes.undo(paper.document)
    assert states(mine, paper) == ["Gốc", "Viết trên máy tính bảng"]
    mine.desk.notes.redo(paper.document)
    mine.desk.notes.redo(paper.document)
    exchange(mine, other)
    for each in (mine, other):
        assert states(each, paper) == ["Gộp lại"]


def test_a_deletion_does_not_outlive_what_was_written_elsewhere_when_undone_and_done_again(
    mine: ClientDevice, other: ClientDevice, paper: PaperLine
) -> None:
    view, _ = mine.desk.notes.write(paper.document, place(paper), "Gốc", RED)
    exchange(mine, other)
    other.desk.notes.edit(view.note, text="Viết trên máy tính bảng")
    mine.desk.notes.delete(view.note)
    exchange(mine, other)
    mine.desk.notes.undo(paper.document)
    mine.desk.notes.redo(paper.document)
    exchange(mine, other)
    for each in (mine, other):
        assert states(each, paper) == ["Viết trên máy tính bảng"]


def test_words_of_a_paper_that_may_be_seen_no_longer_come_back_by_nothing(
    simulator: Simulator, mine: ClientDevice, paper: PaperLine
) -> None:
    written, deleted = (mine.desk.notes.write(paper.document, place(paper), text, RED)[0] for text in ("Một", "Hai"))
    mine.desk.notes.delete(deleted.note)
    (meeting,) = (line.meeting for line in mine.desk.meetings.all())
    simulator.withhold(meeting)
    mine.round()
    assert mine.desk.notes.undo(paper.document) is not None
    mine.desk.notes.edit(written.note, text="Ba")
    kept = {view.latest.text: view.latest.anchor.quote for view in mine.desk.notes.all()}
    assert kept == {"Ba": "", "Hai": ""}


@pytest.mark.long
def test_much_ink_and_a_note_too_long_keep_nothing_from_the_server(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER)
    guests.cabinet.publish()
    guests.cabinet.send_meeting()
    chair.sync()
    paper = chair.desk.papers.all()[0]
    chair.desk.notes.write(paper.document, sheet(paper), "Ủy ban " * 40_000, RED)
    drawn = tuple(Point(x=100 * number, y=99 * number, pressure=500) for number in range(6_000))
    onto = None
    for _ in range(16):
        view, _ = chair.desk.notes.draw(paper.document, sheet(paper), Stroke(points=drawn, width=200), RED, onto=onto)
        onto = view.note
    chair.sync()
    other = guests.welcome("chair", Role.MEMBER, machine="tablet")
    chair.sync()
    other.sync()
    assert [view.kind for view in other.desk.notes.of_paper(paper.document)] == [NoteKind.INK] * 16
    assert len(chair.desk.notes.of_paper(paper.document)) == 17
