"""What a use case or a sync changed, so that windows refresh that and nothing else."""

from dataclasses import dataclass, fields

from ecabinet.core.codec import Digest, Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Ids of the things that are no longer as they were; `a | b` is both."""

    documents: frozenset[Identifier] = frozenset()
    """Papers: known, here, gone, read."""
    meetings: frozenset[Identifier] = frozenset()
    ballots: frozenset[Identifier] = frozenset()
    """Ballots, and the person's own answers to them."""
    recognised: frozenset[Digest] = frozenset()
    """Papers, by what they are, whose scanned pages say something now, or something else."""
    notes: frozenset[Identifier] = frozenset()
    drafts: frozenset[Identifier] = frozenset()
    """What the secretariat prepares."""
    enrolments: frozenset[Identifier] = frozenset()
    gone: frozenset[Identifier] = frozenset()
    """Papers, meetings and ballots that may be seen no longer: a window that shows one says so and closes it."""
    register: bool = False
    """Persons, offices, roles or keys, one's own among them."""
    alarms: bool = False

    def __or__(self, other: "Changes") -> "Changes":
        return Changes(**{each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(self)})

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))
