"""Dataclasses to and from canonical JSON, strictly: what a statement or a message may contain is what its class says.

A field may be `str`, `int`, `bool`, `bytes` (base64), `datetime` (UTC, milliseconds, `…Z`), `date`, a `StrEnum`, a
dataclass, a `tuple[X, ...]`, any of these `| None`, or `Annotated[str, re.Pattern]` such as `Digest` below, the pattern
without groups or anchors. Members are neither added nor left out: an absent value is written `null`, so that one value
has one form, which is also a regular expression (`forms`): bytes that match it are read at once.
"""

import base64
import binascii
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

from ecabinet.core import canonical, forms
from ecabinet.core.canonical import Value
from ecabinet.core.forms import Form

Digest: TypeAlias = Annotated[str, re.compile(r"[0-9a-f]{64}")]
"""SHA-256, lower-case hexadecimal."""
Identifier: TypeAlias = Annotated[str, re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
"""A UUID (RFC 9562) in lower case; version 7 where it is made, any where it is read."""
Name: TypeAlias = Annotated[str, re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?")]
"""A short name a person or a program chose once: `chair`, `so-tai-chinh`, `agree`."""
AgencyCode: TypeAlias = Annotated[str, re.compile(r"(?![0-9A-Z.]{36})[0-9A-Z]+(?:\.[0-9A-Z]+)*")]
"""The code of an agency (Decision 20/2020/QĐ-TTg): digits and A-Z in groups parted by dots, 35 characters at most."""

Record = TypeVar("Record")


class _Codec(NamedTuple):
    write: Callable[[Any], Value]
    read: Callable[[Any], Any]
    form: Callable[[], Form]
    """Made when it is first read by: many classes never are."""


class MalformedError(ValueError):
    """The bytes are not a value of the class asked for; `place` is the path of the member that is wrong."""

    def __init__(self, place: str = "") -> None:
        super().__init__(place)
        self.place = place

    def inside(self, outer: str) -> "MalformedError":
        return MalformedError(f"{outer}.{self.place}" if self.place else outer)


def dump(record: Any, **extra: Value) -> bytes:
    """The canonical bytes of a dataclass instance, with `extra` members beside its own."""
    value = to_value(record)
    if not isinstance(value, dict):
        raise TypeError(f"{type(record)!r} is no dataclass")
    return canonical.encode({**value, **extra})


def load(kind: type[Record], data: bytes, *, limit: int = canonical.LARGEST_STATEMENT) -> Record:
    """The instance of `kind` whose canonical bytes are `data`. Raises MalformedError or canonical.NotCanonicalError."""
    text = canonical.normal_text(data, limit=limit)
    known = None
    if text is not None:
        reader = _READERS.get(kind)
        if reader is None:
            reader = _READERS[kind] = ReaderByForm(kind)
        known = reader.read(text)
    return from_value(kind, canonical.decode(data, limit=limit)) if known is None else known


class ReaderByForm(Generic[Record]):
    """Finds the instance of which `dump` made a text, with these `extra` members, if the text has that form.

    Where it finds none, nothing is proven yet: the long way tells. The first texts of a class are left to that, for it
    takes milliseconds to make a form, and most classes are read a few times only. `passes` says how many.
    """

    def __init__(
        self, kind: type[Record], extra: Mapping[str, str | int] = MappingProxyType({}), *, passes: int = 8
    ) -> None:
        self._kind = kind
        self._extra = extra
        self._passes = passes
        self._take: Callable[[str], Any] | None = None

    def read(self, text: str) -> Record | None:
        """Of a text that `canonical.normal_text` gave."""
        take = self._take
        if take is None:
            if self._passes or not is_dataclass(self._kind):
                self._passes -= 1 if self._passes else 0
                return None
            take = self._take = _form_of(self._kind, self._extra).take
        if take is None or not (text.startswith("{") and text.endswith("}")):
            return None
        try:
            return cast("Record", take(text[1:-1]))
        except ValueError:
            return None


_READERS: dict[Any, ReaderByForm[Any]] = {}


def to_value(record: Any) -> Value:
    """The JSON value of a dataclass instance."""
    return _codec_of(type(record)).write(record)


def from_value(kind: type[Record], value: Value) -> Record:
    """The instance of `kind` that `value` describes. Raises MalformedError."""
    return cast("Record", _codec_of(kind).read(value))


def fits(text: str, kind: Any) -> bool:
    """Whether a text would be taken where `Name`, `AgencyCode` or another of the patterned texts is asked for."""
    return any(pattern.fullmatch(text) for pattern in kind.__metadata__)


def write_time(at: datetime) -> str:
    """UTC with milliseconds: `2026-11-23T01:00:00.000Z`. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def read_time(text: str) -> datetime:
    """The time `write_time` wrote. Raises MalformedError."""
    if not _TIME.fullmatch(text):
        raise MalformedError
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedError from error


def whole_milliseconds(at: datetime) -> datetime:
    """`at` as it can be written: cut to milliseconds, so that what was written reads back equal."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _same(value: Any) -> Any:
    return value


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise MalformedError
        return value

    return read


_text = _exactly(str)


def _read_bytes(text: str) -> bytes:
    return _read_hash(text) if len(text) == _HASH_LENGTH else _read_base64(text)


def _read_base64(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError from error
    if binascii.b2a_base64(data, newline=False).decode() != text:  # stray bits in the last character
        raise MalformedError
    return data


_HASH_LENGTH = 44
_read_hash = lru_cache(8192)(_read_base64)
"""The proofs of a ledger say the same hashes over and over."""


def _read_date(value: Any) -> date:
    if not _DATE.fullmatch(_text(value)):
        raise MalformedError
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise MalformedError from error


_LARGEST_INTEGER_DIGITS = len(str(canonical.LARGEST_INTEGER))


def _take_integer(text: str) -> int:
    number = int(text)
    if abs(number) > canonical.LARGEST_INTEGER:
        raise MalformedError
    return number


def _form_of_integers() -> Form:
    return forms.bare(rf"0|-?[1-9][0-9]{{0,{_LARGEST_INTEGER_DIGITS - 1}}}", _take_integer)


_CODECS: dict[Any, _Codec] = {
    str: _Codec(_same, _text, forms.text),
    int: _Codec(_same, _exactly(int), _form_of_integers),
    bool: _Codec(_same, _exactly(bool), lambda: forms.bare("true|false", "true".__eq__)),
    bytes: _Codec(
        lambda data: base64.b64encode(data).decode(),
        lambda value: _read_bytes(_text(value)),
        lambda: forms.quoted("[A-Za-z0-9+/=]*+", _read_bytes),
    ),
    datetime: _Codec(write_time, lambda value: read_time(_text(value)), lambda: forms.quoted(_TIME.pattern, read_time)),
    date: _Codec(date.isoformat, _read_date, lambda: forms.quoted(_DATE.pattern, _read_date)),
}


def _codec_of(kind: Any) -> _Codec:
    if kind not in _CODECS:
        _CODECS[kind] = _make_codec(kind)
    return _CODECS[kind]


def _make_codec(kind: Any) -> _Codec:
    origin = typing.get_origin(kind)
    if origin is Annotated:
        return _pattern(kind.__metadata__[0])
    if origin in {types.UnionType, typing.Union}:
        (present,) = (member for member in typing.get_args(kind) if member is not types.NoneType)
        return _optional(_codec_of(present))
    if origin is tuple:
        return _sequence(_codec_of(typing.get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _enumeration(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind)
    raise TypeError(f"{kind!r} has no form in a statement or message")


def _pattern(pattern: re.Pattern[str]) -> _Codec:
    if pattern.groups or pattern.flags != re.UNICODE:
        raise TypeError(f"{pattern!r} can't stand inside another")

    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise MalformedError
        return value

    return _Codec(_same, read, lambda: forms.quoted(pattern.pattern))


def _optional(present: _Codec) -> _Codec:
    write, read, form = present
    return _Codec(
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
        lambda: form().or_null(),
    )


def _sequence(element: _Codec) -> _Codec:
    write, read, form = element

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise MalformedError
        members: list[Any] = []
        try:
            for member in value:
                members.append(read(member))  # noqa: PERF401 - whose length tells the place of one that is wrong
        except MalformedError as error:
            raise error.inside(str(len(members))) from None
        return tuple(members)

    return _Codec(lambda value: [write(member) for member in value], read_all, lambda: forms.sequence(form()))


def _enumeration(kind: type[StrEnum]) -> _Codec:
    known = {member.value: member for member in kind}

    def read(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in known:
            raise MalformedError
        return known[value]

    return _Codec(
        lambda member: member.value, read, lambda: forms.quoted("|".join(map(re.escape, known)), known.__getitem__)
    )


def _dataclass(kind: type) -> _Codec:
    members = _members_of(kind)
    readers = [(name, codec.read) for name, codec in members.items()]
    names = set(members)

    def write(record: Any) -> Value:
        return {name: codec.write(getattr(record, name)) for name, codec in members.items()}

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise MalformedError
        if value.keys() != names:
            raise MalformedError(min(value.keys() ^ names))
        arguments = {}
        name = ""
        try:
            for name, read_member in readers:
                arguments[name] = read_member(value[name])
        except MalformedError as error:
            raise error.inside(name) from None
        try:
            return kind(**arguments)
        except MalformedError:
            raise
        except ValueError as error:  # a rule of the class itself, said in its __post_init__
            raise MalformedError(str(error)) from error

    return _Codec(write, read, lambda: _form_of(kind, {}))


def _members_of(kind: type) -> Mapping[str, _Codec]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: _codec_of(hints[field.name]) for field in fields(kind) if field.init}


def _form_of(kind: type, extra: Mapping[str, str | int]) -> Form:
    return forms.record(kind, {name: codec.form() for name, codec in _members_of(kind).items()}, extra)
