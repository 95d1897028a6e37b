"""What the interface says: catalogues in Vietnamese, which is the source, and English beside it.

A key is `file.path.to.words`: `say("ballots.deadline", when=…)` is `deadline` in `translations/vi/ballots.toml`. Words
may have named fields in braces and no plurals. Each screen has a file of its own. Tests walk the code and both
catalogues: a key or field missing on either side, and one nobody uses, fails the build. The language is chosen once, at
the start.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum, StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from ecabinet import resources

E = TypeVar("E", bound=Enum)


class Language(StrEnum):
    """The languages of the interface."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


_language = Language.VIETNAMESE
_catalogue: Mapping[str, str] = {}


def read(language: Language) -> dict[str, str]:
    """The whole catalogue of a language, by key."""
    found: dict[str, str] = {}
    for file in sorted(resources.path("translations", language.value).glob("*.toml")):
        found.update(_flat(file.stem, tomllib.loads(file.read_text("utf-8"))))
    return found


def use(language: Language) -> None:
    """Speak this language from now on; windows that exist keep their words."""
    global _language, _catalogue
    _language, _catalogue = language, read(language)


def language() -> Language:
    """The language in use."""
    return _language


def told(speak: Callable[[], str], languages: Iterable[Language] = Language) -> dict[Language, str]:
    """What is said in each of these languages; the language in use stays what it was."""
    before, said = _language, {}
    for each in languages:
        use(each)
        said[each] = speak()
    use(before)
    return said


def on_terminal(speak: Callable[[], str]) -> tuple[str, ...]:
    """Lines for a terminal: Vietnamese, then English; `ECABINET_LANGUAGE` asks for one alone."""
    asked = [each for each in Language if each == os.environ.get("ECABINET_LANGUAGE")]
    return tuple(told(speak, asked or Language).values())


def say(key: str, /, **fields: str | int) -> str:
    """The words of a key, its fields filled in. Raises KeyError for words nobody wrote."""
    return _filled(key, fields)


class Names(Generic[E]):
    """What the members of an enumeration are called: `Names("ballots.state", State)(State.OPEN)`, `ballots.state.open`.

    For what is chosen at run time, where a test could not see the key.
    """

    made: ClassVar[list["Names[Any]"]] = []

    def __init__(self, group: str, members: type[E]) -> None:
        self._group = group
        self._members = members
        Names.made.append(self)

    def __call__(self, member: E, **fields: str | int) -> str:
        return _filled(self._key(member), fields)

    @property
    def keys(self) -> frozenset[str]:
        """All the keys there must be."""
        return frozenset(map(self._key, self._members))

    def _key(self, member: E) -> str:
        return f"{self._group}.{member.name.lower()}"


def number(value: float, decimals: int = 0) -> str:
    """A number as the language writes it: 1.234,5 in Vietnamese, 1,234.5 in English."""
    written = f"{value:,.{decimals}f}"
    return written.translate(str.maketrans(",.", ".,")) if _language is Language.VIETNAMESE else written


def size(octets: int) -> str:
    """The size of a file, in the units of 1,024 that file managers show: "12,4 MB"."""
    value, unit = float(octets), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1000:  # noqa: PLR2004 - three digits are read at a glance
            break
        value, unit = value / 1024, larger
    decimals = 1 if unit not in ("B", "KB") and value < 100 else 0  # noqa: PLR2004 - as above
    return f"{number(value, decimals)} {unit}"


def _filled(key: str, fields: Mapping[str, str | int]) -> str:
    if not _catalogue:
        use(_language)
    return _catalogue[key].format(**fields)


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, str):
            yield key, value
        else:
            yield from _flat(key, value)
