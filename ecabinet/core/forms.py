"""Reading by form: how the canonical text of a kind of value looks, as one regular expression.

Who knows what class a text should be of need not take it apart as JSON, look for whatever JSON may hold, write it again
and compare: a text that has the form of its class is canonical, member by member. A form knows no errors. What does not
have it is read the long way (`canonical.decode`, `codec.from_value`), which tells what is wrong, or that nothing is.

No text has a form in two ways, so that matching takes linear time whatever it is fed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

_PLAIN = r'[^"\\\x00-\x1f]*+'
_ESCAPE = r'\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))'
"""Those that RFC 8785 writes, and only where it must."""
_REMEMBERED = 1024
_SHORT = 1024
"""Characters. The same answers, and the same notes of a log, stand in many statements: they are made once."""
_REMEMBERED_LONG = 16
_LONG = 64 * 1024
"""Of lists: the same electors are asked again and again."""


Groups: TypeAlias = tuple[str | None, ...]
"""What a match has found; None where null stands."""


@dataclass(frozen=True, slots=True)
class Form:
    """Of one kind of value: a part that varies, between two that don't. All three are regular expressions."""

    before: str
    varying: str
    """Without groups."""
    after: str
    take: Callable[[str], Any] | None
    """What the varying part says; the text itself if None. Raises ValueError where the expression allows too much."""
    apart: "Apart | None" = None
    """Of a record."""
    is_plain: bool = False
    """Whether it is text in which nothing needs to be escaped."""
    may_be_null: bool = False

    @property
    def source(self) -> str:
        """The whole expression, without groups."""
        return self._written(f"(?:{self.varying})")

    @property
    def grouped(self) -> str:
        """The whole expression, with a group for what varies: none there, if it is null."""
        return self._written(f"({self.varying})")

    def _written(self, varying: str) -> str:
        present = f"{self.before}{varying}{self.after}"
        return f"(?:null|{present})" if self.may_be_null else present

    def or_null(self) -> "Form":
        return replace(self, may_be_null=True)


@dataclass(frozen=True, slots=True)
class Apart:
    """A record's members one by one: the expression of what varies, with a group for each, and what they make."""

    members: str
    make: Callable[[Groups], Any]


def text() -> Form:
    """Any text."""
    return Form('"', f"{_PLAIN}(?:{_ESCAPE}{_PLAIN})*", '"', _unescaped)


def quoted(expression: str, take: Callable[[str], Any] | None = None) -> Form:
    """Text of this expression, which allows no quotation marks, and nothing that needs to be escaped."""
    return Form('"', expression, '"', take, is_plain=True)


def bare(expression: str, take: Callable[[str], Any]) -> Form:
    """A number or truth value."""
    return Form("", expression, "", take)


def sequence(element: Form) -> Form:
    """Any number of values of one form."""
    # A comma has another element behind it, and what has none behind it is the last.
    varying = rf"(?:{element.source}(?:,(?!\])|(?=\])))*"
    return Form(r"\[", varying, r"\]", _taker_of_all(element))


def _taker_of_all(element: Form) -> Callable[[str], tuple[Any, ...]]:
    take = element.take
    if element.is_plain and not element.may_be_null:
        return lambda varying: tuple(map(take or str, varying[1:-1].split('","'))) if varying else ()
    if element.apart is None or element.may_be_null:
        elements = re.compile(element.grouped)

        def take_all(varying: str) -> tuple[Any, ...]:
            found = (match[1] for match in elements.finditer(varying))
            return tuple(None if each is None else each if take is None else take(each) for each in found)

        return take_all
    records, make = re.compile(f"{element.before}{element.apart.members}{element.after}"), element.apart.make
    make_all = lambda varying: tuple([make(match.groups()) for match in records.finditer(varying)])  # noqa: E731
    again, long_again = lru_cache(_REMEMBERED)(make_all), lru_cache(_REMEMBERED_LONG)(make_all)

    def take_records(varying: str) -> tuple[Any, ...]:
        size = len(varying)
        return (again if size <= _SHORT else long_again if size <= _LONG else make_all)(varying)

    return take_records


def record(make: Callable[..., Any], members: Mapping[str, Form], fixed: Mapping[str, str | int] | None = None) -> Form:
    """An object of these members by name, given to `make` by name; `fixed` are those beside them that never vary."""
    written = {name: f'"{name}":{re.escape(json.dumps(value))}' for name, value in (fixed or {}).items()}
    names = sorted(members)
    takes = [(name, take) for name in names if (take := members[name].take) is not None]

    def whole(source: Callable[[Form], str]) -> str:
        own = {name: f'"{name}":{source(form)}' for name, form in members.items()}
        return ",".join(each for _, each in sorted({**own, **written}.items()))

    def make_from(found: Groups) -> Any:
        said: dict[str, Any] = dict(zip(names, found))  # noqa: B905 - a group each; every opinion comes by here
        for name, take in takes:
            given = said[name]
            if given is not None:
                said[name] = take(given)
        return make(**said)

    apart = Apart(whole(lambda form: form.grouped), make_from)
    grouped = re.compile(apart.members)

    def take_apart(varying: str) -> Any:
        found = grouped.fullmatch(varying)
        if found is None:
            raise ValueError(varying)
        return make_from(found.groups())

    return Form(r"\{", whole(lambda form: form.source), r"\}", take_apart, apart)


def _unescaped(varying: str) -> str:
    if "\\" not in varying:
        return varying
    return _unescape_again(varying) if len(varying) <= _SHORT else _unescape(varying)


def _unescape(varying: str) -> str:
    return str(json.loads(f'"{varying}"'))


_unescape_again = lru_cache(_REMEMBERED)(_unescape)
