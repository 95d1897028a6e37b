"""Arranging an agenda: nothing that is moved about is lost or doubled, and each step does what its name says."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.client.desk.preparing import ItemDraft, PreparedPaper
from ecabinet.client.ui.preparing import arranging
from ecabinet.client.ui.preparing.arranging import Items
from ecabinet.core.envelope import new_id

_numbers = count()


def fresh() -> str:
    return f"new-{next(_numbers)}"


def item(key: str, *papers: str, title: str = "") -> ItemDraft:
    return ItemDraft(item=key, title=title or key, agency="", papers=papers, readers=None)


def paper(document: str, title: str = "") -> PreparedPaper:
    told: dict[str, Any] = dict.fromkeys(("file_name", "number", "agency", "kind", "what_changed", "digest"), "")
    return PreparedPaper(
        document=document, version=1, is_repaired=False, replaces=None, size=1, pages=1, title=title or document, **told
    )


AGENDA: Items = (item("A", "1", "2"), item("B"), item("C", "3"))


def shape(items: Items) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.item, each.papers) for each in items]


@pytest.mark.parametrize(
    ("key", "step", "outcome"),
    [
        ("A", 1, [("B", ()), ("A", ("1", "2")), ("C", ("3",))]),
        ("C", -1, [("A", ("1", "2")), ("C", ("3",)), ("B", ())]),
        ("A", -1, shape(AGENDA)),
        ("C", 1, shape(AGENDA)),
        ("1", 1, [("A", ("2", "1")), ("B", ()), ("C", ("3",))]),
        ("2", 1, [("A", ("1",)), ("B", ("2",)), ("C", ("3",))]),
        ("3", -1, [("A", ("1", "2")), ("B", ("3",)), ("C", ())]),
        ("1", -1, shape(AGENDA)),
        ("3", 1, shape(AGENDA)),
        ("loose", -1, [("A", ("1", "2")), ("B", ()), ("C", ("3", "loose"))]),
        ("loose", 1, shape(AGENDA)),
    ],
)
def test_a_step_moves_an_item_or_a_paper_by_one_place(key: str, step: int, outcome: object) -> None:
    assert shape(arranging.stepped(AGENDA, key, step)) == outcome


@pytest.mark.parametrize(
    ("key", "target", "is_on", "outcome"),
    [
        ("C", "A", False, [("C", ("3",)), ("A", ("1", "2")), ("B", ())]),
        ("A", None, False, [("B", ()), ("C", ("3",)), ("A", ("1", "2"))]),
        ("C", "1", False, [("A", ("1", "2")), ("C", ("3",)), ("B", ())]),
        ("3", "1", False, [("A", ("3", "1", "2")), ("B", ()), ("C", ())]),
        ("1", "B", True, [("A", ("2",)), ("B", ("1",)), ("C", ("3",))]),
        ("1", "C", False, [("A", ("2",)), ("B", ("1",)), ("C", ("3",))]),
        ("3", "A", False, [("A", ("3", "1", "2")), ("B", ()), ("C", ())]),
        ("1", None, False, [("A", ("2",)), ("B", ()), ("C", ("3", "1"))]),
        ("loose", "B", True, [("A", ("1", "2")), ("B", ("loose",)), ("C", ("3",))]),
        ("2", "2", True, shape(AGENDA)),
    ],
)
def test_what_is_dropped_lands_where_it_was_dropped(key: str, target: str, *, is_on: bool, outcome: object) -> None:
    assert shape(arranging.dropped(AGENDA, key, target, is_on=is_on)) == outcome


def test_items_are_merged_and_papers_parted() -> None:
    merged = arranging.merged_up(arranging.merged_up(AGENDA, "B"), "C")
    assert shape(merged) == [("A", ("1", "2", "3"))]
    assert arranging.merged_up(AGENDA, "A") == AGENDA
    parted = arranging.parted(merged, paper("2", "Tờ trình"), fresh)
    assert [each.papers for each in parted] == [("1", "3"), ("2",)]
    assert parted[1].title == "Tờ trình"


def test_an_item_named_after_its_paper_is_renamed_with_it() -> None:
    named_after = (item("A", "1", title="418-BC"), item("B", "2", title="Dự toán ngân sách"))
    told = arranging.paper_renamed(named_after, paper("1", "418-BC"), "Báo cáo kinh tế - xã hội")
    assert told[0].title == "Báo cáo kinh tế - xã hội"
    kept = arranging.paper_renamed(told, paper("2", "421-TTr"), "Tờ trình về dự toán")
    assert kept[1].title == "Dự toán ngân sách"


def test_an_item_takes_the_place_and_the_papers_it_is_given() -> None:
    moved = arranging.with_item(AGENDA, replace(AGENDA[1], papers=("1",)), 0)
    assert shape(moved) == [("B", ("1",)), ("A", ("2",)), ("C", ("3",))]
    assert shape(arranging.without_item(AGENDA, "A")) == [("B", ()), ("C", ("3",))]


KEYS = ["A", "B", "C", "1", "2", "3", "4"]
deeds = st.one_of(
    st.tuples(st.just("step"), st.sampled_from(KEYS), st.sampled_from([-1, 1])),
    st.tuples(st.just("drop"), st.sampled_from(KEYS), st.tuples(st.sampled_from([*KEYS, None]), st.booleans())),
    st.tuples(st.just("merge"), st.sampled_from(KEYS), st.none()),
    st.tuples(st.just("part"), st.sampled_from(["1", "2", "3", "4"]), st.none()),
)


@given(st.lists(deeds, max_size=12))
def test_no_paper_is_lost_or_doubled(steps: list[tuple[str, str, Any]]) -> None:
    items = AGENDA
    for deed, key, how in steps:
        if key.isalpha() and all(key != each.item for each in items):
            continue  # merged into another: nobody can point at it any more
        match deed:
            case "step":
                items = arranging.stepped(items, key, how)
            case "drop":
                items = arranging.dropped(items, key, how[0], is_on=how[1])
            case "merge":
                items = arranging.merged_up(items, key)
            case _:
                items = arranging.parted(items, paper(key), fresh)
    placed = [document for each in items for document in each.papers]
    assert len(placed) == len(set(placed))
    assert {"1", "2", "3"} <= set(placed) <= {"1", "2", "3", "4"}
    assert len({each.item for each in items}) == len(items)


def test_new_papers_become_items_of_their_own() -> None:
    papers = [paper(new_id(datetime(2026, 11, 23, tzinfo=UTC)), f"Tài liệu {place}") for place in range(3)]
    items = arranging.with_papers(AGENDA, papers, fresh)
    assert [each.title for each in items[3:]] == ["Tài liệu 0", "Tài liệu 1", "Tài liệu 2"]
    assert [each.papers for each in items[3:]] == [(each.document,) for each in papers]
