"""A receipt as a file that goes its own way: what an elector holds in his hand, should his opinion ever be missing.

A zip file, in the one form of `evidence.container`, of the opinion with its signature, the receipt for it, and what the
registrar signed of the log's keys and of the elector's. docs/evidence.md §5.1 is normative, and has the commands that
check it with stock tools and the registrar's certificate.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from ecabinet.core.ballots import Opinion
from ecabinet.core.cades import BadSignature
from ecabinet.core.certificates import BadCertificate, describe
from ecabinet.core.checkpoint import LogKey, Receipt, origin_of, unverified
from ecabinet.core.codec import AgencyCode, Identifier, Name
from ecabinet.core.cosignature import Cosignature, open_cosignatures, read_witness_key
from ecabinet.core.envelope import Envelope, Opened, open_envelope, parse
from ecabinet.core.evidence import container
from ecabinet.core.fork import UnreadableEvidence
from ecabinet.core.ledger import ProofError
from ecabinet.core.register import BodyFounded, Enrolled, EpochStarted, Register, RegisterError
from ecabinet.core.signed_note import NoteKey
from ecabinet.core.statements import tag_of

README = "README.txt"
"""The first file in it, by which it is told from a bundle."""
_PROOF = "receipt.tlog-proof"
_LOG = re.compile(r"log-([1-9][0-9]{0,8})\.json")
_ABOUT = """GIẤY GHI NHẬN Ý KIẾN

Tệp này chứng minh: máy chủ đã ký xác nhận ý kiến trong opinion.json đứng trong sổ ghi nhận, ở vị trí và thời điểm ghi
trong receipt.tlog-proof; và khóa đã ký ý kiến là của người nêu trong elector.json, do người phụ trách đăng ký xác nhận.
Nếu receipt.tlog-proof có chữ ký của nhân chứng, thì nhân chứng đã thấy sổ ghi nhận có ý kiến này. Tệp này không chứng
minh ý kiến đã được tính vào kết quả: việc đó do hồ sơ chứng cứ của phiếu chứng minh. Ý kiến trong tệp không được mã
hóa. Cách kiểm tra: ecabinet-verify receipt.zip --trust PEM, hoặc docs/evidence.md, mục 5.1.

RECEIPT FOR AN OPINION

This proves that the server signed that the opinion in opinion.json stands in the ledger, at the place and time in
receipt.tlog-proof; and that the key which signed the opinion is that of the person in elector.json, as the registrar
confirmed. Where witnesses have signed in receipt.tlog-proof, they have seen the ledger with this opinion in it. It does
not prove that the opinion was counted: the ballot's evidence bundle does. The opinion is not encrypted here. How to
check it: ecabinet-verify receipt.zip --trust PEM, or docs/evidence.md, section 5.1.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """What is in it."""

    opinion: Envelope
    receipt: str
    logs: tuple[tuple[int, Envelope], ...]
    """What the registrar signed of the log's keys, by epoch: 1 is the founding."""
    elector: Envelope | None
    """The `enrolled` of the key that signed."""


