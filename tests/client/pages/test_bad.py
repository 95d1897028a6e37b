"""Every bad file through the page process a reader uses: something is shown or told of it, and nothing else suffers."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from ecabinet.client.pages import Pages, PageUnreadable, PaperRefused
from tests.client.pages import samples
from tests.client.pages.bad import FILES, REFUSED

_SECONDS = 3.0


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages(page_seconds=_SECONDS, open_seconds=10.0) as pages:
        yield pages


def had(ask: Callable[[], Future[Any]]) -> bool:
    """Whether it could be had; that it could not is told, and nothing else happens."""
    try:
        ask().result(timeout=30)
    except PageUnreadable:
        return False
    return True


@pytest.mark.parametrize("name", FILES)
def test_a_reader_is_shown_what_can_be_shown_and_reads_on_beside_it(pages: Pages, name: str) -> None:
    content, outcome, _ = FILES[name]
    healthy = samples.prose(1)
    other = pages.open(len(healthy), samples.reader(healthy))
    try:
        paper = pages.open(len(content), samples.reader(content))
    except PaperRefused:
        assert outcome == REFUSED
    else:
        last = len(paper.pages) - 1
        drawn = [had(lambda index=index: pages.render(paper, index, 0.05)) for index in {0, last}]  # type: ignore[misc]
        assert any(drawn) or outcome == REFUSED
        for ask in (pages.words, pages.text, pages.links):
            had(lambda ask=ask: ask(paper, 0))  # type: ignore[misc]
        had(lambda: pages.outline(paper))
        pages.close(paper)
    assert "dòng 3" in pages.text(other, 0).result(timeout=30)
    assert pages.render(other, 0, 1.0).result(timeout=30).is_complete
    pages.close(other)


def test_words_from_right_to_left_and_out_of_order_are_all_there(pages: Pages) -> None:
    said = {}
    for name in ("hebrew.pdf", "no-order.pdf", "outside.pdf"):
        content = FILES[name][0]
        said[name] = pages.text(pages.open(len(content), samples.reader(content)), 0).result(timeout=30)
    assert {"שלום", "עולם"} <= set(said["hebrew.pdf"].split())
    assert "Điều 1" in said["hebrew.pdf"]
    assert [line.strip() for line in said["no-order.pdf"].split("\n") if line.strip()] == [
        f"Dòng {row}" for row in range(40)
    ]
    assert said["outside.pdf"].strip() == "Trong trang"
