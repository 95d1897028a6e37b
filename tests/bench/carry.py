"""A thousand notes go over to a new version of five hundred pages; beside them, the longest common text by difflib.

The new version has pages inserted, a block moved, and one word in two hundred changed. Reading the words of both
versions from the page process is told apart. Page and coordinates, which cost nothing, are told as the number of notes
that they would have placed rightly.
"""

import random
import statistics
import time
from collections.abc import Sequence
from difflib import SequenceMatcher

from ecabinet.client.desk.carrying import text_of
from ecabinet.client.pages import Pages
from ecabinet.core.notes import Anchor, NoteKind
from ecabinet.core.notes.carrying import Crossing, Outcome
from ecabinet.core.notes.text import Text
from tests.bench.figures import tell
from tests.client.pages.samples import reader
from tests.notes.typesetting import Item, Style, prose, typeset

NOTES, PAGES, RUNS = 1_000, 500, 5
PARAGRAPHS = 4_030
PEER_TOKENS = 6_000
"""The peer's time grows with the square: it is given so many tokens, and the rest is reckoned from their number."""
SECONDS = 2.0


def main() -> None:
    """Medians of so many runs."""
    old_items = prose(PARAGRAPHS, seed=3)
    new_items = _changed(old_items)
    with Pages() as pages:
        versions = [typeset(items, Style()) for items in (old_items, new_items)]
        papers = [pages.open(len(each.content), reader(each.content)) for each in versions]
        begun_at = time.perf_counter()
        old, new = (text_of(pages, paper) for paper in papers)
        reading = time.perf_counter() - begun_at
    assert len(old.pages) >= PAGES
    anchors = _notes(old)
    assert len(anchors) == NOTES
    seconds, busy, counts = [], [], dict.fromkeys(Outcome, 0)
    for _ in range(RUNS):
        begun_at, spent = time.perf_counter(), time.process_time()
        way = Crossing(Text(old.pages), Text(new.pages), digest="b" * 64)
        outcomes = [way.carry(NoteKind.HIGHLIGHT, anchor) for anchor in anchors]
        seconds.append(time.perf_counter() - begun_at)
        busy.append(time.process_time() - spent)
    for each in outcomes:
        counts[each.outcome] += 1
    assert sum(counts.values()) == NOTES
    assert counts[Outcome.FOUND] > NOTES * 0.9
    peer = _by_difflib(old, new)
    ours = statistics.median(seconds)
    tell(
        "carry",
        unit="notes/s",
        ours=NOTES / ours,
        peer=NOTES / peer,
        ratio=peer / ours,
        goal=f"{NOTES} notes over {PAGES} pages in under {SECONDS} s",
        seconds=[round(each, 3) for each in seconds],
        processor_seconds=[round(each, 3) for each in busy],
        seconds_reading_both=round(reading, 3),
        pages=[len(old.pages), len(new.pages)],
        tokens=[len(old.keys), len(new.keys)],
        notes=NOTES,
        outcomes={outcome.value: count for outcome, count in counts.items()},
        right_by_page_and_coordinates=sum(_is_right_by_page(old, new, anchor) for anchor in anchors),
    )


def _changed(items: Sequence[Item]) -> list[Item]:
    chance = random.Random(5)
    changed = [
        Item(
            name=item.name,
            text=" ".join("sửa" if chance.random() < 1 / 200 else word for word in item.words),
            is_heading=item.is_heading,
        )
        for item in items
    ]
    third = len(changed) // 3
    inserted = prose(60, seed=4)
    return [*changed[:third], *inserted, *changed[third + 400 :], *changed[third : third + 400]]


def _notes(text: Text) -> list[Anchor]:
    chance = random.Random(6)
    anchors: list[Anchor] = []
    while len(anchors) < NOTES:
        page = chance.randrange(len(text.pages))
        first, end = text.on_page(page)
        if end - first > 20:
            begin = chance.randrange(first, end - 12)
            stop = begin + chance.randint(3, 12)
            ((_, quads),) = text.quads(begin, stop)
            said = text.said(begin, stop)
            before, after = text.said(max(begin - 10, 0), begin)[-48:], text.said(stop, stop + 10)[:48]
            anchors.append(
                Anchor(
                    digest="a" * 64,
                    page=page,
                    quads=quads,
                    strokes=(),
                    quote=said,
                    before=before,
                    after=after,
                    section=(),
                )
            )
    return anchors


def _is_right_by_page(old: Text, new: Text, anchor: Anchor) -> bool:
    was, now = old.under(anchor.page, anchor.quads), new.under(anchor.page, anchor.quads)
    return [old.words[each].text for each in was] == [new.words[each].text for each in now]


def _by_difflib(old: Text, new: Text) -> float:
    begun_at = time.perf_counter()
    SequenceMatcher(None, old.keys[:PEER_TOKENS], new.keys[:PEER_TOKENS], autojunk=False).get_matching_blocks()
    return (time.perf_counter() - begun_at) * (len(old.keys) / PEER_TOKENS) ** 2


if __name__ == "__main__":
    main()
