"""Whether enough witnesses have cosigned the checkpoint, and what their clocks say of the ledger's.

Who is missing disproves nothing, and proves nothing either: not checked. A false signature under a witness's name is
somebody's doing.
"""

from collections.abc import Iterable

from ecabinet.core.codec import write_time
from ecabinet.core.cosignature import Cosignature, open_cosignature, read_witness_key
from ecabinet.core.evidence.bundle import CHECKPOINT, POLICY, Folder
from ecabinet.core.evidence.case import Case
from ecabinet.core.evidence.report import Check, Culprit, Fault
from ecabinet.core.ledger import ProofError
from ecabinet.core.register import BodyFounded, Enrolled
from ecabinet.core.signed_note import NoteKey, SignedNote


def check_witnesses(case: Case, *, is_signed: bool) -> None:
    """`is_signed`: by the log, so that there is something to be witnessed."""
    quorum = case.policy.witnesses.quorum
    if quorum <= 0:
        case.findings.waive(Check.WITNESSES, Fault.NO_WITNESS_ASKED)
        return
    if not is_signed:
        case.findings.leave(Check.WITNESSES, Fault.NEEDS_ANOTHER_CHECK, detail=Check.CHECKPOINT)
        return
    said = _said(case, _independent(case))
    for each in said:
        told = f"{each.key.name} {write_time(each.at)}"
        case.findings.remark(Check.WITNESSES, Fault.COSIGNED, CHECKPOINT, detail=told)
        _hold_against_entries(case, each)
    if len(said) < quorum:
        case.findings.leave(Check.WITNESSES, Fault.TOO_FEW_WITNESSES, CHECKPOINT, detail=f"{len(said)}/{quorum}")


def _independent(case: Case) -> Iterable[NoteKey]:
    """The keys of the policy, each once, under whatever names; but for those that log or members hold."""
    held = {key.public_key for key in case.register.epochs.log_keys.values()} | set(_device_keys(case))
    seen: set[bytes] = set()
    for number, text in enumerate(case.policy.witnesses.keys, 1):
        try:
            key = read_witness_key(text)
        except ProofError:
            case.findings.remark(Check.WITNESSES, Fault.WITNESSES_UNREAD, POLICY, detail=str(number))
            continue
        if key.public_key in held:
            case.findings.remark(Check.WITNESSES, Fault.NOT_INDEPENDENT, POLICY, detail=str(number))
        elif key.public_key not in seen:
            seen.add(key.public_key)
            yield key


def _device_keys(case: Case) -> Iterable[bytes]:
    for _, opened in case.readable(Folder.REGISTER):
        match opened.statement:
            case BodyFounded(registrar_keys=keys) | Enrolled(keys=keys):
                yield keys.device_key


def _said(case: Case, keys: Iterable[NoteKey]) -> list[Cosignature]:
    """The cosignatures that hold."""
    signed = SignedNote.from_text(case.bundle.checkpoint)
    found = []
    for key in keys:
        signature = signed.by(key)
        if signature is None:
            continue
        try:
            found.append(open_cosignature(signed.text, signature, key))
        except ProofError:
            case.findings.fail(Check.WITNESSES, Fault.FALSE_COSIGNATURE, Culprit.BUNDLE, CHECKPOINT, detail=key.name)
    return found


def _hold_against_entries(case: Case, said: Cosignature) -> None:
    """A witness had all these entries when it cosigned: none can have come later."""
    last = case.bundle.entries[-1].accepted_at if case.bundle.entries else None
    if last is not None and last - said.at > case.tolerance:
        case.findings.remark(Check.WITNESSES, Fault.COSIGNED_BEFORE_ACCEPTED, CHECKPOINT, detail=said.key.name)
