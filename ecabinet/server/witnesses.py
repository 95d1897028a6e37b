"""Witnesses, as the log sees them: asked in the background to cosign what it signed, and what they answered.

Promises: nobody who waits for an acceptance waits for a witness, and no witness for another; a cosignature is kept only
after it was found true; a witness that is slow, gone or mad costs a thread that sleeps. All are asked about the same
checkpoints, some seconds apart, so that there are some that a quorum has cosigned.
"""

import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select

from ecabinet.core.codec import AgencyCode
from ecabinet.core.cosignature import open_cosignature, read_witness_key
from ecabinet.core.ledger import ProofError
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.signed_note import NoteKey, NoteSignature, SignedNote, read_number, read_signatures
from ecabinet.core.witnessing import ADD_CHECKPOINT, AddCheckpoint, Status
from ecabinet.keys.authority_files import read_certificates
from ecabinet.server import schema
from ecabinet.server.errands import Errand, Failed, ask, is_web_address
from ecabinet.server.ledger import Ledger, View
from ecabinet.server.store import BodySession, Store

_BETWEEN_CHECKPOINTS = 2.0
"""Seconds from one checkpoint that witnesses are asked about to the next."""
_LOOKS_EVERY = 30.0
"""Seconds after which the ledgers are looked at even if nobody said that there is something new."""
_PATIENCE = 15.0
_LARGEST_ANSWER = 64 * 1024
_MOST_LOOKED_AT = 512


class BadWitness(ValueError):
    """A witness is not named as `VKEY URL`."""


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """A witness and where it is asked."""

    key: NoteKey
    url: str

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises BadWitness unless `text` is `VKEY URL`."""
        key, _, url = text.partition(" ")
        try:
            if not is_web_address(url.strip()):
                raise BadWitness(text)
            return cls(read_witness_key(key), url.strip().rstrip("/"))
        except (ProofError, ValueError) as error:
            raise BadWitness(text) from error


# ---------------------------------------------------------------- what they answered


def cosigned_note(session: BodySession, epoch: int, view: View) -> str:
    """The view's checkpoint, with what witnesses have said of it so far."""
    said = schema.Cosignature
    lines = session.scalars(select(said.line).where(said.epoch == epoch, said.size == view.size).order_by(said.key))
    return str(SignedNote.from_text(view.checkpoint).adding([NoteSignature.from_line(line) for line in lines]))


def largest_cosigned(session: BodySession, epoch: int, policy: WitnessPolicy) -> int | None:
    """The size of the largest checkpoint that as many have cosigned as the policy asks for; one at least."""
    said = schema.Cosignature
    asked = select(said.size, said.key).where(said.epoch == epoch).order_by(said.size.desc()).limit(_MOST_LOOKED_AT)
    witnesses: dict[int, set[str]] = defaultdict(set)
    for size, key in session.execute(asked):
        if not policy.keys or key in policy.keys:
            witnesses[size].add(key)
    return next((size for size, keys in witnesses.items() if len(keys) >= max(policy.quorum, 1)), None)


# ---------------------------------------------------------------- asking


class Witnesses:
    """Asks each witness from a thread of its own, from `start` to `close`."""

    def __init__(
        self,
        store: Store,
        ledger: Callable[[AgencyCode], Ledger],
        addresses: Iterable[WitnessAddress],
        ca: Path | None = None,
    ) -> None:
        """`ca` (PEM) issued certificates of witnesses, beside the authorities the system trusts.

        Raises UnreadablePem, OSError.
        """
        context = ssl.create_default_context()
        if ca is not None:
            authorities = read_certificates(ca)
            context.load_verify_locations(cadata=b"".join(each.public_bytes(Encoding.DER) for each in authorities))
        targets = _Targets()
        self._askers = [_Asker(each, context, store, ledger, targets) for each in addresses]

    def start(self) -> None:
        for asker in self._askers:
            asker.start()

    def close(self) -> None:
        """Nobody is asked any more; who is being asked is not waited for."""
        for asker in self._askers:
            asker.close()

    def wake(self, *_: object) -> None:
        """There may be something new. From any thread; never waits."""
        for asker in self._askers:
            asker.wake()


