"""Statements and envelopes: a fact somebody asserts, and the same fact signed.

A statement class says its own members; the five every statement has stand in `Statement`. The exact bytes that were
signed are what is kept, sent and checked for ever; they are never written anew.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar

from ecabinet.core import cades, canonical, codec
from ecabinet.core.canonical import Value
from ecabinet.core.codec import AgencyCode, Identifier, ReaderByForm
from ecabinet.core.signer import Signer

Nonce: TypeAlias = Annotated[str, re.compile(r"[0-9a-f]{32}")]
"""16 random bytes in hexadecimal, so that a digest reveals nothing of a guessable text."""


class UnknownStatementError(ValueError):
    """A statement of a type or version this program does not know: kept as bytes; a newer version may."""

    def __init__(self, kind: str, version: int) -> None:
        super().__init__(f"{kind} v{version}")
        self.kind = kind
        self.version = version


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What every statement says. `at` is the signer's own clock: a claim, by which nothing is judged."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]

    body: AgencyCode
    id: Identifier
    nonce: Nonce
    at: datetime
    seen: str | None
    """The whole signed checkpoint note the signer last verified; None only before the first."""

    def __bytes__(self) -> bytes:
        return codec.dump(self, v=self.VERSION, type=self.TYPE)


Kind = TypeVar("Kind", bound=type[Statement])
_KINDS: dict[tuple[str, int], type[Statement]] = {}


def statement(kind: str, version: int = 1) -> Callable[[Kind], Kind]:
    """Registers a statement class under its `type` and `v`, whose meaning never changes again."""

    def register(cls: Kind) -> Kind:
        if (kind, version) in _KINDS:
            raise TypeError(f"{kind} v{version} stands twice")
        cls.TYPE, cls.VERSION = kind, version
        _KINDS[kind, version] = cls
        return cls

    return register


def parse(data: bytes) -> Statement:
    """The statement whose exact bytes are `data`.

    Raises canonical.NotCanonicalError, codec.MalformedError, or UnknownStatementError.
    """
    text = canonical.normal_text(data)
    named = None if text is None else _NAMED.match(text, max(text.rfind('"type":'), 0))
    known = None if named is None else _KINDS.get((named[1], int(named[2])))
    if text is not None and known is not None:
        reader = _READERS.get(known)
        if reader is None:
            reader = _READERS[known] = ReaderByForm(known, {"type": known.TYPE, "v": known.VERSION})
        said = reader.read(text)
        if said is not None:
            return said
    return _parse_whatever(data)


_READERS: dict[type[Statement], ReaderByForm[Statement]] = {}
_NAMED = re.compile(r'"type":"([a-z._]+)","v":([0-9]{1,3})[,}]')
"""What a statement says it is, most likely: whether it is, its form tells."""


def _parse_whatever(data: bytes) -> Statement:
    value = canonical.decode(data)
    if not isinstance(value, dict):
        raise codec.MalformedError
    members: dict[str, Value] = dict(value)
    kind, version = members.pop("type", None), members.pop("v", None)
    if not isinstance(kind, str) or type(version) is not int:
        raise codec.MalformedError("type")
    cls = _KINDS.get((kind, version))
    if cls is None:
        raise UnknownStatementError(kind, version)
    return codec.from_value(cls, members)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A statement's exact bytes and the detached CAdES-B signature (DER) over them."""

    statement: bytes
    signature: bytes
    _digest: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 over statement and signature, each preceded by its length in 8 bytes: what a ledger entry holds."""
        if self._digest is None:
            said, signature = self.statement, self.signature
            parts = len(said).to_bytes(8, "big"), said, len(signature).to_bytes(8, "big"), signature
            object.__setattr__(self, "_digest", hashlib.sha256(b"".join(parts)).digest())
        return self._digest  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope whose signature holds: what it says, and which certificate signed. Whose that is: the register."""

    envelope: Envelope
    statement: Statement
    certificate: bytes
    """DER."""

    @property
    def digest(self) -> str:
        """The envelope's digest in hexadecimal, as other statements name it."""
        return self.envelope.digest.hex()

    @property
    def statement_digest(self) -> str:
        """SHA-256 of the statement's bytes, as a successor names what it replaces."""
        return canonical.digest(self.envelope.statement)


def sign(asserted: Statement, signer: Signer) -> Envelope:
    """Signs a statement. The signature's claimed time is the statement's own."""
    data = bytes(asserted)
    return Envelope(data, cades.sign(data, signer, asserted.at))


def open_envelope(envelope: Envelope, statement_digest: bytes | None = None) -> Opened:
    """Reads an envelope and checks its signature; not yet whose key it is.

    `statement_digest` is SHA-256 of the statement, where it is known. Raises what `parse` raises, or
    cades.BadSignature.
    """
    asserted = parse(envelope.statement)
    signature = cades.verify_digest(statement_digest or hashlib.sha256(envelope.statement).digest(), envelope.signature)
    return Opened(envelope, asserted, signature.signer_certificate)


def new_id(at: datetime) -> Identifier:
    """A UUIDv7 (RFC 9562 §5.7): ids made later sort later."""
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    bits = milliseconds << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def heading(body: AgencyCode, *, at: datetime, seen: str | None) -> Mapping[str, Any]:
    """The members every statement has, made fresh: `Opinion(**heading(…), ballot=…)`."""
    at = codec.whole_milliseconds(at)
    return {"body": body, "id": new_id(at), "nonce": secrets.token_hex(16), "at": at, "seen": seen}
