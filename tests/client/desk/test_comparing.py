"""`ecabinet pages compare`: what differs between two PDF files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecabinet import resources
from ecabinet.cli import app
from ecabinet.client.desk.comparing import compare_papers
from ecabinet.client.pages import Pages
from tests.client.pages import samples
from tests.notes.pairs import Pair, pairs
from tests.notes.typesetting import typeset

OLD = ["Căn cứ Nghị quyết ngày 15/11/2026", "Giao Sở Tài chính chủ trì", "Nơi nhận: như trên"]
NEW = ["Căn cứ Nghị quyết ngày 16/11/2026", "Giao Sở Xây dựng chủ trì", "Nơi nhận: như trên"]


def lines(texts: list[str]) -> bytes:
    return samples.paper([(60.0, 100.0 + 40 * row, text) for row, text in enumerate(texts)])


def told(old: Path, new: Path, *options: str) -> list[dict[str, Any]]:
    got = CliRunner().invoke(app, ["pages", "compare", str(old), str(new), *options])
    assert got.exit_code == 0, got.output
    return [json.loads(line) for line in got.stdout.splitlines()]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "cũ.pdf"
    path.write_bytes(lines(OLD))
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "mới.pdf"
    path.write_bytes(lines(NEW))
    return path


def test_each_change_is_a_line(old: Path, new: Path) -> None:
    first, second = told(old, new)
    assert (first["kind"], first["old"]["words"], first["new"]["words"]) == ("replaced", "15/11/2026", "16/11/2026")
    assert (second["old"]["words"], second["new"]["words"]) == ("Tài chính", "Xây dựng")
    assert [each["touches_figures"] for each in (first, second)] == [True, False]
    (place,) = first["old"]["places"]
    assert place["page"] == first["old"]["page"] == 0
    (quad,) = place["quads"]
    assert 72_000 < quad["y0"] < quad["y1"] < 76_000  # 100 points below the top of an A4 page
    assert told(old, new, "--figures") == [first]


def test_a_sample_does_not_differ_from_itself() -> None:
    paper = resources.path("sample", "pdf", "04-421-TTr-STC-he-thong-bieu.pdf")
    assert told(paper, paper) == []


def test_a_file_that_is_no_paper_is_told(old: Path, new: Path) -> None:
    new.write_bytes(b"no PDF")
    for other, said in ((new, "không phải là PDF"), (new.with_name("nowhere.pdf"), "nowhere.pdf")):
        got = CliRunner().invoke(app, ["pages", "compare", str(old), str(other)])
        assert got.exit_code == 1
        assert said in got.stderr


TYPESET_ONLY = {"identical", "re-typeset", "NFD against NFC", "hoà against hòa", "file renamed"}
ONE_PLACE = {"pages inserted", "pages removed", "sentence deleted, a twin remains", "split in two: the first part"}


@pytest.mark.parametrize(
    "pair", [each for each in pairs() if each.name in TYPESET_ONLY | ONE_PLACE], ids=lambda each: each.name
)
def test_the_pairs_that_notes_cross(pages: Pages, pair: Pair) -> None:
    versions = (typeset(pair.old, pair.old_style), typeset(pair.new, pair.new_style))
    old, new = (pages.open(len(each.content), samples.reader(each.content)) for each in versions)
    found = compare_papers(pages, old, new).changes
    assert len(found) == (pair.name in ONE_PLACE), [(each.old.words, each.new.words) for each in found]
