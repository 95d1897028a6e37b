"""Checking a bundle: who founded, who was enrolled, who signed, and then the ledger and the ballot.

No network, no clock, no database: the same bundle, anchors and policy give the same report for ever. Whatever a
bundle holds, `check` reports; it raises UnreadableBundle only where the file of a large one changes meanwhile.
"""

from collections.abc import Mapping, Sequence

from ecabinet.core import cades
from ecabinet.core.ballots import BallotOpened, Opinion
from ecabinet.core.certificates import BadCertificate, Reason, check_certificate, describe
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.codec import Digest
from ecabinet.core.envelope import Opened
from ecabinet.core.evidence import manifest
from ecabinet.core.evidence.ballot_checks import check_ballot
from ecabinet.core.evidence.bundle import Bundle, Folder, Policy, derived_files
from ecabinet.core.evidence.case import Case, Examined, examine
from ecabinet.core.evidence.ledger_checks import check_ledger
from ecabinet.core.evidence.memory import Memory
from ecabinet.core.evidence.report import Check, Culprit, Fault, Findings, Report
from ecabinet.core.evidence.revocation_checks import check_revocation
from ecabinet.core.evidence.time_checks import check_time_stamp
from ecabinet.core.people import Act, Thing
from ecabinet.core.register import BodyFounded, EpochStarted, Register, RegisterError, Verdict


def check(
    bundle: Bundle,
    anchors: tuple[bytes, ...],
    policy: Policy | None = None,
    *,
    time_anchors: tuple[bytes, ...] = (),
    revocations: tuple[bytes, ...] = (),
    memory: Memory | None = None,
) -> Report:
    """The verdicts on a bundle, for somebody who trusts `anchors`: certificates (DER) of a registrar or of his issuer.

    `policy` is the verifier's own, in place of the one the registrar signed. `time_anchors` are those of the time-stamp
    authorities he believes; with any, he asks for a time stamp. `revocations` are what outside authorities say (OCSP
    answers and CRLs, DER). `memory` is what the same process keeps from bundle to bundle, and changes nothing but the
    time that it takes.
    """
    findings = Findings()
    memory = memory or Memory()
    examined = examine(bundle, memory)
    _check_listing(bundle, findings)
    register = _found(bundle, examined, anchors, findings)
    facts = None
    if register is None:
        _check_signatures(examined, findings)
        for unchecked in _NEED_A_FOUNDING:
            findings.leave(unchecked, Fault.NEEDS_ANOTHER_CHECK, detail=Check.FOUNDING)
    else:
        register, chain, unfit = _replay(register, examined, findings, memory)
        case = Case(
            bundle=bundle,
            register=register,
            paths={each.size: each.path for each in bundle.proofs.consistency},
            policy=policy or Policy.of(register.founding),
            time_anchors=time_anchors,
            examined=examined,
            findings=findings,
        )
        checkpoint = check_ledger(case)
        if unfit is not None:
            each, fault, culprit = unfit
            # By what time it is unfit, only the ledger tells; an epoch is so by what it says, and ends that ledger.
            is_his = fault is Fault.UNFIT_ENROLMENT and each.filed.kind == EpochStarted.TYPE
            culprit = culprit if each.is_in_ledger or is_his else Culprit.BUNDLE
            findings.fail(Check.REGISTER, fault, culprit, each.place)
        if checkpoint is not None and not all(each.is_in_ledger for each, _ in chain.values()):
            findings.leave(Check.REGISTER, Fault.NEEDS_ANOTHER_CHECK, detail=Check.INCLUSION)
        _check_signatures(examined, findings)
        _check_places(case)
        _check_chains(case)
        _check_heads(case, {digest: each.leaf for digest, (each, _) in chain.items()})
        _check_validity(case)
        _check_seal(case, checkpoint)
        check_revocation(case, revocations)
        check_time_stamp(case)
        facts = check_ballot(case)
    return Report(checks=findings.results(), facts=facts)


