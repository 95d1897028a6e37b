"""Scans are read by the real Tesseract: most words right, each at its place, however the page lies."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pytest

from ecabinet.client.pages import Pages, Paper, Word
from ecabinet.client.pages.recognition import (
    Absence,
    NoTesseract,
    NotRecognised,
    Recogniser,
    find,
    scale_for,
    words_of,
)
from ecabinet.core.recognition import RecognisedLine
from tests.client.pages import samples

LINES = (
    "Ủy ban nhân dân tỉnh báo cáo dự toán ngân sách địa phương",
    "Nghị quyết số 12/2026/NQ-HĐND về hỗ trợ phát triển nhà ở",
    "Tổng mức đầu tư là 48.350 triệu đồng, tăng 12,5% so với năm trước",
    "Đề nghị các sở, ngành và xã, phường khẩn trương triển khai",
)


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


def born_digital() -> bytes:
    return samples.paper([(85.0, 100.0 + 24 * row, LINES[row % len(LINES)]) for row in range(20)], size=13)


def opened(pages: Pages, content: bytes) -> Paper:
    return pages.open(len(content), samples.reader(content))


def recognised(pages: Pages, content: bytes) -> tuple[RecognisedLine, ...]:
    paper = opened(pages, content)
    scale = scale_for(paper.pages[0])
    return Recogniser(find()).read(pages.render(paper, 0, scale).result(), paper.pages[0], scale, seconds=60)


def centre(word: Word) -> tuple[float, float]:
    return (word.box.x0 + word.box.x1) / 2, (word.box.y0 + word.box.y1) / 2


def share_at_its_place(own: tuple[Word, ...], read: tuple[Word, ...]) -> float:
    found = [any(each.text == word.text and word.box.contains(*centre(each)) for each in read) for word in own]
    return sum(found) / len(found)


@pytest.mark.parametrize("rotation", [0, 90, 180])
@pytest.mark.long
def test_words_are_right_and_at_their_places_in_pdf_space(pages: Pages, rotation: int) -> None:
    own = pages.words(opened(pages, born_digital()), 0).result()
    lines = recognised(pages, samples.scanned(born_digital(), rotation=rotation))
    assert share_at_its_place(own, words_of(lines)) >= 0.9


@pytest.mark.long
def test_a_page_that_lay_on_its_side_is_read(pages: Pages) -> None:
    said = {word.text for word in words_of(recognised(pages, samples.scanned(born_digital(), turned=90)))}
    wanted = {word for line in LINES for word in line.split()}
    assert len(said & wanted) / len(wanted) >= 0.8


@pytest.mark.long
def test_lines_follow_each_other_as_they_are_read(pages: Pages) -> None:
    lines = recognised(pages, samples.scanned(born_digital()))
    heights = [line.boxes()[0][1] for line in lines]
    assert len(lines) == 20
    assert heights == sorted(heights, reverse=True)
    assert lines[0].words == LINES[0]


def test_an_empty_page_says_nothing(pages: Pages) -> None:
    assert recognised(pages, samples.scanned(samples.paper([]))) == ()


def test_a_page_that_takes_too_long_is_given_up(pages: Pages) -> None:
    paper = opened(pages, samples.scanned(born_digital()))
    scale = scale_for(paper.pages[0])
    pixels = pages.render(paper, 0, scale).result()
    with pytest.raises(NotRecognised):
        Recogniser(find()).read(pixels, paper.pages[0], scale, seconds=0.01)


def test_after_a_stop_nothing_is_recognised(pages: Pages) -> None:
    paper = opened(pages, samples.scanned(born_digital()))
    scale = scale_for(paper.pages[0])
    recogniser = Recogniser(find())
    recogniser.stop()
    with pytest.raises(CancelledError):
        recogniser.read(pages.render(paper, 0, scale).result(), paper.pages[0], scale, seconds=60)


def test_a_machine_without_tesseract_is_told_apart_from_one_without_vietnamese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoTesseract) as none:
        find()
    assert none.value.absence is Absence.NO_PROGRAM
    english_only = tmp_path / "tesseract"
    english_only.write_text("#!/bin/sh\necho eng\n")
    english_only.chmod(english_only.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(NoTesseract) as no_vietnamese:
        find()
    assert no_vietnamese.value.absence is Absence.NO_VIETNAMESE


@pytest.mark.skipif(os.name == "nt", reason="a priority is a number on POSIX alone")
def test_it_leaves_the_processor_to_whoever_wants_it(pages: Pages, tmp_path: Path) -> None:
    """It says its own priority in place of words."""
    pretender = tmp_path / "tesseract"
    columns = "level page_num block_num par_num line_num word_num left top width height conf text".replace(" ", "\\t")
    row = r'printf "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t99\t%s\n" "$(nice)"'
    pretender.write_text(f'#!/bin/sh\ncat >/dev/null\nprintf "{columns}\\n"\n{row}\n')
    pretender.chmod(0o700)
    paper = opened(pages, samples.scanned(born_digital()))
    lines = Recogniser(replace(find(), command=str(pretender))).read(
        pages.render(paper, 0, 1.0).result(), paper.pages[0], 1.0, seconds=60
    )
    assert [line.words for line in lines] == ["19"]
