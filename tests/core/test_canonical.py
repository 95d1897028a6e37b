"""One value, one byte string: RFC 8785 under the rules of proof.md §2, with `rfc8785` as oracle."""

import hashlib
import json
import unicodedata
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import canonical
from ecabinet.core.canonical import LARGEST_INTEGER, Flaw, NotCanonicalError, decode, encode

names = st.text(st.characters(max_codepoint=127), max_size=8)
strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | strings,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5),
    max_leaves=30,
)


def flaw_of(data: bytes) -> Flaw:
    with pytest.raises(NotCanonicalError) as caught:
        decode(data)
    return caught.value.flaw


@given(values)
def test_the_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(values)
def test_what_was_written_reads_back(value: Any) -> None:
    assert decode(encode(value)) == value


@given(values, st.integers(0, 3))
def test_any_other_way_of_writing_it_is_refused(value: Any, indent: int) -> None:
    other = json.dumps(value, indent=indent or None, ensure_ascii=bool(indent)).encode("utf-8", "surrogatepass")
    if other != encode(value):
        with pytest.raises(NotCanonicalError):
            decode(other)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fall_over(data: bytes) -> None:
    try:
        value = decode(data)
    except NotCanonicalError:
        return
    assert encode(value) == data


@given(st.text(st.sampled_from('[]{}",:0123456789-+.eE \\unltrfas'), max_size=40))
def test_nothing_that_looks_like_json_is_read_in_two_ways(text: str) -> None:
    try:
        value = decode(text.encode())
    except NotCanonicalError:
        return
    assert rfc8785.dumps(value) == text.encode()


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"\xff", Flaw.NOT_UTF8),
        (b'"\xed\xa0\x80"', Flaw.NOT_UTF8),
        (b'"\\ud800"', Flaw.NOT_UTF8),
        (b"", Flaw.NOT_JSON),
        (b"\xef\xbb\xbf1", Flaw.NOT_JSON),
        (b"1 2", Flaw.NOT_JSON),
        (b" 1", Flaw.NOT_CANONICAL),
        (b"1\n", Flaw.NOT_CANONICAL),
        (b"-0", Flaw.NOT_CANONICAL),
        (b'{"a":1,"a":1}', Flaw.NOT_CANONICAL),
        (b'{"b":1,"a":1}', Flaw.NOT_CANONICAL),
        (b'{"a": 1}', Flaw.NOT_CANONICAL),
        (b'"\\u0041"', Flaw.NOT_CANONICAL),
        (b'"\\/"', Flaw.NOT_CANONICAL),
        ('"e\u0302"'.encode(), Flaw.NOT_NFC),
        ('{"\u00ea":1}'.encode(), Flaw.NOT_ASCII_NAME),
        (b"1.0", Flaw.NOT_INTEGER),
        (b"1e3", Flaw.NOT_INTEGER),
        (b"NaN", Flaw.NOT_INTEGER),
        (b"9007199254740992", Flaw.NOT_INTEGER),
        (b"-9007199254740992", Flaw.NOT_INTEGER),
        (b"1" + b"0" * 5000, Flaw.NOT_INTEGER),
        (b"[" * 33 + b"]" * 33, Flaw.TOO_DEEP),
        (b"[" * 100_000, Flaw.TOO_DEEP),
        (b'"' + b"x" * canonical.LARGEST_STATEMENT + b'"', Flaw.TOO_LONG),
    ],
)
def test_each_rule_refuses_what_breaks_it(data: bytes, flaw: Flaw) -> None:
    assert flaw_of(data) is flaw


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        (1.5, Flaw.NOT_INTEGER),
        (2**53, Flaw.NOT_INTEGER),
        ({"ê": 1}, Flaw.NOT_ASCII_NAME),
        ({1: 1}, Flaw.NOT_ASCII_NAME),
        ("e\u0302", Flaw.NOT_NFC),
        ("\ud800", Flaw.NOT_UTF8),
        (b"bytes", Flaw.UNKNOWN_VALUE),
        ({1, 2}, Flaw.UNKNOWN_VALUE),
    ],
)
def test_what_has_no_form_is_not_written(value: Any, flaw: Flaw) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        encode(value)
    assert caught.value.flaw is flaw


def test_the_limits_themselves_are_within() -> None:
    for value in (LARGEST_INTEGER, -LARGEST_INTEGER, "x" * (canonical.LARGEST_STATEMENT - 2)):
        assert decode(encode(value)) == value
    assert decode(b"[" * 32 + b"]" * 32) is not None


def test_vietnamese_is_written_as_it_is() -> None:
    assert encode("Ủy ban nhân dân") == '"Ủy ban nhân dân"'.encode()


def test_a_digest_is_sha_256_in_lower_case() -> None:
    assert canonical.digest(b"abc") == hashlib.sha256(b"abc").hexdigest()
