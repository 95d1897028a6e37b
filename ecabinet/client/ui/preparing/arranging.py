"""Arranging an agenda: what becomes of its items when something is moved, put together, parted, renamed or taken out.

Values in, values out. A paper that stands in no item is loose: it belongs to the draft and to no place in it yet. A key
is that of an item or of a paper; nothing happens where there is nothing to do.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from ecabinet.client.desk.preparing import ItemDraft, PreparedPaper
from ecabinet.core.codec import Identifier

Items = tuple[ItemDraft, ...]
Thing = TypeVar("Thing")


def with_papers(items: Items, papers: Iterable[PreparedPaper], new_id: Callable[[], Identifier]) -> Items:
    """Each paper as an item of its own, to be put together as wanted."""
    return (*items, *(_item_of(paper, new_id()) for paper in papers))


def stepped(items: Items, key: Identifier, step: int) -> Items:
    """An item with its papers, or a paper, one place up (-1) or down (1). A paper goes on into the next item."""
    at = _place_of(items, key)
    if at is not None:
        return _swapped(items, at, at + step)
    number = _holder_of(items, key)
    if number is None:  # loose: the only way is up, into the last item
        return _inserted(items, len(items) - 1, key, None) if items and step < 0 else items
    papers = items[number].papers
    place = papers.index(key)
    if 0 <= place + step < len(papers):
        return _with_papers_of(items, number, _swapped(papers, place, place + step))
    if not 0 <= number + step < len(items):
        return items
    return _inserted(without_paper(items, key), number + step, key, None if step < 0 else 0)


def dropped(items: Items, key: Identifier, target: Identifier | None, *, is_on: bool) -> Items:
    """What was dragged put in front of the target, or into it; None is the end."""
    if key == target:
        return items
    holder = None if target is None else _holder_of(items, target)
    number = holder if target is None or holder is not None else _place_of(items, target)
    if _place_of(items, key) is not None:
        after = holder is not None or is_on
        return _moved_item(items, key, len(items) if number is None else number + after)
    rest = without_paper(items, key)
    if holder is not None and target is not None:
        return _inserted(rest, holder, key, rest[holder].papers.index(target) + is_on)
    return _paper_put(rest, key, number, is_on=is_on) if items else items


def _paper_put(items: Items, key: Identifier, number: int | None, *, is_on: bool) -> Items:
    """A paper put into an item, or in front of it, which is behind the last paper of the one before."""
    if number is None:
        return _inserted(items, len(items) - 1, key, None)
    if is_on or not number:
        return _inserted(items, number, key, None if is_on else 0)
    return _inserted(items, number - 1, key, None)


def merged_up(items: Items, key: Identifier) -> Items:
    """An item's papers put behind those of the item above it, which keeps its name."""
    at = _place_of(items, key)
    if not at:
        return items
    above, gone = items[at - 1], items[at]
    return (*items[: at - 1], replace(above, papers=(*above.papers, *gone.papers)), *items[at + 1 :])


def parted(items: Items, paper: PreparedPaper, new_id: Callable[[], Identifier]) -> Items:
    """A paper as an item of its own, below the one it stood in."""
    number = _holder_of(items, paper.document)
    at = len(items) if number is None else number + 1
    rest = without_paper(items, paper.document)
    return (*rest[:at], _item_of(paper, new_id()), *rest[at:])


def renamed(items: Items, key: Identifier, title: str) -> Items:
    """An item under another title."""
    return tuple(replace(item, title=title) if item.item == key else item for item in items)


def paper_renamed(items: Items, before: PreparedPaper, title: str) -> Items:
    """The title of an item that still bore the name of its first paper follows it."""

    def follows(item: ItemDraft) -> bool:
        return item.papers[:1] == (before.document,) and item.title in ("", before.title)

    return tuple(replace(item, title=title) if follows(item) else item for item in items)


def with_item(items: Items, item: ItemDraft, at: int) -> Items:
    """An item at a place, in its new form where it stood before; the papers it takes leave the others."""
    others = tuple(
        replace(each, papers=tuple(paper for paper in each.papers if paper not in item.papers))
        for each in items
        if each.item != item.item
    )
    return (*others[:at], item, *others[at:])


def without_item(items: Items, key: Identifier) -> Items:
    """Without an item; its papers are loose."""
    return tuple(item for item in items if item.item != key)


def without_paper(items: Items, document: Identifier) -> Items:
    """Without a paper, wherever it stood."""
    return tuple(replace(item, papers=tuple(each for each in item.papers if each != document)) for item in items)


def without_trace(items: Items, paper: PreparedPaper) -> Items:
    """Without a paper, and without the item that was made for it alone."""
    made_for_it = ((paper.document,), paper.title)
    return without_paper(tuple(item for item in items if (item.papers, item.title) != made_for_it), paper.document)


def swapped(papers: Sequence[Identifier], key: Identifier, step: int) -> tuple[Identifier, ...]:
    """A list of papers with one of them a place up or down."""
    return _swapped(tuple(papers), papers.index(key), papers.index(key) + step)


def _item_of(paper: PreparedPaper, key: Identifier) -> ItemDraft:
    return ItemDraft(item=key, title=paper.title, agency=paper.agency, papers=(paper.document,), readers=None)


def _place_of(items: Items, key: Identifier) -> int | None:
    return next((at for at, item in enumerate(items) if item.item == key), None)


def _holder_of(items: Items, document: Identifier) -> int | None:
    return next((at for at, item in enumerate(items) if document in item.papers), None)


def _swapped(things: tuple[Thing, ...], one: int, other: int) -> tuple[Thing, ...]:
    if not 0 <= other < len(things):
        return things
    exchanged = list(things)
    exchanged[one], exchanged[other] = exchanged[other], exchanged[one]
    return tuple(exchanged)


def _moved_item(items: Items, key: Identifier, to: int) -> Items:
    at = next(at for at, item in enumerate(items) if item.item == key)
    rest = without_item(items, key)
    to -= at < to
    return (*rest[:to], items[at], *rest[to:])


def _with_papers_of(items: Items, number: int, papers: tuple[Identifier, ...]) -> Items:
    return (*items[:number], replace(items[number], papers=papers), *items[number + 1 :])


def _inserted(items: Items, number: int, document: Identifier, place: int | None) -> Items:
    papers = items[number].papers
    at = len(papers) if place is None else place
    return _with_papers_of(items, number, (*papers[:at], document, *papers[at:]))
