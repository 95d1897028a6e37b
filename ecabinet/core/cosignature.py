"""What a witness says of a checkpoint: `c2sp.org/tlog-cosignature` 1.0.1, Ed25519 (`cosignature/v1`).

"At this time, of all trees of this log that I have seen to be of one history, this is the largest." Whoever asks for a
quorum of such words can't be shown a history that others are not shown.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.codec import AgencyCode
from ecabinet.core.ledger import ProofError
from ecabinet.core.signed_note import KeyKind, NoteKey, NoteSignature, SignedNote

_TIME_SIZE = 8
_SIGNATURE_SIZE = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A cosignature that was found true."""

    key: NoteKey
    at: datetime
    """By the witness's clock, in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCosignature:
    """Message: a checkpoint that a device has verified, the log's own note, with the device's cosignature below it."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCosignatures:
    """Message: what devices of a body have said last, the largest checkpoints first; each note may have many."""

    notes: tuple[str, ...]


def witness_key(name: str, private_key: Ed25519PrivateKey) -> NoteKey:
    """The verifier key of who cosigns with `private_key` under a name."""
    public = private_key.public_key().public_bytes_raw()
    return NoteKey(kind=KeyKind.COSIGNATURE, name=name, public_key=public)


def read_witness_key(text: str) -> NoteKey:
    """A witness's verifier key, as policies write it. Raises ProofError for any other."""
    key = NoteKey.from_text(text)
    if key.kind is not KeyKind.COSIGNATURE:
        raise ProofError("not a key that cosigns")
    return key


def device_witness_key(body: AgencyCode, device_key: bytes) -> NoteKey:
    """The verifier key with which a member's device (Ed25519, 32 bytes) cosigns: it counts for no quorum."""
    name = f"ecabinet/{body}/device/{hashlib.sha256(device_key).hexdigest()}"
    return NoteKey(kind=KeyKind.COSIGNATURE, name=name, public_key=device_key)


def cosigned_message(text: str, seconds: int) -> bytes:
    """What is signed: a fixed header, the time (seconds since 1970), the whole note text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def seconds_of(at: datetime) -> int:
    """A time as a cosignature has it."""
    return (at - _EPOCH) // timedelta(seconds=1)


def make_cosignature(key: NoteKey, seconds: int, signature: bytes) -> NoteSignature:
    """The signature line of who signed `cosigned_message` (Ed25519) at a time."""
    return NoteSignature(key.name, key.key_id, seconds.to_bytes(_TIME_SIZE, "big") + signature)


def cosign(text: str, name: str, private_key: Ed25519PrivateKey, at: datetime) -> NoteSignature:
    """A witness's signature on a checkpoint's text."""
    seconds = seconds_of(at)
    signature = private_key.sign(cosigned_message(text, seconds))
    return make_cosignature(witness_key(name, private_key), seconds, signature)


def open_cosignature(text: str, signature: NoteSignature, key: NoteKey) -> Cosignature:
    """What `key` says of a checkpoint's text. Raises ProofError unless it does."""
    data = signature.data
    if key.kind is not KeyKind.COSIGNATURE or not signature.is_by(key) or len(data) != _TIME_SIZE + _SIGNATURE_SIZE:
        raise ProofError("not a cosignature by this key")
    seconds = int.from_bytes(data[:_TIME_SIZE], "big")
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise ProofError("a cosignature's time is out of range") from error
    key.verify(data[_TIME_SIZE:], cosigned_message(text, seconds))
    return Cosignature(key=key, at=at)


def open_cosignatures(note: str, keys: Iterable[NoteKey]) -> tuple[Cosignature, ...]:
    """What each of these witnesses says below a note, one at most; others are passed over.

    Raises ProofError where it is no note, or where a signature by one of the keys is false.
    """
    signed = SignedNote.from_text(note)
    found = ((key, signed.by(key)) for key in dict.fromkeys(keys))
    return tuple(open_cosignature(signed.text, signature, key) for key, signature in found if signature is not None)