_OUTDATED = {
    Reason.EXPIRED: Verdict.CERTIFICATE_EXPIRED,
    Reason.NOT_YET_VALID: Verdict.CERTIFICATE_NOT_YET_VALID,
}
_NEED_A_FOUNDING = tuple(each for each in Check if each not in {Check.CONTAINER, Check.FOUNDING, Check.SIGNATURES})


def _check_listing(bundle: Bundle, findings: Findings) -> None:
    if bundle.manifest is None:
        return
    listed = manifest.read(bundle.manifest)
    if listed is None:
        findings.fail(Check.CONTAINER, Fault.BAD_MANIFEST, Culprit.BUNDLE, manifest.MANIFEST)
        return
    for name in listed:
        if name not in bundle.digests:
            findings.fail(Check.CONTAINER, Fault.LISTED_BUT_ABSENT, Culprit.BUNDLE, name)
    for name, digest in bundle.digests.items():
        if name not in listed:
            findings.fail(Check.CONTAINER, Fault.NOT_LISTED, Culprit.BUNDLE, name)
        elif listed[name] != digest:
            findings.fail(Check.CONTAINER, Fault.FILE_ALTERED, Culprit.BUNDLE, name)


def _found(
    bundle: Bundle, examined: tuple[Examined, ...], anchors: tuple[bytes, ...], findings: Findings
) -> Register | None:
    """The register as the founding begins it."""
    first = min((each for each in examined if each.filed.folder is Folder.REGISTER), key=_leaf, default=None)
    place = "" if first is None else first.place
    if first is None or first.leaf or first.opened is None or first.accepted_at is None:
        findings.fail(Check.FOUNDING, Fault.NO_FOUNDING, Culprit.BUNDLE, place)
        return None
    try:
        register = Register.found(first.opened)
    except RegisterError:
        findings.fail(Check.FOUNDING, Fault.NOT_THE_REGISTRARS, Culprit.BUNDLE, place)
        return None
    if not anchors:
        findings.leave(Check.FOUNDING, Fault.NO_ANCHOR_GIVEN, place)
    elif not register.is_anchored(anchors, first.accepted_at):
        findings.fail(Check.FOUNDING, Fault.NOT_ANCHORED, Culprit.BUNDLE, place)
    elif first.opened.certificate not in anchors:
        # Whoever else has a certificate of that issuer could have founded such a body: its reader must know whose.
        subject = describe(first.opened.certificate).subject
        findings.remark(Check.FOUNDING, Fault.ANCHORED_BY_ISSUER, place, detail=subject)
    for name, data in derived_files(register.founding).items():
        if bundle.derived[name] != data:
            findings.fail(Check.CONTAINER, Fault.DERIVED_FILE_DIFFERS, Culprit.BUNDLE, name)
    return register


def _replay(
    register: Register, examined: tuple[Examined, ...], findings: Findings, memory: Memory
) -> tuple[Register, Mapping[Digest, tuple[Examined, Opened]], tuple[Examined, Fault, Culprit] | None]:
    """Adds what follows the founding, as far as it does follow; the register statements that count, by digest.

    And the one, if any, that the register can't take, with who is to blame if the ledger has it at that time.
    """
    filed = sorted((each for each in examined if each.filed.folder is Folder.REGISTER), key=_leaf)
    every = [(each, each.opened) for each in filed if each.opened is not None]
    replay = tuple((each.leaf, each.accepted_at, opened.envelope.digest) for each, opened in every)
    known = memory.replayed(replay) if len(every) == len(filed) else None
    if known is not None:
        for each in filed:
            each.is_valid = True
        return known, {opened.digest: (each, opened) for each, opened in every}, None
    chain, unfit = _add_each(register, filed, findings)
    if len(chain) == len(filed):
        memory.keep(replay, register)
    return register, chain, unfit


