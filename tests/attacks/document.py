"""The table as docs/evidence.md shows it. `python -m tests.attacks.document` writes it anew from what the run gave."""

import re
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.attacks.suite import KINDS, record, recorded
from tests.attacks.table import Attack, Caught, Row

DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"
_BEGIN, _END = "<!-- attacks -->\n", "<!-- /attacks -->\n"
_HEAD = "| attack | caught by | culprit | place | exit |\n|---|---|---|---|---|\n"


def line(row: Row) -> str:
    """A row of the table: checks and faults in the order of the report, the place of the first."""
    caught = dict.fromkeys(f"`{each.check}` {each.fault}" for each in row.caught)
    culprits = dict.fromkeys(each.culprit for each in row.caught if each.culprit)
    first = row.caught[0]
    place = " ".join(part for part in (f"`{first.place}`" if first.place else "", first.detail, first.who) if part)
    code = "" if row.exit is None else str(row.exit)
    told = "| " + " | ".join((row.attack, ", ".join(caught), ", ".join(culprits), place, code)) + " |"
    return re.sub(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", r"\1…", told)


def settle(attack: Attack[Any], code: int | None, caught: tuple[Caught, ...]) -> None:
    """Records what came of an attack, and holds it against what had to, and what the document says."""
    row = attack.row(code, caught)
    record(row)
    attack.judge(row)
    assert shown().get(attack.name) == line(row), "docs/evidence.md says otherwise"


def shown() -> dict[str, str]:
    """The lines of the document, by attack."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    lines = re.findall(r"^\| .* \|$", rest.partition(_END)[0], re.MULTILINE)
    return {each.split(" | ")[0].removeprefix("| "): each for each in lines if not each.startswith("| attack |")}


def section(rows: Iterable[Row]) -> str:
    """All tables, one for each who attacks."""
    known = {row.attack: line(row) for row in rows}
    parts = []
    for by, kinds in groupby(KINDS, key=lambda kind: kind.by):
        lines = [known[attack.name] for kind in kinds for attack in kind if attack.name in known]
        parts.append(f"\n**{by}**\n\n{_HEAD}" + "\n".join(lines) + "\n")
    return "".join(parts) + "\n"


def main() -> int:
    """Writes the document's section."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCUMENT.write_text(before + _BEGIN + section(recorded()) + _END + after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
