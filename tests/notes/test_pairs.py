"""The table of pairs: what becomes of notes in a new version, with page and coordinates alone beside it."""

from collections.abc import Iterator

import pytest

from ecabinet.client.pages import Pages
from ecabinet.core.notes.carrying import Outcome
from tests.notes.judging import HEAD, Judged, Versions, told
from tests.notes.pairs import Pair, pairs

PAIRS = pairs()


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture(scope="module")
def judged(pages: Pages) -> dict[str, list[Judged]]:
    return {
        pair.name: [versions.judge(each) for each in pair.notes]
        for pair in PAIRS
        for versions in [Versions(pages, pair)]
    }


def test_the_table(judged: dict[str, list[Judged]], capsys: pytest.CaptureFixture[str]) -> None:
    every = [each for notes in judged.values() for each in notes]
    lines = [HEAD, *(told(name, notes) for name, notes in judged.items()), told("all", every)]
    with capsys.disabled():
        print("", *lines, sep="\n")
    assert not [each for each in every if each.is_wrong]
    assert len(every) == sum(len(pair.notes) for pair in PAIRS)
    placeable = [each for each in every if each.wanted.outcome is Outcome.FOUND]
    found = [each for each in placeable if each.carried.outcome is Outcome.FOUND]
    assert len(found) >= 0.95 * len(placeable)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_each_note_ends_as_it_should(pair: Pair, judged: dict[str, list[Judged]]) -> None:
    """What must be asked about is asked about, at its place; what has none is left; nothing is placed wrongly."""
    assert judged[pair.name]
    for each in judged[pair.name]:
        assert not each.is_wrong
        if each.wanted.outcome is Outcome.LEFT_BEHIND:
            assert each.carried.outcome is Outcome.LEFT_BEHIND
            assert each.carried.anchor is None
        else:
            assert each.carried.outcome is not Outcome.LEFT_BEHIND
            assert each.carried.anchor is not None


def test_a_changed_figure_is_shown_where_it_was(judged: dict[str, list[Judged]]) -> None:
    asked = [each for each in judged["figure changed in the quote"] if each.wanted.outcome is Outcome.CHECK]
    assert len(asked) == 8
    assert all(each.is_right_place for each in asked)


def test_quotes_do_run_over_a_page_break_in_each_version(pages: Pages) -> None:
    (pair,) = (each for each in PAIRS if each.name == "quote over a page break")
    versions = Versions(pages, pair)
    anchors = [versions.anchor(each) for each in pair.notes]
    carried = [versions.judge(each).carried.anchor for each in pair.notes]
    assert any(anchor.overleaf for anchor in anchors)
    assert any(anchor is not None and anchor.overleaf for anchor in carried)
    assert any(was.overleaf and now and not now.overleaf for was, now in zip(anchors, carried, strict=True))
