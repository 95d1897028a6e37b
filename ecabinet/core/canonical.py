"""One value, one byte string: the JSON of RFC 8785, narrowed until nothing in it can be read in two ways.

Narrower than the RFC: member names are ASCII, strings are in Unicode normal form C, numbers are integers within
±(2^53 - 1). Under these rules the sorted output of the standard library's C encoder *is* RFC 8785; `rfc8785` is its
oracle in tests.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NoReturn, TypeAlias

Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value] | None"

LARGEST_INTEGER = 2**53 - 1
LARGEST_STATEMENT = 8 * 1024 * 1024
"""Bytes: fifty thousand electors of a ballot, each with his office. Longer input is refused unread."""
DEEPEST = 32


class Flaw(StrEnum):
    """Why a byte string, or a value, has no canonical form."""

    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_CANONICAL = "not_canonical"
    NOT_NFC = "not_nfc"
    NOT_ASCII_NAME = "not_ascii_name"
    NOT_INTEGER = "not_integer"
    UNKNOWN_VALUE = "unknown_value"


class NotCanonicalError(ValueError):
    """The value or byte string breaks a rule of this module; `flaw` says which."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def encode(value: Value) -> bytes:
    """The one byte string of `value`. Raises NotCanonicalError when it has none."""
    _inspect(value, DEEPEST)
    return _dump(value)


def decode(data: bytes, *, limit: int = LARGEST_STATEMENT) -> Value:
    """The value whose one byte string is `data`. Raises NotCanonicalError for anything else, whatever it is fed."""
    if len(data) > limit:
        raise NotCanonicalError(Flaw.TOO_LONG)
    try:
        text = data.decode("utf-8")
        value: Value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise NotCanonicalError(Flaw.NOT_UTF8) from error
    except RecursionError as error:
        raise NotCanonicalError(Flaw.TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise NotCanonicalError(Flaw.NOT_JSON) from error
    _inspect(value, DEEPEST)
    # Writing it again is what refuses white space, duplicate names, odd escapes, unsorted names and -0 in one stroke.
    if _ENCODER.encode(value) != text:
        _dump(value)  # tells a lone surrogate as such
        raise NotCanonicalError(Flaw.NOT_CANONICAL)
    return value


def normal_text(data: bytes, *, limit: int = LARGEST_STATEMENT) -> str | None:
    r"""The text that `data` is in UTF-8, if all of it is in normal form C: then so is whatever is quoted in it.

    Where it is not, what it says may yet be: `\\n` before a combining mark is no `ń` once it is read. `decode` tells.
    """
    try:
        text = data.decode("utf-8") if len(data) <= limit else None
    except UnicodeDecodeError:
        return None
    return text if text is not None and (text.isascii() or unicodedata.is_normalized("NFC", text)) else None


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal, 64 characters: how a digest is written in every statement."""
    return hashlib.sha256(data).hexdigest()


_LONGEST_INTEGER = len(str(-LARGEST_INTEGER))


def _refuse_number(_: str) -> NoReturn:
    raise NotCanonicalError(Flaw.NOT_INTEGER)


def _read_integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise NotCanonicalError(Flaw.NOT_INTEGER)
    return int(text)


_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_read_integer)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,  # `_inspect` has been there, and goes no deeper than DEEPEST
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
)


def _dump(value: Value) -> bytes:
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:  # a lone surrogate
        raise NotCanonicalError(Flaw.NOT_UTF8) from error


def _inspect(value: Value, depth: int) -> None:
    if isinstance(value, str):
        _inspect_text(value)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise NotCanonicalError(Flaw.NOT_INTEGER)
    elif isinstance(value, dict):
        _inspect_names(value)
        _inspect_members(value.values(), depth)
    elif isinstance(value, list | tuple):
        _inspect_members(value, depth)
    else:
        raise NotCanonicalError(Flaw.NOT_INTEGER if isinstance(value, float) else Flaw.UNKNOWN_VALUE)


def _inspect_members(members: Iterable[Value], depth: int) -> None:
    if depth == 0:
        raise NotCanonicalError(Flaw.TOO_DEEP)
    for member in members:
        if type(member) is str:  # most are, and every one of every statement comes by here
            if not member.isascii():
                _inspect_text(member)
        elif member is not None:
            _inspect(member, depth - 1)


def _inspect_names(members: Mapping[str, Value]) -> None:
    try:
        is_ascii = "".join(members).isascii()
    except TypeError:
        is_ascii = False
    if not is_ascii:
        raise NotCanonicalError(Flaw.NOT_ASCII_NAME)


def _inspect_text(text: str) -> None:
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        raise NotCanonicalError(Flaw.NOT_NFC)
