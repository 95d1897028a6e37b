"""400 small things arrive in one round trip, and every further 500 in one more; beside curl fetching 400 small papers.

The things are a member's own notes: sealed and pushed by one vault, opened by another that begins from nothing. What
was asked of the server is counted in the server's own log.
"""

import hashlib
import shutil
import statistics
import time
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, insert, select

from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.codec import whole_milliseconds
from ecabinet.core.envelope import new_id
from ecabinet.core.notes import Anchor, NoteEdit, NoteKind
from ecabinet.core.protocol import FEED_PAGE, Path
from tests.bench import corpus
from tests.bench.figures import tell
from tests.bench.party import Client, Party, party
from tests.bench.peer import curl

FEW, MANY = 400, 1_400
TEXT, SIZE = 3_300, 4_000
"""Bytes of a note's text, and of a paper: about what a note is in all."""
RUNS = 5


def main() -> None:
    """Medians of so many runs of each."""
    with party() as at:
        writer = Client(at, "writer")
        _write(writer, at.cabinet.body, FEW)
        few = [_read(at, FEW) for _ in range(RUNS)]
        _write(writer, at.cabinet.body, MANY - FEW)
        many = _read(at, MANY)
        writer.close()
    with party() as at:
        at.hand_out(corpus.papers(FEW, SIZE))
        peer = [_by_curl(at) for _ in range(RUNS)]
    ours, other = statistics.median(seconds for seconds, _ in few), statistics.median(peer)
    trips = {FEW: few[0][1], MANY: many[1]}
    assert trips == {count: count // FEED_PAGE + 1 for count in trips}
    tell(
        "feed",
        unit="items/s",
        ours=FEW / ours,
        peer=FEW / other,
        ratio=other / ours,
        goal=f"one round trip per {FEED_PAGE}",
        items=list(trips),
        round_trips=list(trips.values()),
        peer_round_trips=FEW,
        seconds=[round(seconds, 3) for seconds, _ in few],
        peer_seconds=[round(seconds, 3) for seconds in peer],
    )


def _write(writer: Client, body: str, count: int) -> None:
    """So many notes, and with them to the server."""
    writer.vault.do(partial(_add, body=body, count=count))
    writer.sync.once()
    assert writer.sync.status().trouble is None


def _add(db: Connection, body: str, count: int) -> None:
    for number in range(count):
        now = whole_milliseconds(datetime.now(UTC))
        edit = NoteEdit(
            edit=new_id(now),
            note=new_id(now),
            replaces=(),
            document=new_id(now),
            kind=NoteKind.NOTE,
            anchor=Anchor(
                digest=hashlib.sha256().hexdigest(),
                page=number,
                quads=(),
                quote="",
                before="",
                after="",
                strokes=(),
                section=(),
            ),
            text="ý kiến " * (TEXT // 10),
            colour="#ffe45c",
            made_at=now,
            is_deleted=False,
        )
        row = {"edit": edit.edit, "note": edit.note, "document": edit.document, "content": codec.dump(edit)}
        db.execute(insert(schema.note_edits).values(**row, body=body, is_pushed=False))


def _read(at: Party, count: int) -> tuple[float, int]:
    """A vault that begins from nothing: how long it takes, and how often it asks for the feed."""
    before = at.requests().count(Path.FEED)
    client = Client(at, "reader")
    began_at = time.perf_counter()
    client.sync.once()
    seconds = time.perf_counter() - began_at
    assert client.sync.status().trouble is None
    notes = client.vault.do(lambda db: db.scalars(select(schema.note_edits.c.content)).all())
    assert len(notes) == count
    assert all(len(content) > TEXT for content in notes)
    client.close()
    shutil.rmtree(at.folder / "reader")
    return seconds, at.requests().count(Path.FEED) - before


def _by_curl(at: Party) -> float:
    documents, out = at.cabinet.documents, at.folder / "plain"
    seconds = curl(at, documents, out)
    for each in documents:
        assert hashlib.sha256((out / each.digest).read_bytes()).hexdigest() == each.digest
    shutil.rmtree(out)
    return seconds


if __name__ == "__main__":
    main()
