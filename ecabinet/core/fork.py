"""Evidence that a log signed two histories: what a client keeps when it finds out, and how a stranger judges it.

Two checkpoints of one size with different roots convict by themselves. Of two sizes, the evidence names the root that
the first leaves of the *larger* tree have, with the RFC 6962 consistency path which shows that; if it is not the root
that was signed for the smaller tree, the log signed two histories, and nobody else can have done it.
"""

from dataclasses import dataclass
from enum import StrEnum

from ecabinet.core import codec
from ecabinet.core.cades import BadSignature
from ecabinet.core.certificates import BadCertificate
from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint, origin_of, unverified
from ecabinet.core.codec import AgencyCode
from ecabinet.core.envelope import Envelope, Opened, open_envelope, parse
from ecabinet.core.ledger import ProofError, verify_consistency
from ecabinet.core.register import BodyFounded, EpochStarted, Register, RegisterError


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


class ForkVerdict(StrEnum):
    """What comes of two checkpoints."""

    CONVICTED = "convicted"
    """The log signed two histories."""
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


def read_fork(data: bytes) -> ForkEvidence:
    """Raises UnreadableEvidence, whatever it is fed."""
    try:
        return codec.load(ForkEvidence, data)
    except ValueError as error:
        raise UnreadableEvidence from error


def check_fork(evidence: ForkEvidence, anchors: tuple[bytes, ...]) -> ForkFacts:
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
        verdict=_judge(evidence, anchors),
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
    match is_convicting(known, shown, evidence.root, evidence.path):
        case True:
            return ForkVerdict.CONVICTED
        case False:
            return ForkVerdict.ONE_HISTORY
        case None:
            return ForkVerdict.OPEN


def _log_keys(register: Register, founding: Opened, evidence: ForkEvidence) -> dict[str, LogKey]:
    """The log key of every epoch, by origin. Raises RegisterError unless the registrar named it."""
    keys = {register.log_key.name: register.log_key}
    for envelope in evidence.epochs:
        opened = open_envelope(envelope)
        started = opened.statement
        is_his = opened.certificate == founding.certificate and started.body == register.founding.body
        if not is_his or not isinstance(started, EpochStarted):
            raise RegisterError("not the registrar's epoch")
        origin = origin_of(started.body, started.epoch)
        keys[origin] = LogKey(name=origin, public_key=started.log_key)
    return keys
