"""Makes what is kept of a result that passes over an opinion evidence for anybody: with everything's place in one tree.

The alarm is raised as soon as the result is here, without asking the server anything. The proofs come from the ledger's
tiles afterwards, in this round or a later one; a server that will not show them leaves the receipt to speak.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, update

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import RefusedByServer
from ecabinet.client.sync.apply import body_row
from ecabinet.client.sync.results import omissions_told
from ecabinet.client.vault import schema
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec
from ecabinet.core.ballots import BallotResult
from ecabinet.core.checkpoint import Receipt, open_checkpoint, unverified
from ecabinet.core.codec import AgencyCode, Identifier
from ecabinet.core.envelope import open_envelope
from ecabinet.core.ledger import Entry, ProofError, leaf_hash
from ecabinet.core.omission import OmissionEvidence
from ecabinet.core.protocol import PlacedEnvelope
from ecabinet.core.register import Register
from ecabinet.core.statements import tag_of
from ecabinet.core.tiles import TiledTree


class Omissions:
    """Of one body. The vault is only touched through the serial lane."""

    def __init__(self, vault: Vault, remote: Remote, body: AgencyCode) -> None:
        self._vault, self._remote, self._body = vault, remote, body

    def prove(self) -> bool:
        """Asks for nothing while there is nothing to be proven; whether something was. Raises RemoteError."""
        register, note, kept = self._vault.do(self._unproven)
        proven = {}
        for alarm, evidence in kept.items():
            if register is None or note is None or _is_lost(evidence, register):
                continue
            try:
                proven[alarm] = self._proven(evidence, register, note)
            except (ProofError, IndexError, RefusedByServer):
                continue  # what was kept first stands
        if proven:
            self._vault.do(partial(_keep, proven=proven))
        return bool(proven)

    def _unproven(self, db: Connection) -> tuple[Register | None, str | None, Mapping[Identifier, OmissionEvidence]]:
        open_ones = {alarm: each for alarm, each in omissions_told(db, self._body).items() if each.shown is None}
        if not open_ones:
            return None, None, {}
        return self._vault.registers.of(db, self._body), body_row(db, self._body).checkpoint, open_ones

    def _proven(self, evidence: OmissionEvidence, register: Register, note: str) -> OmissionEvidence:
        shown, epoch = open_checkpoint(note, register.log_key), register.epoch
        tree = TiledTree(shown.size, shown.root, lambda tile: self._remote.tile(self._body, epoch, tile))
        return replace(
            evidence,
            register=_placed(evidence.register, tree),
            ballot=_placed(evidence.ballot, tree),
            opinion=_placed([evidence.opinion], tree)[0],
            shown=note,
            seen=_from_seen(evidence, tree),
        )


def _placed(kept: Iterable[PlacedEnvelope], tree: TiledTree) -> tuple[PlacedEnvelope, ...]:
    return tuple(replace(each, placed=replace(each.placed, path=_path(each, tree))) for each in kept)


def _path(each: PlacedEnvelope, tree: TiledTree) -> tuple[bytes, ...]:
    opened, placed = open_envelope(each.envelope), each.placed
    entry = Entry(tag=tag_of(opened), envelope_digest=opened.envelope.digest, accepted_at=placed.accepted_at)
    return tree.prove_leaf(leaf_hash(bytes(entry)), placed.leaf)


def _from_seen(evidence: OmissionEvidence, tree: TiledTree) -> tuple[bytes, ...]:
    """From the checkpoint that the result's signer had seen."""
    said = (open_envelope(each.envelope).statement for each in evidence.ballot)
    note = next((each.seen for each in said if isinstance(each, BallotResult)), None)
    return () if note is None else tree.consistency_proof(unverified(note).size)


def _is_lost(evidence: OmissionEvidence, register: Register) -> bool:
    """Whether no tree has the opinion any more: it was beyond the leaf with which the next epoch begins."""
    if evidence.receipt is None:
        return False
    end = register.epochs.end_of(unverified(Receipt.from_text(evidence.receipt).note).origin)
    return end is not None and end <= evidence.opinion.placed.leaf


def _keep(db: Connection, proven: Mapping[Identifier, OmissionEvidence]) -> None:
    for alarm, evidence in proven.items():
        db.execute(update(schema.alarms).where(schema.alarms.c.id == alarm).values(evidence=codec.dump(evidence)))