def _add_each(
    register: Register, filed: Sequence[Examined], findings: Findings
) -> tuple[Mapping[Digest, tuple[Examined, Opened]], tuple[Examined, Fault, Culprit] | None]:
    chain: dict[Digest, tuple[Examined, Opened]] = {}
    leaf = -1
    for each in filed:
        opened = each.opened
        if each.fault is Fault.UNKNOWN_STATEMENT:
            findings.leave(Check.REGISTER, Fault.UNKNOWN_STATEMENT, each.place, detail=each.detail)
            break
        if opened is None or each.accepted_at is None or each.leaf == leaf:
            findings.fail(Check.REGISTER, Fault.REGISTER_BROKEN, Culprit.BUNDLE, each.place)
            break
        leaf = each.leaf
        if leaf:
            try:
                register.add(opened, leaf, each.accepted_at)
            except RegisterError:
                return chain, (each, *_why_not_next(register, each, opened))
        chain[opened.digest] = (each, opened)
        each.is_valid = True
    return chain, None


def _why_not_next(register: Register, each: Examined, opened: Opened) -> tuple[Fault, Culprit]:
    if getattr(opened.statement, "previous", None) != register.head:
        return Fault.REGISTER_BROKEN, Culprit.BUNDLE
    if each.accepted_at is not None and register.judge(opened, each.leaf, each.accepted_at) is Verdict.VALID:
        return Fault.UNFIT_ENROLMENT, Culprit.REGISTRAR
    return Fault.NOT_THE_REGISTRARS, Culprit.LOG


def _check_signatures(examined: tuple[Examined, ...], findings: Findings) -> None:
    for each in examined:
        if each.fault is Fault.UNKNOWN_STATEMENT:
            findings.leave(Check.SIGNATURES, each.fault, each.place, detail=each.detail)
        elif each.fault is not None:
            findings.fail(Check.SIGNATURES, each.fault, each.taker, each.place, detail=each.detail)


def _check_places(case: Case) -> None:
    for each in case.examined:
        if each.is_misplaced:
            case.findings.fail(Check.CONTAINER, Fault.WRONG_PLACE, Culprit.BUNDLE, each.place)


def _check_chains(case: Case) -> None:
    for each, opened in case.readable():
        try:
            check_certificate(opened.certificate, case.register.issuers, each.accepted_at or opened.statement.at)
        except BadCertificate as error:
            outdated = _OUTDATED.get(error.reason)
            if outdated is None:
                case.findings.fail(
                    Check.CHAINS, Fault.BAD_CERTIFICATE, each.taker, each.place, detail=error.reason.value
                )
            elif isinstance(opened.statement, BodyFounded):  # every other statement's dates the register judges
                who = case.register.founding.registrar
                case.findings.fail(
                    Check.VALIDITY, Fault.NOT_VALID, each.taker, each.place, who=who, detail=outdated.value
                )


def _check_heads(case: Case, register: Mapping[Digest, int]) -> None:
    """That the register goes as far as opening and result say: if not, nobody else's keys can be judged by it.

    `register` has the leaf of each digest.
    """
    for each, opened in case.readable(Folder.BALLOT):
        head = getattr(opened.statement, "register_head", None)
        if head is None or case.findings.is_unproven(Check.REGISTER):
            continue
        if each.accepted_at is None and head not in register:  # cut short, or the word of somebody who does not count
            case.findings.leave(Check.REGISTER, Fault.NEEDS_ANOTHER_CHECK, detail=Check.INCLUSION)
        if not _may_name_head(case, each, opened):
            continue
        if head not in register:
            case.findings.fail(Check.REGISTER, Fault.REGISTER_CUT_SHORT, Culprit.BUNDLE, each.place)
        elif register[head] > each.leaf:
            case.findings.fail(Check.REGISTER, Fault.OUT_OF_ORDER, each.taker, each.place)


