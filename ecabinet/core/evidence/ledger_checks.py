"""Checks that look at the ledger: checkpoint, inclusion, completeness, seen."""

from ecabinet.core.checkpoint import Checkpoint, open_checkpoint
from ecabinet.core.envelope import Opened
from ecabinet.core.epochs import Extent
from ecabinet.core.evidence.bundle import CHECKPOINT, ENTRIES, PROOFS, Folder
from ecabinet.core.evidence.case import Case, Examined, signer_role
from ecabinet.core.evidence.report import Check, Culprit, Fault
from ecabinet.core.evidence.witness_checks import check_witnesses
from ecabinet.core.ledger import (
    NO_TAG,
    ForkError,
    ProofError,
    ProofsToRoot,
    leaf_hash,
    verify_range,
)
from ecabinet.core.register import EpochStarted, register_tag
from ecabinet.core.statements import tag_of


def check_ledger(case: Case) -> Checkpoint | None:
    """Runs them all, marks what is in the ledger, and gives the checkpoint if it is the log's."""
    try:
        checkpoint = open_checkpoint(case.bundle.checkpoint, case.register.log_key)
    except ProofError:
        case.findings.fail(Check.CHECKPOINT, Fault.BAD_CHECKPOINT, Culprit.BUNDLE, CHECKPOINT)
        for check in (Check.INCLUSION, Check.COMPLETENESS, Check.SEEN):
            case.findings.leave(check, Fault.NEEDS_ANOTHER_CHECK, detail=Check.CHECKPOINT)
        check_witnesses(case, is_signed=False)
        return None
    check_witnesses(case, is_signed=True)
    is_range_proven = _check_range(case, checkpoint)
    proofs = ProofsToRoot(checkpoint.size, checkpoint.root)
    ballot_tag, tag_of_register = _ballot_tag(case), register_tag(case.register.founding.body)
    for each in case.examined:
        folder = each.filed.folder
        if folder is Folder.BALLOT:
            _check_place(case, each, ballot_tag, is_range_proven=is_range_proven)
        else:
            _check_receipt(case, each, tag_of_register if folder is Folder.REGISTER else NO_TAG, proofs)
    if not any(each.is_in_ledger and not each.leaf for each in case.examined):
        for each in case.examined:  # a ledger without this founding is not this body's: of it nothing is laid at doors
            each.is_in_ledger = False
    if is_range_proven:
        _check_completeness(case)
    else:
        case.findings.leave(Check.COMPLETENESS, Fault.NEEDS_ANOTHER_CHECK, detail=Check.INCLUSION)
    _check_seen(case, proofs)
    return checkpoint


def _check_range(case: Case, checkpoint: Checkpoint) -> bool:
    leaves = [leaf_hash(bytes(each)) for each in case.bundle.entries]
    proofs = case.bundle.proofs
    try:
        verify_range(leaves, proofs.first_leaf, checkpoint.size, proofs.range, checkpoint.root)
    except ProofError:
        case.findings.fail(Check.INCLUSION, Fault.ENTRIES_ALTERED, Culprit.BUNDLE, ENTRIES)
        return False
    return True


def _check_place(case: Case, each: Examined, tag: bytes | None, *, is_range_proven: bool) -> None:
    place = each.leaf - case.bundle.proofs.first_leaf
    entry = case.bundle.entries[place] if 0 <= place < len(case.bundle.entries) else None
    if entry is None or entry.envelope_digest != each.envelope_digest:
        case.findings.fail(Check.INCLUSION, Fault.NOT_IN_LEDGER, Culprit.BUNDLE, each.place)
    elif entry.tag != tag:
        is_logs = is_range_proven and each.opened is not None and tag_of(each.opened) != entry.tag
        culprit = Culprit.LOG if is_logs else Culprit.BUNDLE
        case.findings.fail(Check.INCLUSION, Fault.NOT_IN_LEDGER, culprit, each.place, detail="tag")
    else:
        each.is_in_ledger = is_range_proven


def _check_receipt(case: Case, each: Examined, tag: bytes, proofs: ProofsToRoot) -> None:
    receipt = each.filed.receipt
    assert receipt is not None  # noqa: S101 - the reader asks for one outside of ballot/
    claimed = (receipt.index, receipt.note, receipt.entry.tag, receipt.entry.envelope_digest)
    if claimed != (each.leaf, case.bundle.checkpoint, tag, each.envelope_digest):
        case.findings.fail(Check.INCLUSION, Fault.NOT_IN_LEDGER, Culprit.BUNDLE, each.place)
        return
    try:
        proofs.verify_inclusion(leaf_hash(bytes(receipt.entry)), receipt.index, receipt.path)
    except ProofError:
        case.findings.fail(Check.INCLUSION, Fault.NOT_IN_LEDGER, Culprit.BUNDLE, each.place)
    else:
        each.is_in_ledger = True


