"""A class says what a message may hold; anything more, less or otherwise is refused, and the place of it told."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import partial
from typing import Annotated, Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import canonical, codec
from ecabinet.core.codec import AgencyCode, Digest, Identifier, MalformedError, Name
from ecabinet.core.envelope import new_id


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    number: int

    def __post_init__(self) -> None:
        if self.number == 13:
            raise ValueError("number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    text: str
    number: int
    is_so: bool
    data: bytes
    at: datetime
    day: date
    colour: Colour
    inner: Inner
    several: tuple[Inner, ...]
    perhaps: str | None
    maybe_inner: Inner | None
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    name: Name
    agency: AgencyCode
    id: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    name: Annotated[str, re.compile("(a)")]


def whole(**changes: Any) -> Everything:
    made: dict[str, Any] = {
        "text": "Ý kiến",
        "number": -7,
        "is_so": True,
        "data": b"\0\xff",
        "at": datetime(2026, 11, 23, 1, 2, 3, 456_000, tzinfo=UTC),
        "day": date(2026, 11, 23),
        "colour": Colour.BLUE,
        "inner": Inner(number=1),
        "several": (Inner(number=2), Inner(number=3)),
        "perhaps": None,
        "maybe_inner": Inner(number=4),
        "digest": "0" * 64,
    }
    return Everything(**{**made, **changes})


def by_form(kind: type[Any], text: str, **extra: str | int) -> Any:
    normal = canonical.normal_text(text.encode())
    return None if normal is None else codec.ReaderByForm(kind, extra, passes=0).read(normal)


TEXT = (
    '{"at":"2026-11-23T01:02:03.456Z","colour":"blue","data":"AP8=","day":"2026-11-23",'
    '"digest":"0000000000000000000000000000000000000000000000000000000000000000","inner":{"number":1},"is_so":true,'
    '"maybe_inner":{"number":4},"number":-7,"perhaps":null,"several":[{"number":2},{"number":3}],"text":"Ý kiến"}'
)


def test_every_kind_of_member_has_its_form() -> None:
    assert codec.dump(whole()).decode() == TEXT
    assert codec.load(Everything, TEXT.encode()) == whole()


def test_members_beside_its_own_are_written_with_them() -> None:
    assert codec.dump(Inner(number=1), type="inner", v=1) == b'{"number":1,"type":"inner","v":1}'


@given(
    st.text(st.characters(codec="ascii")),
    st.binary(),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.lists(st.integers(14, 99).map(lambda number: Inner(number=number))).map(tuple),
    st.none() | st.just("so"),
)
def test_what_was_written_reads_back(
    text: str, data: bytes, at: datetime, several: tuple[Inner, ...], perhaps: str | None
) -> None:
    at = codec.whole_milliseconds(at)
    record = whole(text=text, data=data, at=at, several=several, perhaps=perhaps)
    assert codec.load(Everything, codec.dump(record)) == record


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"text":"Ý kiến"', '"text":1', "text"),
        ('"number":-7', '"number":true', "number"),
        ('"number":-7', '"number":"-7"', "number"),
        ('"is_so":true', '"is_so":1', "is_so"),
        ('"data":"AP8="', '"data":"AP8"', "data"),
        ('"data":"AP8="', '"data":"AP9="', "data"),
        ('"data":"AP8="', '"data":"A P8="', "data"),
        ("03.456Z", "03.456", "at"),
        ("03.456Z", "03.4567Z", "at"),
        ("03.456Z", "63.456Z", "at"),
        ("03.456Z", "03.456+00:00", "at"),
        ("T01:02", "T٠١:02", "at"),
        ('"day":"2026-11-23"', '"day":"2026-11-31"', "day"),
        ('"day":"2026-11-23"', '"day":"20261123"', "day"),
        ('"colour":"blue"', '"colour":"green"', "colour"),
        ('"colour":"blue"', '"colour":null', "colour"),
        ('"perhaps":null', '"perhaps":0', "perhaps"),
        ('"inner":{"number":1}', '"inner":[]', "inner"),
        ('"inner":{"number":1}', '"inner":{}', "inner.number"),
        ('"inner":{"number":1}', '"inner":{"more":1,"number":1}', "inner.more"),
        ('"inner":{"number":1}', '"inner":{"number":13}', "inner.number"),
        ('[{"number":2},{"number":3}]', '[{"number":2},{"number":null}]', "several.1.number"),
        ('[{"number":2},{"number":3}]', '{"number":2}', "several"),
        ('"digest":"0', '"digest":"O', "digest"),
        ('"digest":"0', '"digest":"00', "digest"),
        ('"text":"Ý kiến"}', '"text":"Ý kiến","v":1}', "v"),
        ('"text":"Ý kiến"}', '"texts":"Ý kiến"}', "text"),
    ],
)
def test_anything_otherwise_is_refused_and_its_place_told(old: str, new: str, place: str) -> None:
    assert old in TEXT
    with pytest.raises(MalformedError) as caught:
        codec.load(Everything, TEXT.replace(old, new).encode())
    assert caught.value.place == place


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["number", "at", "x"]), inner),
    )
)
def test_no_value_makes_the_reader_fall_over(value: Any) -> None:
    for kind in (Everything, Inner, Named):
        try:
            codec.from_value(kind, value)
        except MalformedError:
            continue
        assert kind is Inner


_ODD = [
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "0",
    "-",
    "9" * 16,
    "null",
    "\\n",
    "\\u0301",
    "\\u001f",
    "\\/",
    "\u0301",
    "\x1f",
    " ",
]


@given(st.data())
def test_what_has_the_form_of_a_class_is_what_the_long_way_reads(data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from('"\\\n\x1fné\u0301\x7f'), max_size=4).map(partial(normalize, "NFC")))
    said = codec.dump(whole(text=text, perhaps=text[::-1] if text.isascii() else None)).decode()
    for _ in range(data.draw(st.integers(0, 2))):
        start = data.draw(st.integers(0, len(said)))
        end = start + data.draw(st.integers(0, 3))
        said = said[:start] + data.draw(st.sampled_from(["", *_ODD])) + said[end:]
    try:
        expected = codec.from_value(Everything, canonical.decode(said.encode()))
    except ValueError:
        expected = None
    assert by_form(Everything, said) in {None, expected}
    if expected is not None:
        assert codec.load(Everything, said.encode()) == expected


def test_what_is_written_has_the_form_of_its_class() -> None:
    text = TEXT.replace("Ý kiến", "\\\\ \\n Ý \\u001f \x7f")
    found = by_form(Everything, text)
    assert found == codec.from_value(Everything, canonical.decode(text.encode()))
    assert found == whole(text="\\ \n Ý \x1f \x7f")
    assert by_form(Inner, '{"number":1,"type":"inner","v":1}', type="inner", v=1) == Inner(number=1)
    for other in ('{"number":1,"type":"inner","v":2}', '{"number":1}', '{"number":13,"type":"inner","v":1}'):
        assert by_form(Inner, other, type="inner", v=1) is None


def test_the_first_texts_of_a_class_are_left_to_the_long_way() -> None:
    reader = codec.ReaderByForm(Inner, passes=2)
    assert [reader.read('{"number":1}') for _ in range(3)] == [None, None, Inner(number=1)]


def test_no_text_takes_long_to_be_found_of_another_form() -> None:
    long = "\\\\" * 500_000
    for text in (long, long[:-1], f'{long}","'):
        assert by_form(Everything, TEXT.replace("Ý kiến", text)[:-2]) is None
    many = '{"number":2},' * 200_000
    assert by_form(Everything, TEXT.replace('{"number":2},', many)[:-1]) is None


def test_a_pattern_that_cannot_stand_inside_another_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="inside"):
        codec.to_value(Captured(name="a"))


def test_bytes_that_are_not_canonical_are_refused_as_such() -> None:
    with pytest.raises(canonical.NotCanonicalError):
        codec.load(Inner, b'{"number": 1}')


def test_a_time_without_a_zone_has_no_form() -> None:
    with pytest.raises(ValueError, match="zone"):
        codec.write_time(datetime(2026, 11, 23))  # noqa: DTZ001
    hanoi = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=7)))
    assert codec.write_time(hanoi) == "2026-11-23T01:00:00.000Z"


def test_a_member_of_a_kind_nobody_can_write_is_a_programming_error() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Odd:
        share: float

    with pytest.raises(TypeError, match="float"):
        codec.to_value(Odd(share=0.5))


@pytest.mark.parametrize("name", ["chair", "so-tai-chinh", "a", "a.b_c-1", "x" * 64])
def test_names_that_are(name: str) -> None:
    codec.from_value(Named, {"name": name, "agency": "H00.1", "id": new_id(datetime.now(UTC))})


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        *(("name", each) for each in ("", "Chair", "-a", "a-", "a b", "x" * 65, "a\n", "tên")),
        *(("agency", each) for each in ("", "h00", "H00.", ".H", "H" * 36, "H00..1", "H00\n")),
        *(
            ("id", each)
            for each in ("", "0", "01A1f67f-e7e0-7bbb-949c-795d28a21b22", "01a1f67fe7e07bbb949c795d28a21b22")
        ),
    ],
)
def test_names_that_are_not(member: str, wrong: str) -> None:
    value = {"name": "chair", "agency": "000.00.00.H49", "id": new_id(datetime.now(UTC))}
    codec.from_value(Named, value)
    with pytest.raises(MalformedError):
        codec.from_value(Named, {**value, member: wrong})
