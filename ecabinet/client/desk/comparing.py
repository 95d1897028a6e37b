"""Two versions of a paper side by side: their words from the page process, and what differs."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecabinet.client.desk.carrying import text_of
from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.note_files import open_file
from ecabinet.client.desk.papers import PaperLine, Papers, Presence
from ecabinet.client.pages import Pages, Paper
from ecabinet.client.vault.serial import Serially
from ecabinet.core import codec
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.comparing import Change, Comparison, Piece, compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs from an earlier version of the same paper."""

    earlier: PaperLine
    comparison: Comparison


class Comparing:
    """The versions of papers, compared."""

    def __init__(self, papers: Papers) -> None:
        self._papers = papers

    def with_earlier(
        self, pages: Pages, document: Identifier, digest: Digest, serially: Serially, heed: Callable[[], None]
    ) -> Compared:
        """One version of a paper and the one before it, of those that are here. `heed` may raise, to stop it.

        Raises NotHere when there is none before, or it is not on this machine; PaperRefused, PagesUnavailable,
        StorageUnusable.
        """
        versions = serially(lambda: self._papers.versions(document))
        newer = next((each for each in versions if each.digest == digest), None)
        if newer is None:
            raise NotHere
        here = (each for each in versions if each.version < newer.version and each.presence is Presence.HERE)
        earlier = next(here, None)
        if earlier is None:
            raise NotHere
        open_in = self._papers.open_in
        with open_in(pages, earlier) as old, open_in(pages, newer) as new:
            words = []
            for paper in (old, new):
                heed()
                words.append(text_of(pages, paper).pages)
        heed()
        return Compared(earlier=earlier, comparison=compare(*words))


def compare_papers(pages: Pages, old: Paper, new: Paper) -> Comparison:
    """What differs between two open papers. A page that can't be read counts as one without words.

    Waits for the words of all pages, so it belongs in a lane. Raises PagesUnavailable, and CancelledError when either
    was closed meanwhile.
    """
    return compare(text_of(pages, old).pages, text_of(pages, new).pages)


def compare_files(old: Path, new: Path, *, figures_only: bool) -> Iterator[str]:
    """A JSON object for each change, in reading order. Raises OSError, PaperRefused, PagesUnavailable."""
    with Pages() as pages:
        found = compare_papers(pages, open_file(pages, old), open_file(pages, new))
    yield from (_line(change) for change in found.changes if change.touches_figures or not figures_only)


def _line(change: Change) -> str:
    told = {
        "kind": change.kind,
        "old": _piece(change.old),
        "new": _piece(change.new),
        "touches_figures": change.touches_figures,
        "is_moved": change.is_moved,
    }
    return json.dumps(told, ensure_ascii=False)


def _piece(piece: Piece) -> dict[str, Any]:
    places = [{"page": page, "quads": [codec.to_value(quad) for quad in quads]} for page, quads in piece.places]
    return {"words": piece.words, "page": piece.page, "places": places}
