"""What a kill may have left undone between the disk and the database, put right when a vault is opened."""

from sqlalchemy import Connection, select, update

from ecabinet.client.vault import schema
from ecabinet.client.vault.store import Vault
from ecabinet.core.codec import Digest


def tidy(vault: Vault) -> None:
    """Marks what is here and what is not, and removes files that nothing needs: purged ones among them."""
    vault.files.keep_only(vault.do(lambda db: _mark(db, vault)))


def _mark(db: Connection, vault: Vault) -> set[Digest]:
    files = schema.files
    for blob, was_here in db.execute(select(files.c.blob, files.c.is_here)).all():
        is_here = vault.files.holds(blob)
        if is_here != was_here:
            db.execute(update(files).where(files.c.blob == blob).values(is_here=is_here))
    needed = (files.c.blob, schema.draft_papers.c.digest, schema.evidence.c.digest, schema.uploads.c.blob)
    return {blob for column in needed for blob in db.scalars(select(column))}
