"""What the demo leaves behind: `report.json`, whose form `docs/demo-report.schema.json` states."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ecabinet import __version__

FORM = 1


def tell(line: str) -> None:
    """Says a line of the demo on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Step:
    """One step of the journey: what was done, how long it took, what was counted."""

    name: str
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
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
    def step(self, name: str) -> Iterator[Step]:
        """Times a step and tells it when it is done; one that fails is told as such, and is not among `steps`."""
        step = Step(name)
        began = time.monotonic()
        try:
            yield step
        except BaseException:
            tell(f"{len(self.steps) + 1:3d}  {time.monotonic() - began:6.2f} s  BROKE OFF: {name}")
            raise
        step.seconds = round(time.monotonic() - began, 3)
        self.steps.append(step)
        counts = ", ".join(f"{value} {what}" for what, value in step.counts.items())
        tell(f"{len(self.steps):3d}  {step.seconds:6.2f} s  {name}{f' ({counts})' if counts else ''}")

    def leave_out(self, papers: Sequence[Mapping[str, str]]) -> None:
        """Papers, each with `file` and `reason`, that were not taken. They are told at once."""
        self.left_out += map(dict, papers)
        if papers:
            named = "".join(f"\n     {each['file']}: {each['reason']}" for each in papers)
            tell(f"     {len(papers)} {'paper' if len(papers) == 1 else 'papers'} left out:{named}")

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 3)

    def write(self, path: Path, *, is_complete: bool) -> None:
        """Writes the report, also of a journey that broke off."""
        counts: dict[str, int] = {}
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
