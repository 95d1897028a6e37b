"""The column of pages: nothing overlaps, every height belongs to a page, and a place survives a change of zoom."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.client.desk.reading import Arrangement
from ecabinet.client.pages import Matrix, Page
from ecabinet.client.ui.reader.layout import (
    GAP,
    LARGEST_ZOOM,
    LEAST_ZOOM,
    Layout,
    zoom_to_page,
    zoom_to_width,
)

UPRIGHT = Matrix(1, 0, 0, -1, 0, 842)
sides = st.floats(min_value=36, max_value=2000)
pages = st.lists(
    st.builds(lambda width, height: Page(width=width, height=height, matrix=UPRIGHT), sides, sides),
    min_size=1,
    max_size=40,
)
zooms = st.floats(min_value=LEAST_ZOOM, max_value=LARGEST_ZOOM)


@given(pages, zooms)
def test_pages_stand_below_one_another_with_a_gap(paper: list[Page], zoom: float) -> None:
    layout = Layout(paper, zoom)
    bottom = 0
    for page in range(len(paper)):
        left, top, width, height = layout.place(page, 800)
        assert top == bottom + GAP
        assert left >= 0
        assert left + width <= max(layout.width, 800)
        bottom = top + height
    assert layout.height == bottom + GAP


@given(pages, zooms, st.data())
def test_every_height_belongs_to_the_page_that_is_there(paper: list[Page], zoom: float, data: st.DataObject) -> None:
    layout = Layout(paper, zoom)
    page = data.draw(st.integers(0, len(paper) - 1))
    _, top, _, height = layout.place(page, 0)
    assert layout.at(top) == page
    assert layout.at(top + height - 1) == page
    assert page in layout.between(top, top + height)


@given(pages, zooms, zooms, st.data())
def test_a_place_survives_a_change_of_zoom(paper: list[Page], zoom: float, other: float, data: st.DataObject) -> None:
    layout, zoomed = Layout(paper, zoom), Layout(paper, other)
    top = data.draw(st.integers(GAP, layout.height - GAP - 1))
    page, share = layout.position(top)
    there = zoomed.position(zoomed.height_of((page, share)))
    # A place in the gap below a page may fall to the page after it; never further.
    assert there[0] in {page, page + 1}


@given(pages, zooms, st.integers(200, 2000), st.data())
def test_a_page_by_itself_is_alone_in_view(paper: list[Page], zoom: float, height: int, data: st.DataObject) -> None:
    layout = Layout(paper, zoom, Arrangement.SINGLE, height)
    page = data.draw(st.integers(0, len(paper) - 1))
    low, high = layout.band(page)
    assert high - low >= height
    for top in (low, high - height):
        assert list(layout.between(top, top + height - 1)) == [page]
    _, top, _, tall = layout.place(page, 800)
    assert low + GAP <= top
    assert top + tall + GAP <= high


@given(pages, zooms)
def test_pages_two_by_two_stand_side_by_side(paper: list[Page], zoom: float) -> None:
    layout = Layout(paper, zoom, Arrangement.FACING)
    bottom = 0
    for first in range(0, len(paper), 2):
        row = layout.row(first)
        places = [layout.place(page, 800) for page in row]
        assert {top for _, top, _, _ in places} == {bottom + GAP}
        for (left, _, width, _), (right, *_) in pairwise(places):
            assert left + width + GAP == right
        assert places[-1][0] + places[-1][2] <= max(layout.width, 800)
        assert all(layout.at(bottom + GAP) == row.start and layout.row(page) == row for page in row)
        bottom += GAP + max(height for *_, height in places)
    assert layout.height == bottom + GAP
    assert list(layout.between(0, layout.height)) == list(range(len(paper)))


def test_a_zoom_outside_the_limits_is_taken_to_them() -> None:
    paper = [Page(width=595, height=842, matrix=UPRIGHT)]
    assert Layout(paper, 0.01).zoom == LEAST_ZOOM
    assert Layout(paper, 99).zoom == LARGEST_ZOOM


@given(pages, st.integers(200, 3000), st.integers(200, 3000))
def test_fitting_fits(paper: list[Page], width: int, height: int) -> None:
    fitted = Layout(paper, zoom_to_width(paper, width))
    if LEAST_ZOOM < fitted.zoom < LARGEST_ZOOM:
        assert abs(fitted.width - width) <= 1
    facing = Layout(paper, zoom_to_width(paper, width, Arrangement.FACING), Arrangement.FACING)
    if LEAST_ZOOM < facing.zoom < LARGEST_ZOOM:
        assert -2 - GAP <= facing.width - width <= 2
    whole = Layout(paper[:1], zoom_to_page(paper[:1], width, height))
    if whole.zoom > LEAST_ZOOM:
        assert whole.width <= width + 1
        assert whole.height <= height + 1


@given(sides, sides, st.sampled_from([0, 90, 180, 270]), st.floats(0, 1), st.floats(0, 1))
def test_a_turned_page_shows_every_place_where_the_turn_takes_it(
    width: float, height: float, rotation: int, across: float, up: float
) -> None:
    page = Page(width=width, height=height, matrix=Matrix(1, 0, 0, -1, 0, height))
    turned = page.turned(rotation)
    x, y = turned.matrix.map(across * width, up * height)
    shares = {0: (across, 1 - up), 90: (up, across), 180: (1 - across, up), 270: (1 - up, 1 - across)}
    assert (x / turned.width, y / turned.height) == pytest.approx(shares[rotation], abs=1e-6)
