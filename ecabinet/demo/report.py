"""What the demo leaves behind: `report.json`, whose form `docs/demo-report.schema.json` states."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum, auto
from pathlib import Path

from ecabinet import __version__
from ecabinet.client.ui.words import Language, Names, number, on_terminal, say, told

FORM = 1
_INDENT = " " * 15
"""As wide as a step's number and seconds."""


class Deed(StrEnum):
    """What is done in the steps of the demo."""

    STAGE = auto()
    FOUND = auto()
    INVITE = auto()
    JOIN = auto()
    CONFIRM = auto()
    UNLOCK = auto()
    PREPARE_MEETING = auto()
    SEND_MEETING = auto()
    RECEIVE = auto()
    PREPARE_BALLOT = auto()
    SEND_BALLOT = auto()
    GO_OFF_LINE = auto()
    READ = auto()
    READ_BACK = auto()
    SIGN = auto()
    OTHERS_ANSWER = auto()
    COME_BACK = auto()
    CLOSE = auto()
    SIGN_RESULT = auto()
    MAKE_EVIDENCE = auto()
    PROVE = auto()
    OPEN = auto()
    ENROL_ALL = auto()
    SEND_ALL = auto()


class Count(StrEnum):
    """What is counted in them."""

    INVITED = auto()
    KEYS = auto()
    ENROLLED = auto()
    PAPERS = auto()
    ITEMS = auto()
    RECEIVED = auto()
    QUESTIONS = auto()
    BALLOTS = auto()
    NOTES = auto()
    OPINIONS = auto()
    COUNTED = auto()
    BYTES = auto()
    CHECKS = auto()


_deed = Names("demo.step", Deed)
_count = Names("demo.count", Count)


def write(*lines: str) -> None:
    """Writes lines of the demo to standard output, at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


@dataclass(slots=True)
class Step:
    """One step of the journey: what was done, in Vietnamese and English, how long it took, what was counted."""

    name: str
    name_en: str
    seconds: float = 0.0
    counts: dict[Count, int] = field(default_factory=dict)
    screen: str | None = None


@dataclass(slots=True)
class Report:
    """The steps so far. Each is told on standard output as it ends."""

    steps: list[Step] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)
    """Papers that could not be taken: `file`, from the folder asked for, and `reason`."""
    verdict: dict[str, object] | None = None
    """What `ecabinet-verify --json` said, and its exit code."""
    _began: float = field(default_factory=time.monotonic)
    _began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @contextmanager
    def step(self, deed: Deed) -> Iterator[Step]:
        """Times a step and tells it when it is done; one that fails is told as such, and is not among `steps`."""
        names = told(lambda: _deed(deed))
        step = Step(names[Language.VIETNAMESE], names[Language.ENGLISH])
        began = time.monotonic()
        try:
            yield step
        except BaseException:
            self._tell(time.monotonic() - began, lambda: say("demo.broke_off", step=_deed(deed)))
            raise
        step.seconds = round(time.monotonic() - began, 3)
        self._tell(step.seconds, lambda: _whole(deed, step))
        self.steps.append(step)

    def _tell(self, seconds: float, speak: Callable[[], str]) -> None:
        first, *rest = on_terminal(speak)
        write(f"{len(self.steps) + 1:3d}  {seconds:6.2f} s  {first}", *(_INDENT + line for line in rest))

    def leave_out(self, papers: Sequence[Mapping[str, str]]) -> None:
        """Papers, each with `file` and `reason`, that were not taken. They are told at once."""
        self.left_out += map(dict, papers)
        if papers:
            count = number(len(papers))
            write(_INDENT + " / ".join(on_terminal(lambda: say("demo.left_out", count=count))))
            write(*(f"{_INDENT}• {each['file']}: {each['reason']}" for each in papers))

    def leave_out_nameless(self, files: Sequence[str]) -> None:
        """Files whose names are no text, as far as they are."""
        reason = " / ".join(on_terminal(lambda: say("demo.nameless")))
        self.leave_out([{"file": file, "reason": reason} for file in files])

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 3)

    def write(self, path: Path, *, is_complete: bool) -> None:
        """Writes the report, also of a journey that broke off."""
        counts: dict[Count, int] = {}
        for step in self.steps:
            counts.update(step.counts)
        whole = {
            "form": FORM,
            "program": f"ecabinet {__version__}",
            "began_at": self._began_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "seconds": self.seconds,
            "is_complete": is_complete,
            "steps": [asdict(step) for step in self.steps],
            "counts": counts,
            "left_out": self.left_out,
            "verdict": self.verdict,
        }
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _whole(deed: Deed, step: Step) -> str:
    counts = ", ".join(f"{_count(what)}: {number(value)}" for what, value in step.counts.items())
    return f"{_deed(deed)}{f' ({counts})' if counts else ''}"