class _Targets:
    """Which checkpoints all witnesses are asked about."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chosen: dict[tuple[AgencyCode, int], tuple[int, float]] = {}

    def size(self, body: AgencyCode, epoch: int, size: int) -> int:
        """The size to be asked about, now that the ledger has `size`."""
        with self._lock:
            now = time.monotonic()
            known, chosen_at = self._chosen.get((body, epoch), (0, -_BETWEEN_CHECKPOINTS))
            if known < size and now - chosen_at >= _BETWEEN_CHECKPOINTS:
                known = size
                self._chosen[body, epoch] = (size, now)
            return known


class _Asker(Errand):
    """One witness, and what it is known to have cosigned."""

    kind = "witness"

    def __init__(
        self,
        address: WitnessAddress,
        context: ssl.SSLContext,
        store: Store,
        ledger: Callable[[AgencyCode], Ledger],
        targets: _Targets,
    ) -> None:
        super().__init__()
        self.name = address.key.name
        self._address, self._context = address, context
        self._store, self._ledger, self._targets = store, ledger, targets
        self._cosigned: dict[tuple[AgencyCode, int], int] = {}

    def do(self) -> float:
        return _BETWEEN_CHECKPOINTS if self._ask_about_all() else _LOOKS_EVERY

    def _ask_about_all(self) -> bool:
        """Whether there is more to be asked about before long."""
        is_behind, failure = False, None
        for body in self._store.bodies():
            try:
                is_behind |= self._ask_about(body.code)
            except (Failed, ProofError) as error:  # of this log: the witness may well know the others
                failure = error
        if failure is not None:
            raise failure
        return is_behind

    def _ask_about(self, body: AgencyCode) -> bool:
        ledger = self._ledger(body)
        with self._store.reading(body) as session:
            epoch, size = ledger.catch_up(session).epoch, session.body.size
            said = schema.Cosignature
            own = select(func.max(said.size)).where(said.epoch == epoch, said.key == self._address.key.text())
            cosigned = self._cosigned.setdefault((body, epoch), session.scalar(own) or 0)
        target = self._targets.size(body, epoch, size)
        if cosigned < target:
            view = ledger.view(target)
            self._keep(body, epoch, view, self._ask(body, epoch, view, cosigned))
        return target < size

    def _ask(self, body: AgencyCode, epoch: int, view: View, cosigned: int) -> NoteSignature:
        """The witness's cosignature. Raises Failed, ProofError, OSError, HTTPException."""
        status, text = self._post(view, cosigned)
        if status == Status.CONFLICT:
            said = read_number(text.removesuffix("\n"))
            if not said < view.size or said == cosigned:
                # It saw a larger tree under this key, or another of this size: this database is not what it was.
                raise Failed(f"conflict: it has cosigned {said} entries, and these are not their continuation")
            self._cosigned[body, epoch] = said
            status, text = self._post(view, said)
        if status != Status.COSIGNED:
            raise Failed(f"status {status}")
        signature = next((each for each in read_signatures(text) if each.is_by(self._address.key)), None)
        if signature is None:
            raise Failed("another key answers")
        open_cosignature(SignedNote.from_text(view.checkpoint).text, signature, self._address.key)
        return signature

    def _post(self, view: View, cosigned: int) -> tuple[int, str]:
        request = AddCheckpoint(old_size=cosigned, proof=view.consistency(cosigned), note=view.checkpoint)
        status, data = ask(
            self._address.url + ADD_CHECKPOINT,
            request.text().encode(),
            "text/plain",
            context=self._context,
            seconds=_PATIENCE,
            limit=_LARGEST_ANSWER,
        )
        try:
            return status, data.decode()
        except UnicodeDecodeError as error:
            raise Failed("an answer that is no text") from error

    def _keep(self, body: AgencyCode, epoch: int, view: View, signature: NoteSignature) -> None:
        key, line = self._address.key.text(), signature.line().removesuffix("\n")
        with self._store.writing(body) as session:
            session.merge(schema.Cosignature(body_id=session.body_id, epoch=epoch, size=view.size, key=key, line=line))
        self._cosigned[body, epoch] = view.size
