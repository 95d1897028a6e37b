"""The file of recognised words: what was written is read, and nothing else is."""

import tracemalloc
import zlib
from dataclasses import replace
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import codec, recognition
from ecabinet.core.codec import MalformedError
from ecabinet.core.recognition import (
    RecognisedLine,
    RecognisedOffer,
    RecognisedPage,
    RecognisedText,
    TooLongError,
    is_signed,
    join,
    offer_message,
    pack,
    read,
    write,
)

MARK = b"ECTEXT\x00\x01"
WORD = st.sampled_from(["Ủy", "ban", "nhân", "dân", "48", "tỷ", "đồng", "(1)", "430/TTr-STC"])
SIDE = st.integers(min_value=-100_000, max_value=100_000)


@st.composite
def line(draw: st.DrawFn) -> RecognisedLine:
    words = draw(st.lists(WORD, min_size=1, max_size=4))
    places: list[int] = []
    for _ in words:
        (x0, x1), (y0, y1) = (sorted(draw(st.tuples(SIDE, SIDE))) for _ in range(2))
        places += [x0, y0, x1, y1]
    return RecognisedLine(block=draw(st.integers(0, 9)), words=" ".join(words), places=tuple(places))


@st.composite
def text(draw: st.DrawFn) -> RecognisedText:
    indices = sorted(draw(st.sets(st.integers(0, 300), max_size=4)))
    lines = st.lists(line(), max_size=3).map(tuple)
    pages = tuple(RecognisedPage(index=index, lines=draw(lines)) for index in indices)
    return RecognisedText(paper="ab" * 32, program="tesseract 5.3.0", languages="vie+eng", pages=pages)


SIMPLE = RecognisedText(
    paper="ab" * 32,
    program="tesseract 5.3.0",
    languages="vie+eng",
    pages=(
        RecognisedPage(index=0, lines=(RecognisedLine(block=0, words="tỷ đồng", places=(0, 0, 9, 9, 10, 0, 30, 9)),)),
    ),
)


@given(text())
def test_what_was_written_is_read(said: RecognisedText) -> None:
    assert read(write(said)) == said
    packed = [pack(page) for page in said.pages]
    assert join(said.paper, program=said.program, languages=said.languages, packed=packed) == write(said)


def test_what_nobody_would_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = [pack(SIMPLE.pages[0])]
    length = len(codec.dump(SIMPLE))
    for limit, is_written in ((length, True), (length - 1, False), (length // 2, False)):
        monkeypatch.setattr(recognition, "_LARGEST_TEXT", limit)
        joined = partial(join, SIMPLE.paper, program=SIMPLE.program, languages=SIMPLE.languages, packed=packed)
        for make in (partial(write, SIMPLE), joined):
            if is_written:
                assert read(make()) == SIMPLE
            else:
                with pytest.raises(TooLongError):
                    make()


@given(st.binary(max_size=200))
def test_whatever_it_is_fed_it_only_says_malformed(data: bytes) -> None:
    for each in (data, MARK + data, MARK + zlib.compress(data)):
        with pytest.raises(MalformedError):
            read(each)


@pytest.mark.parametrize("end", [b"", b"x"], ids=["cut off", "more behind it"])
def test_a_file_has_one_end(end: bytes) -> None:
    whole = write(SIMPLE)
    with pytest.raises(MalformedError):
        read(whole + end if end else whole[:-1])


def test_a_small_file_that_unpacks_to_more_than_any_paper_says_is_refused() -> None:
    with pytest.raises(MalformedError):
        read(MARK + zlib.compress(b" " * 200_000_000))


def test_a_file_of_brackets_is_refused_before_they_take_up_memory() -> None:
    brackets = MARK + zlib.compress(b"[" + b"{}," * 1_000_000 + b"{}]")
    tracemalloc.start()
    with pytest.raises(MalformedError):
        read(brackets)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_scan_of_two_thousand_pages_fits() -> None:
    line = RecognisedLine(
        block=1,
        words=" ".join(["Nghị", "quyết", "của", "Hội", "đồng", "nhân", "dân", "tỉnh", "số", "48"] * 2),
        places=tuple(place + number for number in range(20) for place in (8_500, 77_000, 12_500, 78_200)),
    )
    pages = tuple(RecognisedPage(index=index, lines=(line,) * 28) for index in range(2_000))
    text = RecognisedText(paper="a" * 64, program="tesseract 5.3.0", languages="vie+eng", pages=pages)
    assert len(read(write(text)).pages) == 2_000


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("tỷ  đồng", (0, 0, 1, 1) * 3),
        ("", ()),
        ("tỷ đồng", (0, 0, 1, 1)),
        ("tỷ\u2028đồng", (0, 0, 1, 1)),
        ("tỷ\u200bđồng", (0, 0, 1, 1)),
        ("đồng", (1, 0, 0, 1)),
    ],
    ids=["two spaces", "no word", "a place short", "a line's end inside", "unseen letters", "inside out"],
)
def test_a_line_is_words_and_a_place_for_each(words: str, places: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"words|places"):
        RecognisedLine(block=0, words=words, places=places)


def test_a_page_comes_once_and_in_its_order() -> None:
    page = SIMPLE.pages[0]
    value = dict(codec.to_value(SIMPLE))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pages"):
        RecognisedText(paper="ab" * 32, program="p", languages="vie", pages=(page, page))
    value["pages"] = [codec.to_value(page)] * 2
    with pytest.raises(MalformedError):
        codec.from_value(RecognisedText, value)


def test_what_a_device_signs_names_body_paper_and_file() -> None:
    offer = RecognisedOffer(
        document="01a208ba-8ff2-7554-b147-e7940c4a2b11",
        version=2,
        paper="ab" * 32,
        file="cd" * 32,
        size=4096,
        by="ef" * 32,
        signature=b"",
    )
    said = f"ecabinet recognised text v1 H49.1 01a208ba-8ff2-7554-b147-e7940c4a2b11 2 {'ab' * 32} {'cd' * 32} 4096"
    assert offer_message("H49.1", offer) == said.encode()
    key = Ed25519PrivateKey.generate()
    signed = replace(offer, signature=key.sign(said.encode()))
    device_key = key.public_key().public_bytes_raw()
    assert is_signed("H49.1", signed, device_key)
    assert not is_signed("H49.1", offer, device_key)
    assert not is_signed("H49.2", signed, device_key)
    for other in ({"document": "01a208ba-8ff2-7554-b147-e7940c4a2b12"}, {"version": 1}, {"paper": "0" * 64}):
        assert not is_signed("H49.1", replace(signed, **other), device_key)
    for other in ({"file": "0" * 64}, {"size": 4095}):
        assert not is_signed("H49.1", replace(signed, **other), device_key)
