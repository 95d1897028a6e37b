"""Notes as W3C Web Annotations: the model's rules (Recommendation of 23 February 2017), and that selectors lead there.

The rules are those of the model's sections, by number, for the properties that are used here.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from ecabinet.client.desk.note_files import open_file
from ecabinet.client.pages import Box, Pages
from ecabinet.core.notes import NoteEdit, NoteKind
from tests.client.desk.test_exports import PAPERS, export, note, one_of_each, written

AUTHOR = "Chánh Văn phòng UBND tỉnh"
MOTIVATIONS = {
    *("assessing", "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying"),
    *("linking", "moderating", "questioning", "replying", "tagging"),
}
SELECTORS = {
    "FragmentSelector": {"type", "value", "conformsTo", "refinedBy"},
    "TextQuoteSelector": {"type", "exact", "prefix", "suffix", "refinedBy"},
    "TextPositionSelector": {"type", "start", "end", "refinedBy"},
    "SvgSelector": {"type", "value", "refinedBy"},
}


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    path.write_bytes(PAPERS["turned by 90"]())
    return path


def told(paper: Path, notes: list[NoteEdit]) -> dict[str, Any]:
    out = paper.with_name("out.json")
    got = export(paper, written(notes, paper.with_name("notes.json")), out, "--author", AUTHOR)
    assert got.exit_code == 0, got.output
    collection: dict[str, Any] = json.loads(out.read_bytes())
    check_collection(collection)
    return collection


# ---------------------------------------------------------------- the model's rules


def check_collection(value: dict[str, Any]) -> None:
    """5.1 and 5.2."""
    assert value["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert value["type"] == "AnnotationCollection"
    check_iri(value["id"])
    assert isinstance(value["total"], int)
    if not value["total"]:
        assert set(value) == {"@context", "id", "type", "total"}
        return
    page = value["first"]
    assert (page["type"], page["startIndex"]) == ("AnnotationPage", 0)
    assert value["last"] == page["id"]
    assert "@context" not in page
    assert len(page["items"]) == value["total"]
    names = [each["id"] for each in page["items"]]
    assert len(set(names)) == len(names)
    for each in page["items"]:
        check_annotation(each)


def check_annotation(value: dict[str, Any]) -> None:
    """3.1, 3.2, 3.3 and 4.1 to 4.4."""
    assert set(value) <= {"id", "type", "motivation", "created", "modified", "creator", "body", "target", "stylesheet"}
    check_iri(value["id"])
    assert value["type"] == "Annotation"
    assert value["motivation"] in MOTIVATIONS
    for name in ("created", "modified"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value[name])
    assert datetime.fromisoformat(value["created"]) <= datetime.fromisoformat(value["modified"])
    assert value["creator"] == {"type": "Person", "name": AUTHOR}
    if "body" in value:
        body = value["body"]
        assert set(body) == {"type", "value", "format", "purpose"}
        assert body["type"] == "TextualBody"
        assert body["purpose"] in MOTIVATIONS
    assert value["stylesheet"]["type"] == "CssStylesheet"
    for target in targets(value):
        assert set(target) == {"type", "source", "selector", "styleClass"}
        assert target["type"] == "SpecificResource"
        assert f".{target['styleClass']} {{" in value["stylesheet"]["value"]
        assert target["source"]["type"] in {"Dataset", "Image", "Video", "Sound", "Text"}
        assert target["source"]["format"] == "application/pdf"
        check_iri(target["source"]["id"])
        for selector in selectors(target):
            check_selector(selector)


def check_selector(value: dict[str, Any]) -> None:
    """4.2.1 to 4.2.9."""
    assert set(value) <= SELECTORS[value["type"]]
    match value["type"]:
        case "TextQuoteSelector":
            assert value["exact"]
        case "TextPositionSelector":
            assert 0 <= value["start"] < value["end"]
        case "SvgSelector":
            assert drawing(value["value"]).tag == "{http://www.w3.org/2000/svg}svg"
        case "FragmentSelector":
            check_iri(value["conformsTo"])
            assert re.fullmatch(r"page=[1-9]\d*(&viewrect=-?[\d.]+,-?[\d.]+,[\d.]+,[\d.]+)?", value["value"])
    if "refinedBy" in value:
        check_selector(value["refinedBy"])


def check_iri(value: str) -> None:
    assert urlsplit(value).scheme
    assert not set(value) & set(' <>"{}|\\^`')


def drawing(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - what we wrote a moment ago


def targets(annotation: dict[str, Any]) -> list[dict[str, Any]]:
    found = annotation["target"]
    return found if isinstance(found, list) else [found]


def selectors(target: dict[str, Any]) -> list[dict[str, Any]]:
    found = target["selector"]
    return found if isinstance(found, list) else [found]


# ---------------------------------------------------------------- what is told


def test_every_kind_of_note_is_told(pages: Pages, paper: Path) -> None:
    notes, _ = one_of_each(pages, paper)
    digest = notes[0].anchor.digest
    whole = [note(NoteKind.BOOKMARK, digest, 8, text="Xem lại"), note(NoteKind.NOTE, digest, 9, text="Cả trang")]
    items = told(paper, [*notes, *whole])["first"]["items"]
    by_edit = {each["id"]: each for each in items}
    kinds = {by_edit[f"urn:uuid:{each.edit}"]["motivation"]: each.kind for each in [*notes, *whole]}
    assert set(kinds) == {"highlighting", "editing", "commenting", "bookmarking"}
    assert {each["target"]["styleClass"] for each in items} == set(NoteKind)
    page_only = by_edit[f"urn:uuid:{whole[1].edit}"]["target"]["selector"]
    assert page_only == {
        "type": "FragmentSelector",
        "conformsTo": "http://tools.ietf.org/rfc/rfc8118",
        "value": "page=1",
    }
    assert by_edit[f"urn:uuid:{whole[1].edit}"]["body"]["value"] == "Cả trang"
    source = items[0]["target"]["source"]["id"]
    padded = source.removeprefix("ni:///sha-256;") + "="
    assert base64.urlsafe_b64decode(padded).hex() == digest


def test_selectors_lead_to_the_words(pages: Pages, paper: Path) -> None:
    notes, page = one_of_each(pages, paper)
    opened = open_file(pages, paper)
    words = pages.words(opened, 0).result()
    stream = " ".join(word.text for word in words)
    for each in told(paper, notes[:3])["first"]["items"]:
        fragment, quote, position = selectors(each["target"])
        assert stream[position["start"] : position["end"]] == quote["exact"]
        left, top, width, height = map(float, parse_qs(fragment["value"])["viewrect"][0].split(","))
        frame = Box(x0=left - 0.1, y0=top - 0.1, x1=left + width + 0.1, y1=top + height + 0.1)
        shown = [page.matrix.map_box(word.box) for word in words]
        there = [
            word.text
            for word, box in zip(words, shown, strict=True)
            if frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1)
        ]
        assert " ".join(there) == quote["exact"]


def test_ink_is_drawn_in_the_page_as_it_is_shown(pages: Pages, paper: Path) -> None:
    notes, page = one_of_each(pages, paper)
    (item,) = told(paper, notes[-1:])["first"]["items"]
    fragment = selectors(item["target"])[0]
    svg = drawing(fragment["refinedBy"]["value"])
    assert svg.attrib["viewBox"] == f"0 0 {page.width:g} {page.height:g}"
    (path,) = svg
    first = notes[-1].anchor.strokes[0].points[0]
    x, y = page.matrix.map(first.x / 100, first.y / 100)
    assert path.attrib["d"].startswith(f"M{x:g} {y:g} L")


def test_a_quote_over_a_page_break_has_two_targets(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(PAPERS["form with tables"]())
    with Pages() as pages:
        notes, _ = one_of_each(pages, path)
    anchor = notes[0].anchor
    (item,) = told(path, [replace(notes[0], anchor=replace(anchor, overleaf=anchor.quads))])["first"]["items"]
    assert [selectors(each)[0]["value"].partition("&")[0] for each in item["target"]] == ["page=1", "page=2"]


def test_no_notes_are_an_empty_collection(paper: Path) -> None:
    assert told(paper, [])["total"] == 0


def test_the_form_can_be_asked_for_by_name(pages: Pages, paper: Path) -> None:
    notes, _ = one_of_each(pages, paper)
    out = paper.with_name("ghi-chu.txt")
    got = export(paper, written(notes, paper.with_name("notes.json")), out, "--format", "w3c", "--author", AUTHOR)
    assert got.exit_code == 0, got.output
    check_collection(json.loads(out.read_bytes()))
