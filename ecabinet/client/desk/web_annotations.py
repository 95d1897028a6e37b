"""Notes as Web Annotations (W3C Recommendation of 23 February 2017), in JSON: pure, notes in and text out.

One AnnotationCollection with one page. A paper is named by its digest (RFC 6920); places by words, by their position
among all the words, and by page and view (RFC 8118); ink by SVG.
"""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from ecabinet.client.pages import Box, Page
from ecabinet.core.codec import Digest, Identifier
from ecabinet.core.notes import Anchor, NoteKind, Quad
from ecabinet.core.notes.strokes import smoothed
from ecabinet.core.notes.text import HUNDREDTHS, Text

_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_FRAGMENTS = "http://tools.ietf.org/rfc/rfc8118"
_MOTIVATIONS = {
    NoteKind.HIGHLIGHT: "highlighting",
    NoteKind.UNDERLINE: "highlighting",
    NoteKind.STRIKE_OUT: "editing",
    NoteKind.NOTE: "commenting",
    NoteKind.INK: "highlighting",
    NoteKind.BOX: "highlighting",
    NoteKind.BOOKMARK: "bookmarking",
}
_STYLES = {
    NoteKind.HIGHLIGHT: "background-color: {}",
    NoteKind.UNDERLINE: "text-decoration: underline {}",
    NoteKind.STRIKE_OUT: "text-decoration: line-through {}",
    NoteKind.NOTE: "background-color: {}",
    NoteKind.INK: "stroke: {}",
    NoteKind.BOX: "border: 1.5pt solid {}",
    NoteKind.BOOKMARK: "color: {}",
}


class Remark(Protocol):
    """A state of a note."""

    @property
    def edit(self) -> Identifier: ...
    @property
    def kind(self) -> NoteKind: ...
    @property
    def anchor(self) -> Anchor: ...
    @property
    def text(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def made_at(self) -> datetime: ...
    @property
    def changed_at(self) -> datetime: ...


def web_annotations(
    remarks: Sequence[Remark], digest: Digest, pages: Sequence[Page], text: Text, *, author: str
) -> str:
    """A collection of annotations in the order given, all on the paper with this digest.

    `text` holds the words of its first pages, as far as notes reach: positions count code points in all words of the
    paper, in reading order with one space between. `author` is named, unless empty.
    """
    told = _Telling(digest, pages, text, author)
    items = [told.annotation(each) for each in remarks]
    name = uuid5(NAMESPACE_URL, " ".join([digest, *(each.edit for each in remarks)]))
    page = {"id": f"urn:uuid:{uuid5(name, 'page')}", "type": "AnnotationPage", "startIndex": 0, "items": items}
    collection: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": f"urn:uuid:{name}",
        "type": "AnnotationCollection",
        "total": len(items),
    }
    if items:
        collection |= {"first": page, "last": page["id"]}
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


class _Telling:
    """Annotations of one paper."""

    def __init__(self, digest: Digest, pages: Sequence[Page], text: Text, author: str) -> None:
        self._pages, self._text, self._author = pages, text, author
        self._source = {"id": _name_of(digest), "type": "Text", "format": "application/pdf"}
        self._begins = [0, *accumulate(len(word.text) + 1 for word in text.words)]

    def annotation(self, remark: Remark) -> dict[str, Any]:
        anchor = remark.anchor
        targets = [self._target(remark, anchor.page, anchor.quads)]
        if anchor.overleaf:
            targets.append(self._target(remark, anchor.page + 1, anchor.overleaf))
        annotation: dict[str, Any] = {
            "id": f"urn:uuid:{remark.edit}",
            "type": "Annotation",
            "motivation": _MOTIVATIONS[remark.kind],
            "created": _time(remark.made_at),
            "modified": _time(remark.changed_at),
        }
        if self._author:
            annotation["creator"] = {"type": "Person", "name": self._author}
        if remark.text:
            said = {"type": "TextualBody", "value": remark.text, "format": "text/plain", "purpose": "commenting"}
            annotation["body"] = said
        style = f".{remark.kind} {{ {_STYLES[remark.kind].format(remark.colour)} }}"
        return annotation | {
            "target": targets[0] if len(targets) == 1 else targets,
            "stylesheet": {"type": "CssStylesheet", "value": style},
        }

    def _target(self, remark: Remark, index: int, quads: Sequence[Quad]) -> dict[str, Any]:
        """What is marked on one page. Every selector leads there by itself; where several can, all are told."""
        anchor, page = remark.anchor, self._pages[index]
        place = _fragment(page, index, quads)
        if anchor.strokes:
            place["refinedBy"] = {"type": "SvgSelector", "value": _drawing(page, anchor)}
        selectors = [place]
        words = self._text.under(index, quads) if remark.kind is not NoteKind.INK else []
        if anchor.quote and not anchor.overleaf:
            selectors.append(_quoted(anchor.quote, anchor.before, anchor.after))
        elif anchor.quote and words:
            selectors.append(_quoted(" ".join(self._text.words[word].text for word in words)))
        if words:
            end = self._begins[words[-1]] + len(self._text.words[words[-1]].text)
            selectors.append({"type": "TextPositionSelector", "start": self._begins[words[0]], "end": end})
        return {
            "type": "SpecificResource",
            "source": self._source,
            "selector": selectors[0] if len(selectors) == 1 else selectors,
            "styleClass": remark.kind,
        }


def _quoted(exact: str, prefix: str = "", suffix: str = "") -> dict[str, Any]:
    quoted = {"type": "TextQuoteSelector", "exact": exact, "prefix": prefix, "suffix": suffix}
    return {name: value for name, value in quoted.items() if value}


def _fragment(page: Page, index: int, quads: Sequence[Quad]) -> dict[str, Any]:
    """Pages count from 1; the view is in points from the upper left corner of the page as it is shown."""
    value = f"page={index + 1}"
    if quads:
        shown = [page.matrix.map_box(_box(quad)) for quad in quads]
        left, top = min(box.x0 for box in shown), min(box.y0 for box in shown)
        width, height = max(box.x1 for box in shown) - left, max(box.y1 for box in shown) - top
        value += "&viewrect=" + ",".join(map(_number, (left, top, width, height)))
    return {"type": "FragmentSelector", "conformsTo": _FRAGMENTS, "value": value}


def _drawing(page: Page, anchor: Anchor) -> str:
    """The strokes in the page as it is shown, a path for each."""
    paths = []
    for stroke in anchor.strokes:
        points = [page.matrix.map(dot.x, dot.y) for dot in smoothed(stroke)]
        if points:
            line = " L".join(f"{_number(x)} {_number(y)}" for x, y in points)
            width = _number(stroke.width / HUNDREDTHS)
            paths.append(f'<path d="M{line}" fill="none" stroke-linecap="round" stroke-width="{width}"/>')
    view = f"0 0 {_number(page.width)} {_number(page.height)}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{"".join(paths)}</svg>'


def _name_of(digest: Digest) -> str:
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _box(quad: Quad) -> Box:
    (x0, x1), (y0, y1) = sorted((quad.x0, quad.x1)), sorted((quad.y0, quad.y1))
    return Box(x0=x0 / HUNDREDTHS, y0=y0 / HUNDREDTHS, x1=x1 / HUNDREDTHS, y1=y1 / HUNDREDTHS)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
