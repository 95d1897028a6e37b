"""Somebody cheats, and the report says who: the bundle's maker, the server, the secretary, a registrar, an elector."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core import codec
from ecabinet.core.ballots import BallotResult, Opinion, OptionCount, ResultLine
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.envelope import Envelope, Statement, parse
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Report
from ecabinet.core.evidence.bundle import LedgerProofs
from ecabinet.core.ledger import Tree, leaf_hash
from ecabinet.core.people import Role
from ecabinet.core.protocol import SeenProof
from tests.bundles import blamed, checked, files_of, named, packed, resealed, sealed
from tests.cabinet import Cabinet, Device

Files = dict[str, bytes]
Said = TypeVar("Said", bound=Statement)


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def files(cabinet: Cabinet) -> Files:
    return files_of(sealed(cabinet))


@pytest.fixture
def opened() -> Cabinet:
    return Cabinet.with_open_ballot()


def finish(cabinet: Cabinet) -> Report:
    """Closes, counts and seals, with whatever was done to the ballot before."""
    cabinet.close()
    cabinet.announce()
    return checked(sealed(cabinet), cabinet)


def unsigned(signed: Envelope, kind: type[Said]) -> Said:
    """What an envelope says, to be said otherwise or by somebody else."""
    said = parse(signed.statement)
    assert isinstance(said, kind)
    return said


def faults(report: Report) -> set[Fault]:
    return {finding.fault for _, finding in report.failures()}


# ---------------------------------------------------------------- by the bundle's maker


def drop_an_opinion(files: Files) -> Files:
    stem = opinion_of(files).removesuffix(".json")
    return {name: data for name, data in files.items() if not name.startswith(stem)}


def opinion_of(files: Files) -> str:
    return min(name for name in files if name.endswith(".opinion.json"))


def alter_text(files: Files) -> Files:
    name = opinion_of(files)
    return {**files, name: files[name].replace(b'"option":"agree"', b'"option":"other"', 1)}


def alter_signature(files: Files) -> Files:
    name = opinion_of(files).replace(".json", ".p7s")
    return {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])}


def exchange_two_opinions(files: Files) -> Files:
    first, second, *_ = sorted(name[:-5] for name in files if name.endswith(".opinion.json"))
    exchanged = {f"{first}{end}": files[f"{second}{end}"] for end in (".json", ".p7s")}
    return files | exchanged | {f"{second}{end}": files[f"{first}{end}"] for end in (".json", ".p7s")}


def date_an_entry_back(files: Files) -> Files:
    entries = bytearray(files["ledger/entries.bin"])
    entries[2 * 72 - 1] ^= 1
    return {**files, "ledger/entries.bin": bytes(entries)}


def hide_an_entry(files: Files) -> Files:
    entries = files["ledger/entries.bin"]
    return {**drop_an_opinion(files), "ledger/entries.bin": entries[:72] + entries[2 * 72 :]}


def cut_the_register_short(files: Files) -> Files:
    last = max(name for name in files if name.startswith("register/")).rpartition(".")[0]
    return {name: data for name, data in files.items() if not name.startswith(last)}


def take_a_link_out_of_the_register(files: Files) -> Files:
    return {name: data for name, data in files.items() if not name.startswith("register/00000003.")}


def sign_the_checkpoint_with_another_key(files: Files) -> Files:
    origin, size, root = files["ledger/checkpoint"].decode().split("\n")[:3]
    forged = Checkpoint(origin=origin, size=int(size), root=codec.from_value(bytes, root))
    old, new = files["ledger/checkpoint"], forged.signed(Ed25519PrivateKey.generate()).encode()
    return {name: data.replace(old, new) for name, data in files.items()}


def leave_the_checkpoint_unsigned(files: Files) -> Files:
    old = files["ledger/checkpoint"]
    new = old[: old.index("—".encode())] + "— nobody AAAAAAAA\n".encode()
    return {name: data.replace(old, new) for name, data in files.items()}


def swap_a_paper(files: Files) -> Files:
    return {**files, named(files, min(name[7:15] for name in files if name.startswith("papers/"))): b"%PDF-1.7 other"}


def add_a_paper(files: Files) -> Files:
    return dict(sorted({**files, f"papers/{'0' * 64}": b"more"}.items(), key=_rank))


def _rank(item: tuple[str, bytes]) -> tuple[int, str]:
    folders = ["mimetype", "README.txt", "policy.json", "certificates", "register", "publications", "ballot"]
    return [*folders, "ledger", "papers", "META-INF"].index(item[0].partition("/")[0]), item[0]


def change_the_wording(files: Files) -> Files:
    name = named(files, "ballot.opened.json")
    return {**files, name: files[name].replace("48 tỷ".encode(), "84 tỷ".encode())}


def exchange_the_authority(files: Files) -> Files:
    return {**files, "certificates/authority.pem": files["certificates/registrar.pem"]}


def lower_the_policy(files: Files) -> Files:
    return {**files, "policy.json": files["policy.json"].replace(b"86400", b"86401")}


def forge_a_consistency_proof(files: Files) -> Files:
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    bent = tuple(SeenProof(size=each.size, path=(*each.path[:-1], bytes(32))) for each in proofs.consistency)
    return {**files, "ledger/proofs.json": codec.dump(replace(proofs, consistency=bent))}


def leave_a_consistency_proof_out(files: Files) -> Files:
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    return {**files, "ledger/proofs.json": codec.dump(replace(proofs, consistency=proofs.consistency[1:]))}


BY_THE_MAKER = [
    (drop_an_opinion, Check.COMPLETENESS, Fault.ENTRY_HIDDEN),
    (alter_text, Check.SIGNATURES, Fault.BAD_SIGNATURE),
    (alter_signature, Check.SIGNATURES, Fault.BAD_SIGNATURE),
    (exchange_two_opinions, Check.INCLUSION, Fault.NOT_IN_LEDGER),
    (date_an_entry_back, Check.INCLUSION, Fault.ENTRIES_ALTERED),
    (hide_an_entry, Check.INCLUSION, Fault.ENTRIES_ALTERED),
    (cut_the_register_short, Check.REGISTER, Fault.REGISTER_CUT_SHORT),
    (take_a_link_out_of_the_register, Check.REGISTER, Fault.REGISTER_BROKEN),
    (sign_the_checkpoint_with_another_key, Check.CHECKPOINT, Fault.BAD_CHECKPOINT),
    (leave_the_checkpoint_unsigned, Check.CHECKPOINT, Fault.BAD_CHECKPOINT),
    (swap_a_paper, Check.PAPERS, Fault.PAPER_SWAPPED),
    (add_a_paper, Check.PAPERS, Fault.STRAY_PAPER),
    (change_the_wording, Check.SIGNATURES, Fault.BAD_SIGNATURE),
    (exchange_the_authority, Check.CONTAINER, Fault.DERIVED_FILE_DIFFERS),
    (lower_the_policy, Check.CONTAINER, Fault.DERIVED_FILE_DIFFERS),
    (forge_a_consistency_proof, Check.SEEN, Fault.PROOF_FAILS),
    (leave_a_consistency_proof_out, Check.SEEN, Fault.PROOF_MISSING),
]


@pytest.mark.parametrize(("attack", "check", "fault"), BY_THE_MAKER)
def test_what_the_maker_of_a_bundle_does_is_laid_at_his_door(
    attack: Callable[[Files], Files], check: Check, fault: Fault, files: Files, cabinet: Cabinet
) -> None:
    attacked = attack(files)
    assert attacked != files
    # Whoever has the bundle in his hands can't seal it again; and even if the secretary does, the rest tells.
    altered = checked(packed(attacked), cabinet)
    again = checked(resealed(attacked, cabinet.devices["secretary"].signer(), cabinet), cabinet)
    for report in (altered, again):
        assert report.exit_code is ExitCode.DISPROVEN
        assert {culprit for _, culprit in blamed(report)} == {Culprit.BUNDLE}
        assert (check, Culprit.BUNDLE) in blamed(report)
        assert fault in faults(report)
    assert altered[Check.CONTAINER].findings
    assert ((Check.CONTAINER, Culprit.BUNDLE) in blamed(again)) == (check is Check.CONTAINER)


def test_a_bundle_sealed_by_a_member_is_not_the_secretariats(files: Files, cabinet: Cabinet) -> None:
    report = checked(resealed(files, cabinet.devices["finance"].signer(), cabinet), cabinet)
    assert blamed(report) == {(Check.CONTAINER, Culprit.BUNDLE)}
    assert faults(report) == {Fault.SEALED_BY_STRANGER}


def test_a_clone_of_the_whole_body_has_another_registrar(cabinet: Cabinet) -> None:
    clone = Cabinet.with_result()
    report = checked(sealed(clone), cabinet)
    assert blamed(report) == {(Check.FOUNDING, Culprit.BUNDLE)}


def test_the_place_of_an_altered_file_is_told(files: Files, cabinet: Cabinet) -> None:
    report = checked(packed(alter_text(files)), cabinet)
    assert {finding.place for _, finding in report.failures()} == {opinion_of(files)}


# ---------------------------------------------------------------- by the server: log and CA key


def test_a_certificate_for_a_key_that_nobody_confirmed(opened: Cabinet) -> None:
    opened.devices["finance"] = opened.device("finance", "the server's own key")
    opened.answer("finance", "disagree", "disagree")
    opened.close()
    honest = opened.collation()
    none = tuple(replace(line, leaf=None) for line in honest.lines)
    zero = tuple(
        replace(each, counts=tuple(OptionCount(option=one.option, count=0) for one in each.counts), no_answer=5)
        for each in honest.tallies
    )
    opened.announce(replace(honest, lines=none, received=0, is_quorate=False, tallies=zero))
    report = checked(sealed(opened), opened)
    assert blamed(report) == {(Check.VALIDITY, Culprit.LOG)}
    assert report.failures()[0][1].detail == "not_enrolled"


def test_a_secretary_who_counts_it_is_told_too(opened: Cabinet) -> None:
    opened.devices["finance"] = opened.device("finance", "the server's own key")
    opened.answer("finance")
    report = finish(opened)
    assert blamed(report) >= {(Check.VALIDITY, Culprit.LOG), (Check.ONE_HEAD, Culprit.SECRETARY)}


def test_a_certificate_of_another_authority(opened: Cabinet) -> None:
    device, other = Device("finance"), Cabinet()
    device.certificate = other.device("finance").certificate
    opened.devices["finance"] = device
    opened.answer("finance")
    assert blamed(finish(opened)) >= {(Check.CHAINS, Culprit.LOG), (Check.VALIDITY, Culprit.LOG)}


def test_a_key_revoked_before_signing(opened: Cabinet) -> None:
    opened.revoke("finance")
    opened.answer("finance")
    report = finish(opened)
    assert (Check.VALIDITY, Culprit.LOG) in blamed(report)
    assert ("revoked_before", "finance") in {(each.detail, each.who) for _, each in report.failures()}


def test_a_key_revoked_after_signing_still_counts(opened: Cabinet) -> None:
    opened.answer("finance")
    opened.revoke("finance")
    assert finish(opened).exit_code is ExitCode.PROVEN


def test_a_certificate_that_had_expired() -> None:
    cabinet = Cabinet.seated()
    short = cabinet.device("finance", "finance's second", valid_for=timedelta(minutes=10))
    cabinet.enrol("finance", Role.MEMBER, device=short)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.append(cabinet.opinion("finance"), at=cabinet.now + timedelta(hours=1))
    report = finish(cabinet)
    assert (Check.VALIDITY, Culprit.LOG) in blamed(report)
    assert "certificate_expired" in {each.detail for _, each in report.failures()}


@pytest.mark.parametrize(
    ("days", "why"), [(-4000, "certificate_not_yet_valid"), (4000, "certificate_expired")], ids=["before", "after"]
)
def test_a_founding_outside_the_dates_of_its_certificate(days: int, why: str) -> None:
    cabinet = Cabinet()
    began = cabinet.now
    founding = cabinet.founding()
    cabinet.append(founding, at=began + timedelta(days=days))
    cabinet.now = began
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.publish()
    cabinet.open_ballot()
    report = finish(cabinet)
    assert (Check.VALIDITY, Culprit.LOG) in blamed(report)
    assert (why, "registrar") in {(each.detail, each.who) for _, each in report.failures()}


def test_an_enrolment_that_no_registrar_signed(opened: Cabinet) -> None:
    registrar = opened.devices["registrar"]
    opened.devices["registrar"] = opened.devices["secretary"]
    forged = opened.enrolment("finance", device=opened.device("finance", "the server's own key"))
    opened.devices["registrar"] = registrar
    opened.append(forged)
    report = finish(opened)
    assert blamed(report) == {(Check.REGISTER, Culprit.LOG)}
    assert report[Check.VALIDITY].findings[0].fault is Fault.NEEDS_ANOTHER_CHECK


def test_a_registrar_who_gives_a_key_to_two_persons(opened: Cabinet) -> None:
    opened.append(opened.enrolment("finance", device=opened.devices["chair"]))
    assert blamed(finish(opened)) == {(Check.REGISTER, Culprit.REGISTRAR)}


def test_a_registrar_who_gives_a_key_to_two_persons_under_two_certificates(opened: Cabinet) -> None:
    opened.append(opened.enrolment("finance", device=opened.device("finance", "chair")))
    assert blamed(finish(opened)) == {(Check.REGISTER, Culprit.REGISTRAR)}


def test_a_revoked_key_under_a_new_certificate(opened: Cabinet) -> None:
    opened.revoke("finance")
    opened.append(opened.enrolment("finance", device=opened.device("finance")))
    assert blamed(finish(opened)) == {(Check.REGISTER, Culprit.REGISTRAR)}


def test_an_opinion_of_somebody_who_was_not_asked(opened: Cabinet) -> None:
    opened.answer("secretary")
    report = finish(opened)
    assert (Check.ELECTORATE, Culprit.LOG) in blamed(report)


def test_an_opinion_in_anothers_name(opened: Cabinet) -> None:
    opened.append(opened.sign("finance", unsigned(opened.opinion("chair"), Opinion)))
    report = finish(opened)
    assert (Check.VALIDITY, Culprit.LOG) in blamed(report)
    assert "other_person" in {each.detail for _, each in report.failures()}


def test_an_opinion_of_another_ballot(opened: Cabinet) -> None:
    elsewhere = opened.opinion("finance")
    opened.open_ballot()
    opened.append(elsewhere, tag=opened.opening.envelope.digest)
    report = finish(opened)
    assert (Check.WORDING, Culprit.LOG) in blamed(report)


def test_an_opinion_tagged_away_from_its_ballot(opened: Cabinet) -> None:
    seen = opened.heading(seen=opened.asked.seen)
    hidden = opened.append(opened.opinion("finance", **seen), tag=bytes(32))
    opened.close()
    opened.announce()
    record = opened.record()
    found = sorted([*record.ballot, *opened.placed([hidden])], key=lambda each: each.placed.leaf)
    report = checked(sealed(opened, record=replace(record, ballot=tuple(found))), opened)
    assert blamed(report) == {(Check.INCLUSION, Culprit.LOG)}


def test_an_opinion_taken_in_twice(opened: Cabinet) -> None:
    twice = opened.opinion("finance")
    opened.append(twice)
    opened.append(twice)
    report = finish(opened)
    assert blamed(report) == {(Check.ORDER, Culprit.LOG), (Check.ONE_HEAD, Culprit.LOG)}


def test_a_line_of_opinions_with_one_left_out(opened: Cabinet) -> None:
    opened.answer("finance")
    kept = opened.opinion("finance", "disagree", "disagree")
    after = replace(unsigned(kept, Opinion), counter=3, replaces=hashlib.sha256(kept.statement).hexdigest())
    opened.append(opened.sign("finance", after))
    assert blamed(finish(opened)) == {(Check.ONE_HEAD, Culprit.LOG)}


def test_an_answer_to_another_question(opened: Cabinet) -> None:
    opened.append(opened.opinion("finance", "yes", "no"))
    report = finish(opened)
    assert (Check.WORDING, Culprit.LOG) in blamed(report)


def test_entries_whose_times_run_backwards(opened: Cabinet) -> None:
    opened.append(opened.opinion("finance"), at=opened.now - timedelta(minutes=5))
    report = finish(opened)
    assert blamed(report) == {(Check.ORDER, Culprit.LOG)}
    assert Fault.TIME_RUNS_BACK in faults(report)


def test_a_signature_that_was_bad_when_it_was_taken_in(opened: Cabinet) -> None:
    good = opened.opinion("finance")
    bad = Envelope(good.statement, good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
    opened.append(bad, tag=opened.opening.envelope.digest)
    assert blamed(finish(opened)) == {(Check.SIGNATURES, Culprit.LOG)}


def test_another_history_for_one_member(opened: Cabinet) -> None:
    leaves = [leaf_hash(bytes(each.entry)) for each in opened.ledger]
    other = Tree([*leaves[:-1], bytes(32)])
    note = Checkpoint(origin=opened.log_key.name, size=len(other), root=other.root()).signed(opened.log_private_key)
    opened.append(opened.opinion("finance", **opened.heading(seen=note)))
    report = finish(opened)
    assert blamed(report) == {(Check.SEEN, Culprit.LOG)}
    assert faults(report) == {Fault.HISTORY_REWRITTEN}


def test_a_checkpoint_of_the_future(opened: Cabinet) -> None:
    size = len(opened.tree) + 5
    note = Checkpoint(origin=opened.log_key.name, size=size, root=bytes(32)).signed(opened.log_private_key)
    opened.append(opened.opinion("finance", **opened.heading(seen=note)))
    report = finish(opened)
    assert blamed(report) == {(Check.SEEN, Culprit.LOG)}


# ---------------------------------------------------------------- by the secretary


def test_an_older_opinion_counted(opened: Cabinet) -> None:
    first = opened.answer("finance", "agree", "agree")
    opened.answer("finance", "disagree", "disagree")
    opened.close()
    honest = opened.collation()
    lines = tuple(ResultLine(elector=e.elector, leaf=first.leaf if e.leaf else None) for e in honest.lines)
    opened.announce(replace(honest, lines=lines))
    report = checked(sealed(opened), opened)
    assert blamed(report) == {(Check.ONE_HEAD, Culprit.SECRETARY)}
    assert report.failures()[0][1].who == "finance"


def test_a_wrong_tally(opened: Cabinet) -> None:
    opened.answer("finance")
    opened.close()
    honest = opened.collation()
    first = honest.tallies[0]
    more = replace(first, counts=(OptionCount(option="agree", count=4), *first.counts[1:]), no_answer=1)
    opened.announce(replace(honest, tallies=(more, *honest.tallies[1:])))
    report = checked(sealed(opened), opened)
    assert blamed(report) == {(Check.TALLY, Culprit.SECRETARY)}


def test_a_forged_outcome(opened: Cabinet) -> None:
    opened.answer("finance")
    opened.close()
    honest = opened.collation()
    carried = tuple(replace(each, carried="agree") for each in honest.tallies)
    opened.announce(replace(honest, is_quorate=True, tallies=carried))
    report = checked(sealed(opened), opened)
    assert blamed(report) == {(Check.OUTCOME, Culprit.SECRETARY)}


@pytest.mark.parametrize(
    "lie",
    [
        {"received": 5},
        {"sent": 6},
        {"tallies": ()},
        {"lines": ()},
        {"late": (11,)},
    ],
)
def test_any_other_number(opened: Cabinet, lie: dict[str, object]) -> None:
    opened.answer("finance")
    opened.close()
    opened.announce(replace(opened.collation(), **lie))  # type: ignore[arg-type]
    report = checked(sealed(opened), opened)
    assert {culprit for _, culprit in blamed(report)} == {Culprit.SECRETARY}


def test_a_result_signed_by_a_member(opened: Cabinet) -> None:
    opened.answer("finance")
    opened.close()
    forged = opened.sign("finance", unsigned(opened.result(), BallotResult))
    opened.append(forged)
    report = checked(sealed(opened), opened)
    assert (Check.VALIDITY, Culprit.LOG) in blamed(report)


def test_an_electorate_with_somebody_who_does_not_exist(opened: Cabinet) -> None:
    asked = opened.electorate()
    ghost = replace(asked.electors[0], person="nobody")
    more = replace(asked, electors=(*asked.electors, ghost), statutory=6, in_office=6)
    opened.open_ballot(electorate=more)
    report = finish(opened)
    assert blamed(report) == {(Check.ELECTORATE, Culprit.SECRETARY)}
    assert report.failures()[0][1].who == "nobody"


def test_papers_that_were_never_published(opened: Cabinet) -> None:
    reference = replace(opened.references()[0], digest="0" * 64)
    opened.open_ballot(documents=(reference,))
    assert blamed(finish(opened)) == {(Check.PAPERS, Culprit.SECRETARY)}


def test_a_result_that_names_another_closing(opened: Cabinet) -> None:
    opened.close()
    opened.append(opened.result(closed_leaf=opened.closed_leaf - 1))
    report = checked(sealed(opened), opened)
    assert (Check.ORDER, Culprit.SECRETARY) in blamed(report)


def test_two_closings(opened: Cabinet) -> None:
    opened.close()
    opened.close()
    opened.announce()
    report = checked(sealed(opened), opened)
    assert (Check.ORDER, Culprit.LOG) in blamed(report)


# ---------------------------------------------------------------- by an elector


def test_a_member_can_not_frame_the_log(opened: Cabinet) -> None:
    forged = Checkpoint(origin=opened.log_key.name, size=1, root=bytes(32)).signed(Ed25519PrivateKey.generate())
    opened.append(opened.opinion("finance", **opened.heading(seen=forged)))
    report = finish(opened)
    assert blamed(report) == {(Check.SEEN, Culprit.ELECTOR)}
    assert report.failures()[0][1].who == "finance"
