"""Receipts that witnesses stand behind: those kept here are proven anew to a checkpoint that a quorum has cosigned.

Acceptance waits for no witness, so a receipt has no cosignature when it comes. Later the same entry is shown, by the
ledger's tiles, to stand in a tree that the witnesses of the signed policy have seen.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, func, select, update

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import BadAnswer, RefusedByServer
from ecabinet.client.sync.history import History
from ecabinet.client.vault import schema
from ecabinet.client.vault.store import Vault
from ecabinet.core.checkpoint import Receipt, open_checkpoint
from ecabinet.core.codec import AgencyCode, Identifier
from ecabinet.core.cosignature import open_cosignatures, read_witness_key
from ecabinet.core.ledger import ProofError, leaf_hash
from ecabinet.core.protocol import Reason
from ecabinet.core.register import Register, WitnessPolicy
from ecabinet.core.signed_note import NoteKey
from ecabinet.core.tiles import TiledTree


class WitnessedReceipts:
    """Of one body."""

    def __init__(self, vault: Vault, remote: Remote, body: AgencyCode, history: History) -> None:
        self._vault, self._remote, self._body, self._history = vault, remote, body, history

    def renew(self) -> frozenset[Identifier]:
        """The ballots of which receipts have got witnesses. Raises Fork, RemoteError.

        Asks for nothing while no receipt lacks them, or the policy names none.
        """
        register, receipts = self._vault.do(self._unwitnessed)
        if register is None or not receipts:
            return frozenset()
        try:
            note = self._remote.cosigned(self._body, register.epoch)
        except RefusedByServer as error:
            if error.refusal.reason is Reason.UNKNOWN:  # nothing cosigned yet, or a server that does not know this
                return frozenset()
            raise
        try:
            renewed = self._renewed(register, receipts, note)
        except ProofError as error:
            raise BadAnswer from error
        return self._vault.do(partial(_keep, renewed=renewed))

    def _renewed(
        self, register: Register, receipts: Mapping[Identifier, Receipt], note: str
    ) -> Mapping[Identifier, Receipt]:
        checkpoint = open_checkpoint(note, register.log_key)
        covered = {each: receipt for each, receipt in receipts.items() if receipt.index < checkpoint.size}
        if not covered or not is_witnessed(note, register.founding.witnesses):
            return {}
        self._history.join_checkpoint(note)
        epoch = register.epoch
        tree = TiledTree(checkpoint.size, checkpoint.root, lambda tile: self._remote.tile(self._body, epoch, tile))
        return {
            each: replace(receipt, path=tree.prove_leaf(leaf_hash(bytes(receipt.entry)), receipt.index), note=note)
            for each, receipt in covered.items()
        }

    def _unwitnessed(self, db: Connection) -> tuple[Register | None, Mapping[Identifier, Receipt]]:
        register = self._vault.registers.of(db, self._body)
        if register is None or not register.founding.witnesses.keys:
            return register, {}
        kept, said = schema.receipts.c, schema.statements.c
        rows = db.execute(
            select(kept.statement, kept.text)
            .join(schema.statements, said.id == kept.statement)
            .where(said.body == self._body)
        )
        receipts = {row.statement: Receipt.from_text(row.text) for row in rows}
        policy = register.founding.witnesses
        return register, {each: receipt for each, receipt in receipts.items() if not is_witnessed(receipt.note, policy)}


def is_witnessed(note: str, policy: WitnessPolicy) -> bool:
    """Whether as many of the policy's witnesses as it asks for, and one at least, have cosigned. Raises ProofError."""
    return cosigned_by(note, policy) >= max(policy.quorum, 1)


def cosigned_by(note: str, policy: WitnessPolicy) -> int:
    """How many of the policy's witnesses have. Raises ProofError."""
    keys = {key.public_key: key for key in map(_key, policy.keys) if key is not None}
    return len(open_cosignatures(note, keys.values()))


def _key(text: str) -> NoteKey | None:
    try:
        return read_witness_key(text)
    except ProofError:
        return None


def devices_beyond(db: Connection, body: AgencyCode, leaf: int, log: str) -> int:
    """How many other devices have cosigned a checkpoint of a log, of this history, with a leaf in it."""
    said, seen = schema.device_words.c, schema.checkpoints.c
    of_log = seen.note.startswith(f"{log}\n", autoescape=True) & seen.is_checked & (seen.size > leaf)
    asked = select(func.count()).select_from(schema.device_words).join(schema.checkpoints, seen.note == said.note)
    return db.scalar(asked.where(said.body == body, of_log)) or 0


def _keep(db: Connection, renewed: Mapping[Identifier, Receipt]) -> frozenset[Identifier]:
    table, said = schema.receipts, schema.statements.c
    for statement, receipt in renewed.items():
        size = int(receipt.note.split("\n")[1])
        values = {"text": receipt.text(), "tree_size": size}
        db.execute(update(table).where(table.c.statement == statement).values(values))
    things = select(said.thing).where(said.id.in_(renewed), said.thing.is_not(None))
    return frozenset(each for each in db.scalars(things) if each is not None)
