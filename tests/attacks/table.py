"""What is tried against the evidence, what has to catch it, and what came of it: the table of docs/evidence.md §8.

An attack is a function named by what it does. Beside it stand which attack of the list it is one of, the check that has
to catch it first, and who has to be blamed. What came of it is a `Row`: made of what was reported and of nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ecabinet.core.evidence import ExitCode

LISTED = (
    "drop an opinion",
    "alter text",
    "alter a signature",
    "re-date",
    "duplicate",
    "reorder",
    "count an older opinion",
    "opinion of another ballot",
    "author outside the electorate",
    "certificate made by the server's CA for a key nobody confirmed",
    "key revoked before signing",
    "expired key",
    "clone of the roster",
    "register cut short",
    "changed wording",
    "swapped paper",
    "forged result",
    "wrong tally",
    "split view to half of the clients",
    "database rolled back to yesterday",
    "checkpoint unsigned or by an unknown key",
    "entry hidden from the bundle",
    "truncated bundle",
    "reordered bundle",
    "duplicate-named bundle",
    "zip-bombed bundle",
    "path-traversing bundle",
    "bundle with symlinks",
    "bundle of 10 GB when unpacked",
    "not a ZIP",
    "empty bundle",
    "statement with duplicate keys",
    "statement with floats",
    "statement in NFD",
    "statement with lone surrogates",
    "statement with a string of 10 MB",
    "statement of an unknown type",
    "statement of an unknown version",
    "certificate expired",
    "certificate not yet valid",
    "certificate of another CA",
    "certificate with the wrong usage",
    "certificate self-signed",
    "certificate of a weak key",
    "token removed in the middle of a signature",
    "receipt given but opinion dropped",
)
"""What has to be tried at least; an attack that is none of these is one of `BESIDES`."""
BESIDES = "besides"

Play = TypeVar("Play", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """One finding, as it was reported: by `ecabinet-verify`, by a client, or by a signer."""

    check: str
    fault: str
    culprit: str | None
    who: str | None = None
    place: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of an attack."""

    attack: str
    listed: str
    exit: int | None
    """Of `ecabinet-verify`, on the bundle or on what a client saved; None if there was nothing to judge."""
    verdict: str | None
    """The same in a word."""
    caught: tuple[Caught, ...]
    """In the order of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack(Generic[Play]):
    """An attack, and what has to come of it."""

    name: str
    listed: str
    play: Play
    check: str
    culprits: frozenset[str]
    exit: int | None

    def row(self, code: int | None, caught: tuple[Caught, ...]) -> Row:
        """What came of it."""
        verdict = None if code is None else ExitCode(code).name.lower()
        return Row(attack=self.name, listed=self.listed, exit=code, verdict=verdict, caught=caught)

    def judge(self, row: Row) -> None:
        """It was caught, by the check that had to catch it first; who did it was named, and nobody else."""
        assert row.caught, "nothing was noticed"
        blamed = {each.culprit for each in row.caught if each.culprit}
        assert (row.caught[0].check, row.exit) == (self.check, self.exit), row
        assert blamed == self.culprits, row


class Attacks(Generic[Play]):
    """The attacks of one kind; called, it is the decorator that adds one."""

    def __init__(self, by: str) -> None:
        """`by` whom: the heading in the document."""
        self.by = by
        self._all: list[Attack[Play]] = []

    def __iter__(self) -> Iterator[Attack[Play]]:
        return iter(self._all)

    def __call__(
        self,
        listed: str,
        check: str,
        *culprits: str | None,
        code: int | None = ExitCode.DISPROVEN,
        name: str = "",
    ) -> Callable[[Play], Play]:
        blamed = frozenset(each for each in culprits if each)

        def add(play: Play) -> Play:
            told = name or play.__name__.replace("_", " ")
            self._all.append(Attack(name=told, listed=listed, play=play, check=check, culprits=blamed, exit=code))
            return play

        return add