def _ballot_tag(case: Case) -> bytes | None:
    """The tag of the ballot that the bundle is about: its entries begin with the opening."""
    return case.bundle.entries[0].tag if case.bundle.entries else None


def _check_completeness(case: Case) -> None:
    present = {
        _ballot_tag(case): {each.leaf for each in case.bundle.filed(Folder.BALLOT)},
        register_tag(case.register.founding.body): {each.leaf for each in case.bundle.filed(Folder.REGISTER)},
    }
    first = case.bundle.proofs.first_leaf
    for leaf, entry in enumerate(case.bundle.entries, first):
        if entry.tag in present and leaf not in present[entry.tag]:
            case.findings.fail(Check.COMPLETENESS, Fault.ENTRY_HIDDEN, Culprit.BUNDLE, f"leaf {leaf}")
    if case.bundle.entries[0].tag != case.bundle.entries[0].envelope_digest:  # not an opening: something came before
        case.findings.fail(Check.COMPLETENESS, Fault.ENTRY_HIDDEN, Culprit.BUNDLE, f"leaf {first}")


def _check_seen(case: Case, proofs: ProofsToRoot) -> None:
    judged: set[str] = set()
    if not all(each.is_in_ledger for each, _ in case.readable()):
        case.findings.leave(Check.SEEN, Fault.NEEDS_ANOTHER_CHECK, detail=Check.INCLUSION)
    for each, opened in sorted(case.readable(), key=lambda pair: pair[0].leaf):
        note = opened.statement.seen
        if not each.is_in_ledger:  # told already; what it claims to have seen convicts nobody
            continue
        if isinstance(opened.statement, EpochStarted) and each.is_valid:
            _check_epoch(case, each, opened.statement, proofs)
        if note is None:
            if each.leaf:
                case.findings.remark(Check.SEEN, Fault.SEEN_NOTHING, each.place)
        elif note not in judged:
            judged.add(note)
            _check_note(case, (each, opened), proofs)


def _check_epoch(case: Case, each: Examined, started: EpochStarted, proofs: ProofsToRoot) -> None:
    """What the registrar named as the end of an earlier log: lost beyond the restored backup, and else kept."""
    named = case.register.epochs.open(started.last_checkpoint)
    if case.register.epochs.extent(named) is Extent.KEPT:
        _check_kept(case, each, named, proofs)
    else:
        lost = f"{case.register.epochs.end_of(named.origin)}-{named.size}"
        case.findings.remark(Check.SEEN, Fault.BEYOND_THIS_EPOCH, each.place, detail=lost)


def _check_note(case: Case, signed: tuple[Examined, Opened], proofs: ProofsToRoot) -> None:
    each, opened = signed
    try:
        seen = case.register.epochs.open(opened.statement.seen or "")
    except ProofError:
        culprit, who = signer_role(opened.statement), case.register.signer(opened)
        case.findings.fail(Check.SEEN, Fault.SEEN_FORGED, culprit, each.place, who=who)
        return
    match case.register.epochs.extent(seen):
        case Extent.LOST:  # with the restored backup, as the registrar has signed
            case.findings.remark(Check.SEEN, Fault.BEYOND_THIS_EPOCH, each.place, detail=str(seen.size))
        case Extent.CUT_SHORT:
            case.findings.fail(Check.SEEN, Fault.EPOCH_CUT_SHORT, Culprit.REGISTRAR, each.place, detail=str(seen.size))
        case Extent.OTHER:
            case.findings.fail(Check.SEEN, Fault.HISTORY_REWRITTEN, Culprit.LOG, each.place, detail=str(seen.size))
        case Extent.KEPT if seen.size > each.leaf:  # a tree with this very statement in it, before there was that
            case.findings.fail(Check.SEEN, Fault.HISTORY_REWRITTEN, Culprit.LOG, each.place, detail=str(seen.size))
        case Extent.KEPT:
            _check_kept(case, each, seen, proofs)


def _check_kept(case: Case, each: Examined, seen: Checkpoint, proofs: ProofsToRoot) -> None:
    path = case.paths.get(seen.size)
    if path is None:
        case.findings.fail(Check.SEEN, Fault.PROOF_MISSING, Culprit.BUNDLE, PROOFS, detail=str(seen.size))
        return
    try:
        proofs.verify_consistency(seen.size, path, seen.root)
    except ForkError:
        case.findings.fail(Check.SEEN, Fault.HISTORY_REWRITTEN, Culprit.LOG, each.place, detail=str(seen.size))
    except ProofError:
        # The path, or the log: only a path that leads to the checkpoint's root can tell.
        case.findings.fail(Check.SEEN, Fault.PROOF_FAILS, Culprit.BUNDLE, PROOFS, detail=str(seen.size))