def _may_name_head(case: Case, each: Examined, opened: Opened) -> bool:
    """Whether its signer counts; of the opening, which comes first, he may be among those who were cut off."""
    if each.accepted_at is None:
        return False
    verdict = case.register.judge(opened, each.leaf, each.accepted_at)
    return verdict is Verdict.VALID or (verdict is Verdict.NOT_ENROLLED and isinstance(opened.statement, BallotOpened))


def _check_validity(case: Case) -> None:
    if case.findings.is_unproven(Check.REGISTER):
        case.findings.leave(Check.VALIDITY, Fault.NEEDS_ANOTHER_CHECK, detail=Check.REGISTER)
        for each, _ in case.readable():
            each.is_valid = not each.is_misplaced  # as far as anybody can tell: the other checks go on with that
        return
    thing = Thing(body=case.register.founding.body, electors=_asked(case))
    needed: set[Check] = set()
    for each, opened in case.readable():
        if each.filed.folder is Folder.REGISTER:
            continue
        if each.is_misplaced or each.accepted_at is None:  # of what, or when, nobody can tell
            needed.add(Check.CONTAINER if each.is_misplaced else Check.INCLUSION)
            continue
        verdict = case.register.judge(opened, each.leaf, each.accepted_at, thing)
        each.is_valid = verdict is Verdict.VALID
        if each.is_valid:
            continue
        who = case.register.signer(opened)
        if verdict is Verdict.NO_RIGHT and isinstance(opened.statement, Opinion):
            case.findings.fail(Check.ELECTORATE, Fault.NOT_AN_ELECTOR, each.taker, each.place, who=who)
        elif verdict not in {Verdict.VALID, Verdict.BAD_CERTIFICATE}:  # the latter is told with the chains
            case.findings.fail(Check.VALIDITY, Fault.NOT_VALID, each.taker, each.place, who=who, detail=verdict.value)
    for check in sorted(needed):
        case.findings.leave(Check.VALIDITY, Fault.NEEDS_ANOTHER_CHECK, detail=check)


def _asked(case: Case) -> frozenset[str]:
    """The electors of the ballot, as its opening names them."""
    from_opening = (
        opened.statement
        for each, opened in case.readable(Folder.BALLOT)
        if isinstance(opened.statement, BallotOpened) and each.is_in_ledger
    )
    opening = next(from_opening, None)
    if opening is not None:
        return frozenset(each.person for each in opening.electorate.electors)
    # Who was asked, nobody can tell any more: the electorate is not checked, and no opinion fails for that.
    return frozenset(opened.statement.elector for _, opened in case.readable() if isinstance(opened.statement, Opinion))


def _check_seal(case: Case, checkpoint: Checkpoint | None) -> None:
    """The container's signature. No ledger holds it: its key is judged at the ledger's end, by the time it claims."""
    try:
        seal = cades.verify_digest(bytes.fromhex(case.bundle.manifest_digest), case.bundle.seal)
    except cades.BadSignature as error:
        case.findings.fail(
            Check.CONTAINER, Fault.BAD_SEAL, Culprit.BUNDLE, manifest.SIGNATURE, detail=error.reason.value
        )
        return
    if checkpoint is None or case.findings.is_unproven(Check.REGISTER):
        case.findings.leave(Check.CONTAINER, Fault.NEEDS_ANOTHER_CHECK, detail=Check.REGISTER)
        return
    thing = Thing(body=case.register.founding.body)
    verdict = case.register.judge_key(
        seal.signer_certificate, Act.KEEP_EVIDENCE, thing, checkpoint.size, seal.signed_at
    )
    if verdict is not Verdict.VALID:
        case.findings.fail(
            Check.CONTAINER, Fault.SEALED_BY_STRANGER, Culprit.BUNDLE, manifest.SIGNATURE, detail=verdict.value
        )


def _leaf(each: Examined) -> int:
    return each.leaf