class ReceiptVerdict(StrEnum):
    """What comes of it."""

    ACKNOWLEDGED = "acknowledged"
    """The log acknowledged this opinion of this person, at this place and time."""
    AUTHOR_NOT_SHOWN = "author_not_shown"
    """It acknowledged it; that the registrar confirmed the key, and that it was in date, is not shown."""
    FORGED = "receipt_forged"
    """Something in it is not signed by whom it says, or is for something else."""
    OTHER_REGISTRAR = "receipt_other_registrar"
    """Its registrar is not one that the verifier trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessWord:
    """That a witness had seen the tree by then."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """What the file comes to, and what it says of itself."""

    verdict: ReceiptVerdict
    body: AgencyCode
    body_name: str
    time_zone: str
    ballot: Identifier
    elector: Name
    office: str
    """In which he answered."""
    leaf: int
    accepted_at: datetime
    witnesses: tuple[WitnessWord, ...]
    """Those of the founding's policy that cosigned; none unless the verdict is about a log's own word."""
    quorum: int


def write_receipt(file: ReceiptFile) -> bytes:
    """The one zip file of it."""
    return container.write(_entries(file))


def _entries(file: ReceiptFile) -> Iterator[tuple[str, bytes]]:
    yield README, _ABOUT.encode()
    yield from _signed("opinion", file.opinion)
    yield _PROOF, file.receipt.encode()
    for number, envelope in file.logs:
        yield from _signed(f"log-{number}", envelope)
    if file.elector is not None:
        yield from _signed("elector", file.elector)


def _signed(name: str, envelope: Envelope) -> Iterator[tuple[str, bytes]]:
    yield f"{name}.json", envelope.statement
    yield f"{name}.p7s", envelope.signature


def read_receipt(file: BinaryIO) -> ReceiptFile:
    """Raises UnreadableBundle, UnreadableEvidence, whatever it is fed."""
    contents = {
        name: content.data or b"" for name, content in container.read(file, care=lambda _: container.Care.KEEP).items()
    }

    def envelope(name: str) -> Envelope:
        return Envelope(contents[f"{name}.json"], contents[f"{name}.p7s"])

    try:
        numbers = [int(found[1]) for found in map(_LOG.fullmatch, contents) if found is not None]
        read = ReceiptFile(
            opinion=envelope("opinion"),
            receipt=contents[_PROOF].decode(),
            logs=tuple((number, envelope(f"log-{number}")) for number in numbers),
            elector=envelope("elector") if "elector.json" in contents else None,
        )
    except (KeyError, ValueError) as error:
        raise UnreadableEvidence from error
    # Whatever else is in it was put there by somebody, and would be taken for a part of what is checked.
    if list(contents) != [name for name, _ in _entries(read)]:
        raise UnreadableEvidence
    return read


def check_receipt(file: ReceiptFile, anchors: tuple[bytes, ...]) -> ReceiptFacts:
    """Judges it for somebody who trusts `anchors` (DER). Raises UnreadableEvidence, and nothing else."""
    try:
        opinion, receipt = parse(file.opinion.statement), Receipt.from_text(file.receipt)
        founding = parse(dict(file.logs)[1].statement)
    except (ValueError, KeyError) as error:
        raise UnreadableEvidence from error
    if not isinstance(opinion, Opinion) or not isinstance(founding, BodyFounded):
        raise UnreadableEvidence
    witnesses: tuple[Cosignature, ...] = ()
    try:
        verdict, witnesses = _judge(file, receipt, anchors)
    except (BadCertificate, BadSignature, ValueError):  # ProofError and RegisterError are ValueErrors
        verdict = ReceiptVerdict.FORGED
    return ReceiptFacts(
        verdict=verdict,
        body=founding.body,
        body_name=founding.name,
        time_zone=founding.time_zone,
        ballot=opinion.ballot,
        elector=opinion.elector,
        office=opinion.capacity,
        leaf=receipt.index,
        accepted_at=receipt.entry.accepted_at,
        witnesses=tuple(WitnessWord(name=each.key.name, at=each.at) for each in witnesses),
        quorum=founding.witnesses.quorum,
    )


def _judge(
    file: ReceiptFile, receipt: Receipt, anchors: tuple[bytes, ...]
) -> tuple[ReceiptVerdict, tuple[Cosignature, ...]]:
    """Raises BadCertificate, BadSignature, ValueError."""
    logs = {number: open_envelope(each) for number, each in file.logs}
    register = Register.found(logs[1])
    if not register.is_anchored(anchors, register.founding.at):
        return ReceiptVerdict.OTHER_REGISTRAR, ()
    opinion = open_envelope(file.opinion)
    if opinion.statement.body != register.founding.body:
        raise RegisterError("of another body")
    key = _log_key(register, logs, unverified(receipt.note).origin)
    receipt.verify(key, tag=tag_of(opinion), envelope_digest=opinion.envelope.digest)
    policy = register.founding.witnesses
    keys = {each.public_key: each for each in map(_witness_key, policy.keys) if each is not None}
    witnesses = open_cosignatures(receipt.note, keys.values())
    is_his = file.elector is not None and _is_his(file.elector, opinion, logs[1], receipt.entry.accepted_at)
    return ReceiptVerdict.ACKNOWLEDGED if is_his else ReceiptVerdict.AUTHOR_NOT_SHOWN, witnesses


def _log_key(register: Register, logs: dict[int, Opened], origin: str) -> LogKey:
    """The key of the log of an origin, which the registrar named. Raises RegisterError."""
    body, keys = register.founding.body, {register.log_key.name: register.log_key}
    for number, opened in logs.items():
        if number == 1:
            continue
        started = opened.statement
        is_his = opened.certificate == logs[1].certificate and started.body == body
        if not is_his or not isinstance(started, EpochStarted) or started.epoch != number:
            raise RegisterError("not the registrar's epoch")
        name = origin_of(body, number)
        keys[name] = LogKey(name=name, public_key=started.log_key)
    if origin not in keys:
        raise RegisterError("by a log that the registrar did not name")
    return keys[origin]


def _is_his(envelope: Envelope, opinion: Opened, founding: Opened, accepted_at: datetime) -> bool:
    """Whether the registrar confirmed the key that signed as the elector's, under a certificate in date.

    Raises BadSignature, ValueError where it is signed by somebody else, or about another key.
    """
    opened = open_envelope(envelope)
    said, answered = opened.statement, opinion.statement
    if not isinstance(said, Enrolled) or not isinstance(answered, Opinion):
        raise UnreadableEvidence
    is_the_registrars = opened.certificate == founding.certificate and said.body == founding.statement.body
    if not is_the_registrars or (said.keys.signing_certificate, said.person) != (opinion.certificate, answered.elector):
        raise RegisterError("not the registrar's word on this key")
    certificate = describe(opinion.certificate)
    return certificate.not_before <= accepted_at <= certificate.not_after


def _witness_key(text: str) -> NoteKey | None:
    try:
        return read_witness_key(text)
    except ProofError:  # of a kind that a newer version knows
        return None
