"""What is shared of notes: one's own shares and those of others, their keys, and what is in them.

Others' notes are kept apart from one's own, by the share they came in, and go with it.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, delete, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode, Identifier, Name
from ecabinet.core.notes import NoteEdit, NoteShare, SharedNote, WrappedKey
from ecabinet.core.notes.sharing import living

_PASSED_OVER = b""
"""In place of a signature: a state of one's own that is not for the readers, as one that another stands in for."""
_shares, _notes, _keys = schema.note_shares, schema.shared_notes, schema.share_keys


def keep_own_share(db: Connection, body: AgencyCode, share: NoteShare, secret: bytes) -> None:
    """A share that was made here, until it is pushed and after."""
    states = {"secret": secret, "is_checked": True, "is_pushed": False, "snapshot": 0}
    db.execute(insert(_shares).values(**_share_row(body, share), **states))


def keep_share(db: Connection, body: AgencyCode, share: NoteShare, snapshot: int) -> None:
    """A share as the server tells of it; one that is known stays as it was."""
    states = {"is_checked": False, "is_pushed": True, "snapshot": snapshot}
    added = insert(_shares).values(**_share_row(body, share), **states)
    told = {"is_pushed": True, "snapshot": snapshot}
    db.execute(added.on_conflict_do_update(index_elements=["share"], set_=told))


def keep_key(db: Connection, body: AgencyCode, key: WrappedKey, *, is_pushed: bool) -> None:
    """A wrapped key of a share; one that is known stays."""
    row = {"share": key.key, "device": key.device, "by": key.by, "wrapped": key.wrapped, "signature": key.signature}
    db.execute(insert(_keys).values(**row, body=body, is_pushed=is_pushed).on_conflict_do_nothing())


def keep_note(db: Connection, body: AgencyCode, note: SharedNote) -> None:
    """A note that is in a share; one that is known stays. Without ciphertext: only that it is there."""
    row = {"share": note.share, "edit": note.edit, "note": note.note, "by": note.by, "signature": note.signature}
    added = insert(_notes).values(**row, body=body, ciphertext=note.ciphertext or None)
    said = {"by": added.excluded.by, "signature": added.excluded.signature}
    is_passed_over = _notes.c.signature == _PASSED_OVER
    db.execute(added.on_conflict_do_update(index_elements=["share", "edit"], set_=said, where=is_passed_over))


def pass_over(db: Connection, body: AgencyCode, share: NoteShare, edits: Iterable[NoteEdit]) -> None:
    """States of one's own that need not be looked at again for this share."""
    for edit in edits:
        row = {"share": share.share, "edit": edit.edit, "note": edit.note, "by": "", "signature": _PASSED_OVER}
        db.execute(insert(_notes).values(**row, body=body).on_conflict_do_nothing())


def holding(db: Connection, body: AgencyCode, author: Name, *, document: Identifier | None = None) -> list[NoteShare]:
    """An author's shares that hold, oldest first: believed, refused by nobody, and replaced by none of the others."""
    asked = select(_shares.c.content).where(_shares.c.body == body, _shares.c.author == author)
    asked = asked.where(_shares.c.is_checked, _shares.c.refusal.is_(None))
    if document is not None:
        asked = asked.where(_shares.c.document == document)
    return living([codec.load(NoteShare, content) for content in db.scalars(asked)])


def given(share: Identifier) -> Select[Any]:
    """What the readers of a share have been given."""
    return select(_notes).where(_notes.c.share == share, _notes.c.signature != _PASSED_OVER)


def forget(db: Connection, share: Identifier) -> set[Identifier]:
    """A share is not seen any more, and nothing that was in it; the papers it was on."""
    documents = set(db.scalars(delete(_shares).where(_shares.c.share == share).returning(_shares.c.document)))
    for table in (_notes, _keys):
        db.execute(delete(table).where(table.c.share == share))
    return documents


def _share_row(body: AgencyCode, share: NoteShare) -> dict[str, Any]:
    return {
        "share": share.share,
        "body": body,
        "author": share.author,
        "document": share.document,
        "note": share.note,
        "content": codec.dump(share),
    }
