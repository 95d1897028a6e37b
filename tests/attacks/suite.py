"""All attacks in the order of the document, and `build/attacks.json`, where what came of them is gathered."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ecabinet.core import codec
from ecabinet.keys.durable import exclusive
from tests.attacks import bad_files, bad_input, by_people, by_the_maker, by_the_server, live, outside
from tests.attacks.table import Attack, Attacks, Row

KINDS: tuple[Attacks[Any], ...] = (
    by_the_maker.ON_FILES,
    by_the_maker.ON_A_BODY,
    by_the_server.ON_A_BODY,
    by_people.ON_A_BODY,
    bad_input.STATEMENTS,
    bad_input.CERTIFICATES,
    outside.ON_A_BODY,
    bad_input.ON_A_TOKEN,
    bad_files.ON_A_FILE,
    bad_files.ON_A_DISK,
    live.ON_A_SCENE,
)
FILE = Path(__file__).parents[2] / "build" / "attacks.json"


def everything() -> Iterable[Attack[Any]]:
    """Every attack there is."""
    return (attack for kind in KINDS for attack in kind)


def record(row: Row) -> None:
    """Takes a row into the file, in the place of what came of the same attack before; tests may do so at once."""
    FILE.parent.mkdir(exist_ok=True)
    with exclusive(FILE.with_suffix(".lock")):
        rows = {each.attack: each for each in recorded()} | {row.attack: row}
        ordered = [codec.to_value(rows[each.name]) for each in everything() if each.name in rows]
        FILE.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def recorded() -> Iterable[Row]:
    """What came of the attacks that were tried since the file was made."""
    if not FILE.exists():
        return ()
    return tuple(codec.from_value(Row, each) for each in json.loads(FILE.read_text(encoding="utf-8")))
