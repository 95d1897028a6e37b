"""No edit of a note is lost: what nobody replaced stands, in whatever order it came."""

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.notes import Anchor, NoteEdit, NoteKind, Quad, heads

ANCHOR = Anchor(
    digest="0" * 64,
    page=0,
    quads=(Quad(x0=0, y0=0, x1=1, y1=1),),
    quote="",
    before="",
    after="",
    strokes=(),
    section=(),
)


def edit(name: str, *replaces: str) -> NoteEdit:
    return NoteEdit(
        edit=name,
        note="n",
        replaces=replaces,
        document="d",
        kind=NoteKind.NOTE,
        anchor=ANCHOR,
        text=name,
        colour="yellow",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        is_deleted=False,
    )


def test_the_last_of_a_line_stands() -> None:
    assert [each.edit for each in heads([edit("a"), edit("b", "a"), edit("c", "b")])] == ["c"]


def test_two_devices_at_once_leave_two_until_a_third_joins_them() -> None:
    apart = [edit("a"), edit("b", "a"), edit("c", "a")]
    assert [each.edit for each in heads(apart)] == ["b", "c"]
    assert [each.edit for each in heads([*apart, edit("d", "b", "c")])] == ["d"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(pairs: list[tuple[int, int]], chance: Random) -> None:
    edits = [edit(str(later), str(earlier)) for earlier, later in pairs if earlier < later]
    edits = list({each.edit: each for each in edits}.values())
    shuffled = [*edits, *edits[:3]]
    chance.shuffle(shuffled)
    assert heads(shuffled) == heads(edits)
    replaced = {name for each in edits for name in each.replaces}
    assert {each.edit for each in heads(edits)} == {each.edit for each in edits} - replaced
