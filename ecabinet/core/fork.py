"""Evidence that a log signed two histories: what a client keeps when it finds out, and how a stranger judges it.

Two checkpoints of one size with different roots convict by themselves. Of two sizes, the evidence names the root that
the first leaves of the *larger* tree have, with the RFC 6962 consistency path which shows that; if it is not the root
that was signed for the smaller tree, the log signed two histories, and nobody else can have done it.

Where a new epoch lies between the two (`epochs`), the later log goes on with what the earlier one left: it is held
against it in the same way, and a checkpoint beyond that against the last one that the registrar named.
"""

from dataclasses import dataclass
from enum import StrEnum

from ecabinet.core import codec
from ecabinet.core.cades import BadSignature
from ecabinet.core.certificates import BadCertificate
from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint, origin_of, unverified
from ecabinet.core.codec import AgencyCode
from ecabinet.core.envelope import Envelope, Opened, open_envelope, parse
from ecabinet.core.epochs import Epochs, Extent
from ecabinet.core.ledger import Entry, ProofError, leaf_hash, verify_consistency, verify_inclusion
from ecabinet.core.protocol import PlacedEnvelope
from ecabinet.core.register import BodyFounded, EpochStarted, Register, RegisterError, register_tag


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkEvidence:
    """Two notes signed by one log: an older history, and one that does not continue it."""

    body: AgencyCode
    founding: Envelope
    """Whose log it is."""
    epochs: tuple[Envelope, ...]
    """Every `epoch` statement since."""
    known: str
    """The note that was verified first, and the one that was shown in its place."""
    shown: str
    root: bytes | None
    """Of the larger tree cut to the smaller one's size; None if the sizes are equal, or nobody could be got to show."""
    path: tuple[bytes, ...]
    """The consistency path from it to the larger tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochEvidence:
    """A note signed by the log of one epoch, and one of a later epoch in which it has no place."""

    body: AgencyCode
    founding: Envelope
    epochs: tuple[PlacedEnvelope, ...]
    """Every `epoch` statement there is, in order, with its path in `shown`."""
    known: str
    shown: str
    root: bytes | None
    """As in `ForkEvidence`."""
    path: tuple[bytes, ...]


class ForkVerdict(StrEnum):
    """What comes of two checkpoints."""

    CONVICTED = "convicted"
    """The log signed two histories."""
    CUT_SHORT = "history_cut_short"
    """The registrar began a new epoch, and named less of the old log than it had signed."""
    ONE_HISTORY = "one_history"
    """The later one continues the earlier: there is no fork."""
    OPEN = "open"
    """Both are signed; that they are of two histories the evidence does not show."""
    FORGED = "forged"
    """Not this log's words: something in it is not signed by whom it says."""
    OTHER_REGISTRAR = "other_registrar"
    """Its registrar is not one that the verifier trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkFacts:
    """What evidence of a fork comes to."""

    verdict: ForkVerdict
    body: AgencyCode
    body_name: str
    origin: str
    known_size: int
    shown_size: int


class UnreadableEvidence(ValueError):
    """It is not evidence of a fork."""


def read_fork(data: bytes) -> ForkEvidence | EpochEvidence:
    """Raises UnreadableEvidence, whatever it is fed."""
    try:
        return codec.load(ForkEvidence, data)
    except ValueError:
        pass
    try:
        return codec.load(EpochEvidence, data)
    except ValueError as error:
        raise UnreadableEvidence from error


def check_fork(evidence: ForkEvidence | EpochEvidence, anchors: tuple[bytes, ...]) -> ForkFacts:
    """Judges evidence for somebody who trusts `anchors` (DER). Raises UnreadableEvidence, and nothing else."""
    try:
        known, shown, founding = (
            unverified(evidence.known),
            unverified(evidence.shown),
            parse(evidence.founding.statement),
        )
    except ValueError as error:
        raise UnreadableEvidence from error
    return ForkFacts(
        verdict=_judge(evidence, anchors) if isinstance(evidence, ForkEvidence) else _judge_epochs(evidence, anchors),
        body=evidence.body,
        body_name=founding.name if isinstance(founding, BodyFounded) else "",
        origin=known.origin,
        known_size=known.size,
        shown_size=shown.size,
    )


def is_convicting(known: Checkpoint, shown: Checkpoint, root: bytes | None, path: tuple[bytes, ...]) -> bool | None:
    """Whether two checkpoints that one log signed are of two histories; None if that is not shown."""
    smaller, larger = sorted((known, shown), key=lambda each: each.size)
    if smaller.size == larger.size:
        return smaller.root != larger.root
    if root is None:
        return None
    try:
        verify_consistency(smaller.size, larger.size, path, root, larger.root)
    except ProofError:
        return None
    return root != smaller.root


def _judge(evidence: ForkEvidence, anchors: tuple[bytes, ...]) -> ForkVerdict:
    try:
        opened = open_envelope(evidence.founding)
        register = Register.found(opened)
        keys = _log_keys(register, opened, evidence)
        known = open_checkpoint(evidence.known, keys[unverified(evidence.known).origin])
        shown = open_checkpoint(evidence.shown, keys[unverified(evidence.shown).origin])
    except (BadCertificate, BadSignature, KeyError, ValueError):  # ProofError and RegisterError are ValueErrors
        return ForkVerdict.FORGED
    if register.founding.body != evidence.body or known.origin != shown.origin:
        return ForkVerdict.FORGED
    if not register.is_anchored(anchors, register.founding.at):
        return ForkVerdict.OTHER_REGISTRAR
    return _VERDICTS[is_convicting(known, shown, evidence.root, evidence.path)]


def _judge_epochs(evidence: EpochEvidence, anchors: tuple[bytes, ...]) -> ForkVerdict:
    try:
        opened = open_envelope(evidence.founding)
        register = Register.found(opened)
        epochs = _placed_epochs(register, opened, evidence)
        known, shown = epochs.open(evidence.known), open_checkpoint(evidence.shown, epochs.last.log_key)
    except (BadCertificate, BadSignature, OverflowError, ValueError):  # no entry has a time before 1970
        return ForkVerdict.FORGED
    if register.founding.body != evidence.body or known.origin == shown.origin:
        return ForkVerdict.FORGED
    if not register.is_anchored(anchors, register.founding.at):
        return ForkVerdict.OTHER_REGISTRAR
    extent = epochs.extent(known)
    if extent is Extent.KEPT:
        return _VERDICTS[is_convicting(known, shown, evidence.root, evidence.path)]
    return _LOST[extent]


_LOST = {
    Extent.LOST: ForkVerdict.ONE_HISTORY,
    Extent.CUT_SHORT: ForkVerdict.CUT_SHORT,
    Extent.OTHER: ForkVerdict.CONVICTED,
}
_VERDICTS = {True: ForkVerdict.CONVICTED, False: ForkVerdict.ONE_HISTORY, None: ForkVerdict.OPEN}


def _placed_epochs(register: Register, founding: Opened, evidence: EpochEvidence) -> Epochs:
    """The logs of the body, each where the last one has it. Raises ProofError, RegisterError."""
    epochs, shown = register.epochs, unverified(evidence.shown)
    for placed in evidence.epochs:
        started, opened = _opened_epoch(placed.envelope, register, founding)
        tag = register_tag(started.body)
        entry = Entry(tag=tag, envelope_digest=opened.envelope.digest, accepted_at=placed.placed.accepted_at)
        leaf = placed.placed.leaf
        verify_inclusion(leaf_hash(bytes(entry)), leaf, shown.size, placed.placed.path, shown.root)
        epochs.begin(started.epoch, started.log_key, started.last_checkpoint, leaf)
    return epochs


def _opened_epoch(envelope: Envelope, register: Register, founding: Opened) -> tuple[EpochStarted, Opened]:
    opened = open_envelope(envelope)
    started = opened.statement
    is_his = opened.certificate == founding.certificate and started.body == register.founding.body
    if not is_his or not isinstance(started, EpochStarted):
        raise RegisterError("not the registrar's epoch")
    return started, opened


def _log_keys(register: Register, founding: Opened, evidence: ForkEvidence) -> dict[str, LogKey]:
    """The log key of every epoch, by origin. Raises RegisterError unless the registrar named it."""
    keys = {register.log_key.name: register.log_key}
    for envelope in evidence.epochs:
        started, _ = _opened_epoch(envelope, register, founding)
        origin = origin_of(started.body, started.epoch)
        keys[origin] = LogKey(name=origin, public_key=started.log_key)
    return keys
