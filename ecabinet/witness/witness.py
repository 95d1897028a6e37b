"""The witness itself: reads a request, holds it against its record, cosigns, and answers only once that is kept."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.cosignature import cosign, witness_key
from ecabinet.core.signed_note import MOST_SIGNATURES, NoteKey, NoteSignature, SignedNote
from ecabinet.core.witnessing import read_request, require_continuation
from ecabinet.witness.records import Records


class Witness:
    """Shared by all threads."""

    def __init__(
        self,
        name: str,
        private_key: Ed25519PrivateKey,
        logs: Callable[[], Mapping[str, Sequence[NoteKey]]],
        *,
        records: Records,
        clock: Callable[[], datetime],
    ) -> None:
        """`logs`: as of now, by origin, the keys trusted for it."""
        self.key = witness_key(name, private_key)
        self._private_key, self._logs, self._records, self._clock = private_key, logs, records, clock
        self._deciding = threading.Lock()

    def add_checkpoint(self, text: str) -> NoteSignature:
        """The cosignature, once the checkpoint is on the disk. Raises Declined, DamagedRecord, OSError."""
        asked = read_request(text, self._logs())
        with self._deciding:
            last = self._records.last(asked.checkpoint.origin)
            require_continuation(asked, None if last is None else last.checkpoint)
            # Never before the one it follows, whatever became of this machine's clock.
            at = self._clock() if last is None else max(self._clock(), last.cosigned_at)
            cosignature = cosign(asked.signed.text, self.key.name, self._private_key, at)
            signatures = [each for each in asked.signed.signatures if not each.is_by(self.key)][: MOST_SIGNATURES - 1]
            self._records.advance(SignedNote(asked.signed.text, (cosignature, *signatures)))
        return cosignature
