"""The steps that bring an older vault up to date.

A step, once released, never changes: a vault is at head when its `user_version` is the number of steps and its tables
are just those of `schema`.
"""

import json
from collections.abc import Callable

from sqlalchemy import Connection, select, update

from ecabinet.client.vault.papers import keep_named
from ecabinet.client.vault.schema import (
    INDEXES,
    crossings,
    device_words,
    lost,
    lost_devices,
    metadata,
    named_papers,
    note_shares,
    outside_answers,
    outside_standings,
    own_keys,
    page_texts,
    pages_read,
    readings,
    readings_in,
    recognised_offers,
    recognised_pages,
    recognition_failures,
    recognitions,
    share_keys,
    shared_notes,
    statements,
    time_stamps,
)
from ecabinet.core import canonical
from ecabinet.core.envelope import parse


def _create(connection: Connection) -> None:
    metadata.create_all(connection)


def _create_texts(connection: Connection) -> None:
    metadata.create_all(connection, [readings_in, page_texts])
    for name in INDEXES:
        # Words come folded and parted by spaces, which is all that this tokeniser looks for beyond ASCII.
        options = "words, content='', columnsize=0, tokenize='ascii'"
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {name} USING fts5({options})")
        connection.exec_driver_sql(f"INSERT INTO {name} ({name}, rank) VALUES ('secure-delete', 1)")  # noqa: S608


def _create_named(connection: Connection) -> None:
    metadata.create_all(connection, [named_papers])
    recorded = select(statements.c.statement).where(statements.c.leaf.is_not(None))
    for data in connection.scalars(recorded).all():
        keep_named(connection, parse(data))


def _create_recognised(connection: Connection) -> None:
    metadata.create_all(connection, [recognitions, recognised_pages])


def _create_offers(connection: Connection) -> None:
    metadata.create_all(connection, [recognised_offers])


def _create_pages_read(connection: Connection) -> None:
    metadata.create_all(connection, [pages_read])


def _create_crossings(connection: Connection) -> None:
    metadata.create_all(connection, [crossings])


def _create_recognition_failures(connection: Connection) -> None:
    metadata.create_all(connection, [recognition_failures])


def _create_shares(connection: Connection) -> None:
    metadata.create_all(connection, [note_shares, shared_notes, share_keys])


def _add_looks(connection: Connection) -> None:
    """Positions tell how pages were shown; before, they told the zoom alone, or 0 where it was as wide as the view."""
    stopped = select(readings.c.digest, readings.c.position).where(readings.c.position.is_not(None))
    for digest, position in connection.execute(stopped).all():
        before = json.loads(position)
        zoom = before.pop("zoom")
        fit = None if zoom else "width"
        shown = {"arrangement": "column", "fit": fit, "is_night": False, "rotation": 0, "zoom": zoom or 100}
        after = canonical.encode({**before, "look": shown})
        connection.execute(update(readings).where(readings.c.digest == digest).values(position=after))


def _create_lost(connection: Connection) -> None:
    metadata.create_all(connection, [lost])


def _create_time_stamps(connection: Connection) -> None:
    metadata.create_all(connection, [time_stamps])


def _create_outside_revocations(connection: Connection) -> None:
    metadata.create_all(connection, [outside_answers, outside_standings])


def _create_words_and_losses(connection: Connection) -> None:
    metadata.create_all(connection, [device_words, lost_devices, own_keys])


STEPS: tuple[Callable[[Connection], None], ...] = (
    _create,
    _create_texts,
    _create_named,
    _create_recognised,
    _create_offers,
    _create_pages_read,
    _create_crossings,
    _create_recognition_failures,
    _create_shares,
    _add_looks,
    _create_lost,
    _create_time_stamps,
    _create_outside_revocations,
    _create_words_and_losses,
)
"""Step n brings a vault from version n to n + 1."""
