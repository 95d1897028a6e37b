"""A bundle: what goes in comes out, in one form, and an honest one passes every check."""

import io
import subprocess
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ecabinet.core import cades, canonical, codec
from ecabinet.core.ballots import Elector
from ecabinet.core.checkpoint import Checkpoint, LogKey, origin_of
from ecabinet.core.envelope import Envelope
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Policy, UnfitRecord, Verdict, assemble, check, read
from ecabinet.core.people import Role
from ecabinet.core.protocol import SeenProof
from ecabinet.core.register import EpochStarted, WitnessPolicy, register_tag
from ecabinet.keys.certificates import Authority, make_request
from tests.bundles import checked, files_of, sealed
from tests.cabinet import Cabinet, Device
from tests.sample import BEGINNING, BODY_NAME, PAPERS


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def bundle(cabinet: Cabinet) -> bytes:
    return sealed(cabinet)


def test_an_honest_bundle_passes_every_check(cabinet: Cabinet, bundle: bytes) -> None:
    report = checked(bundle, cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert [each.check for each in report.checks] == list(Check)
    verdicts = {each.check: each.verdict for each in report.checks}
    assert verdicts.pop(Check.WITNESSES) is Verdict.NOT_APPLICABLE
    assert verdicts.pop(Check.REVOCATION) is Verdict.NOT_APPLICABLE
    assert verdicts.pop(Check.TIME_STAMP) is Verdict.NOT_APPLICABLE
    assert verdicts.pop(Check.MINUTES) is Verdict.NOT_APPLICABLE
    assert set(verdicts.values()) == {Verdict.PASSED}


def test_the_report_tells_what_the_ballot_came_to(cabinet: Cabinet, bundle: bytes) -> None:
    facts = checked(bundle, cabinet).facts
    assert facts is not None
    assert (facts.collation, facts.subject) == (cabinet.collation(), cabinet.asked.subject)
    answered = {each.elector: [answer.option for answer in each.answers] for each in facts.opinions}
    assert answered == {
        "chair": ["agree", "agree"],
        "finance": ["agree", "agree"],
        "construction": ["other", "agree"],
        "agriculture": ["disagree", "agree"],
        "home-affairs": [],
    }


def test_the_same_content_papers_and_signature_give_the_same_bytes(cabinet: Cabinet, bundle: bytes) -> None:
    unsigned = assemble(cabinet.record(), dict(reversed(cabinet.papers.items())))
    assert unsigned.seal(read(bundle).seal) == bundle


def test_stock_zip_readers_find_the_same_files(bundle: bytes, tmp_path: Path) -> None:
    path = tmp_path / "evidence.asice"
    path.write_bytes(bundle)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
    assert infos[0].filename == "mimetype"
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    # EN 319 162-1, annex A.1: the media type can be told from the file's first bytes.
    assert bundle[30:69] == b"mimetypeapplication/vnd.etsi.asic-e+zip"
    subprocess.run(["unzip", "-q", "-t", path], check=True)


def test_the_layout_is_the_documented_one(bundle: bytes, cabinet: Cabinet) -> None:
    names = list(files_of(bundle))
    opening, first_opinion, result = cabinet.opening.leaf, cabinet.opening.leaf + 1, len(cabinet.ledger) - 1
    assert names[:6] == [
        "mimetype",
        "README.txt",
        "policy.json",
        "certificates/authority.pem",
        "certificates/registrar.pem",
        "register/00000000.body.founded.json",
    ]
    for name in (
        "register/00000001.enrolled.tlog-proof",
        f"publications/{opening - 2:08d}.documents.published.p7s",
        f"ballot/{opening:08d}.ballot.opened.json",
        f"ballot/{first_opinion:08d}.opinion.p7s",
        f"ballot/{result:08d}.ballot.result.json",
    ):
        assert name in names
    assert names[-7:-4] == ["ledger/checkpoint", "ledger/entries.bin", "ledger/proofs.json"]
    assert [name[:7] for name in names[-4:-2]] == ["papers/", "papers/"]
    assert names[-2:] == ["META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"]


def test_entries_run_from_the_opening_to_the_result_whatever_came_later() -> None:
    later = Cabinet.with_result()
    last = len(later.ledger)
    for _ in range(5):
        later.send_meeting()
    later.enrol("home-affairs", Role.MEMBER)
    data = sealed(later)
    entries = files_of(data)["ledger/entries.bin"]
    assert entries == b"".join(bytes(each.entry) for each in later.ledger[later.opening.leaf : last])
    assert checked(data, later).exit_code is ExitCode.PROVEN


def test_papers_may_be_named_by_digest_alone_and_the_report_says_so(cabinet: Cabinet) -> None:
    for papers, said in (({}, "2/2"), (dict([next(iter(cabinet.papers.items()))]), "1/2")):
        report = checked(sealed(cabinet, papers=papers), cabinet)
        assert report.exit_code is ExitCode.PROVEN
        (remark,) = report[Check.PAPERS].findings
        assert (remark.fault, remark.detail, remark.verdict) == (Fault.PAPERS_BY_DIGEST, said, Verdict.PASSED)


def test_other_bytes_than_a_paper_are_not_taken_for_it(cabinet: Cabinet) -> None:
    digest = next(iter(cabinet.papers))
    with pytest.raises(UnfitRecord):
        assemble(cabinet.record(), {digest: b"%PDF-1.7 another"})


def test_a_paper_that_is_no_pdf_keeps_its_digest_as_name() -> None:
    cabinet = Cabinet.seated()
    cabinet.publish({**PAPERS, "goc.docx": b"PK\x03\x04 word"})
    cabinet.open_ballot()
    cabinet.close()
    cabinet.announce()
    names = {name for name in files_of(sealed(cabinet)) if name.startswith("papers/")}
    assert {name.endswith(".pdf") for name in names} == {True, False}
    assert {name.removesuffix(".pdf").removeprefix("papers/") for name in names} == cabinet.papers.keys()


def test_no_bundle_is_made_before_there_is_a_result(cabinet: Cabinet) -> None:
    unfinished = Cabinet.with_open_ballot()
    for _ in range(2):
        with pytest.raises(UnfitRecord):
            assemble(unfinished.record())
        unfinished.close()
    honest = cabinet.record()
    for changes in ({"register": ()}, {"ballot": ()}, {"range_proof": ()}, {"checkpoint": "?"}, {"entries": b""}):
        with pytest.raises(UnfitRecord):
            assemble(replace(honest, **changes))


def test_extensions_and_late_opinions_are_part_of_the_evidence() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair")
    deadline = cabinet.asked.deadline_at
    cabinet.extend(deadline + timedelta(days=1))
    cabinet.append(cabinet.opinion("finance"), at=deadline + timedelta(hours=1))
    cabinet.append(cabinet.opinion("construction"), at=deadline + timedelta(days=2))
    cabinet.close()
    cabinet.answer("agriculture")
    cabinet.announce()
    report = checked(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert report.facts is not None
    assert (report.facts.collation.received, len(report.facts.collation.late)) == (2, 2)


def test_a_late_opinion_that_came_while_the_secretary_counted_is_no_forgery() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair")
    cabinet.close()
    counted = cabinet.result()
    cabinet.answer("finance")
    cabinet.append(counted)
    assert checked(sealed(cabinet), cabinet).exit_code is ExitCode.PROVEN


def test_a_signer_who_is_not_up_to_date_is_still_in_line() -> None:
    cabinet = Cabinet.with_open_ballot()
    for person, size in (("chair", 1), ("finance", 4), ("construction", len(cabinet.tree) - 1)):
        cabinet.append(cabinet.opinion(person, **cabinet.heading(seen=cabinet.checkpoint(size))))
    cabinet.append(cabinet.opinion("agriculture", **cabinet.heading(seen=None)))
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert [each.fault for each in report[Check.SEEN].findings] == [Fault.SEEN_NOTHING]


def test_a_clock_behind_the_signers_is_remarked_and_no_more() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.append(cabinet.opinion("chair", **cabinet.heading(at=cabinet.now + timedelta(days=2))))
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert [each.fault for each in report[Check.ORDER].findings] == [Fault.ACCEPTED_BEFORE_SIGNED]


def test_without_a_trusted_registrar_nothing_is_proven(cabinet: Cabinet, bundle: bytes) -> None:
    assert check(read(bundle), ()).exit_code is ExitCode.INCOMPLETE
    stranger = check(read(bundle), (cabinet.authority.certificate,))
    assert stranger.exit_code is ExitCode.DISPROVEN
    assert stranger[Check.FOUNDING].findings[0].fault is Fault.NOT_ANCHORED


def test_a_policy_that_wants_witnesses_is_not_satisfied_by_silence(cabinet: Cabinet, bundle: bytes) -> None:
    strict = Policy(clock_tolerance_seconds=0, witnesses=WitnessPolicy(quorum=1, keys=("witness+00000000+AA==",)))
    report = check(read(bundle), cabinet.anchors, strict)
    assert report.exit_code is ExitCode.INCOMPLETE
    assert report[Check.WITNESSES].verdict is Verdict.NOT_CHECKED


def test_a_certificate_renewed_for_the_same_key_of_the_same_person_counts() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.enrol("finance", device=cabinet.device("finance"))
    cabinet.answer("finance")
    cabinet.close()
    cabinet.announce()
    assert checked(sealed(cabinet), cabinet).exit_code is ExitCode.PROVEN


def test_a_seal_made_after_a_change_of_device_holds() -> None:
    cabinet = Cabinet.with_result()
    cabinet.revoke("secretary")
    cabinet.enrol("secretary", Role.SECRETARY, device=cabinet.device("secretary", "secretary's second"))
    assert checked(sealed(cabinet), cabinet).exit_code is ExitCode.PROVEN


def test_the_signed_policy_is_in_the_bundle_as_it_was_founded(bundle: bytes, cabinet: Cabinet) -> None:
    policy = codec.load(Policy, files_of(bundle)["policy.json"])
    assert policy == Policy(clock_tolerance_seconds=86_400, witnesses=WitnessPolicy(quorum=0, keys=()))


def test_the_readme_says_in_both_languages_what_is_proven_and_what_not(bundle: bytes, cabinet: Cabinet) -> None:
    text = files_of(bundle)["README.txt"].decode()
    for words in ("không bị ép buộc", "not coerced", cabinet.asked.subject, *cabinet.papers, "430/TTr-STC"):
        assert words in text


def test_a_registrar_of_an_outside_authority_is_anchored_by_it() -> None:
    outside = Authority.found(body="Ban Cơ yếu", at=BEGINNING, valid_for=timedelta(days=3650))
    cabinet = Cabinet()
    registrar = Device("registrar")
    registrar.certificate = outside.issue(
        make_request(registrar.signing_key),
        title="Chánh Văn phòng",
        body=BODY_NAME,
        crl_url="http://localhost/outside.crl",
        at=BEGINNING,
        valid_for=timedelta(days=365),
    )
    cabinet.devices["registrar"] = registrar
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair")
    cabinet.close()
    cabinet.announce()
    bundle = read(sealed(cabinet))
    assert check(bundle, (outside.certificate,)).exit_code is ExitCode.PROVEN
    assert check(bundle, (registrar.certificate,)).exit_code is ExitCode.PROVEN
    assert not check(bundle, (registrar.certificate,))[Check.FOUNDING].findings
    (remark,) = check(bundle, (outside.certificate,))[Check.FOUNDING].findings
    assert (remark.verdict, remark.fault) == (Verdict.PASSED, Fault.ANCHORED_BY_ISSUER)
    assert "Chánh Văn phòng" in remark.detail
    assert check(bundle, (cabinet.authority.certificate,)).exit_code is ExitCode.DISPROVEN
    # An anchor of a kind that is not known here takes nothing from the others.
    for anchors in ((b"no certificate", outside.certificate), (outside.certificate, b"no certificate")):
        assert check(bundle, anchors).exit_code is ExitCode.PROVEN


class Restored(Cabinet):
    """A body whose server was restored from a backup, more than once: each time a new epoch begins."""

    epoch = 1

    @property
    def log_key(self) -> LogKey:
        return LogKey(
            name=origin_of(self.body, self.epoch), public_key=self.log_private_key.public_key().public_bytes_raw()
        )

    def restore(self, named: str | None = None) -> None:
        started = EpochStarted(
            **self.heading(),
            epoch=self.epoch + 1,
            log_key=self.log_key.public_key,
            last_checkpoint=named or self.checkpoint(),
            previous=self.register_head,
        )
        self.append(self.sign("registrar", started))
        self.epoch += 1

    def beyond(self, count: int, root: bytes = bytes(32)) -> str:
        """A checkpoint of the log as it is, of entries that a restored backup does not bring back."""
        checkpoint = Checkpoint(origin=self.log_key.name, size=len(self.tree) + count, root=root)
        return checkpoint.signed(self.log_private_key)

    def every_proof(self) -> tuple[SeenProof, ...]:
        sizes = range(1, len(self.tree) + 1)
        return tuple(SeenProof(size=size, path=self.tree.consistency_proof(size)) for size in sizes)


@pytest.mark.parametrize(
    ("named", "seen", "code", "faults"),
    [
        (3, 3, ExitCode.PROVEN, [(Fault.BEYOND_THIS_EPOCH, None), (Fault.BEYOND_THIS_EPOCH, None)]),
        (4, 3, ExitCode.PROVEN, [(Fault.BEYOND_THIS_EPOCH, None), (Fault.BEYOND_THIS_EPOCH, None)]),
        (0, 0, ExitCode.PROVEN, []),
        (2, 3, ExitCode.DISPROVEN, [(Fault.BEYOND_THIS_EPOCH, None), (Fault.EPOCH_CUT_SHORT, Culprit.REGISTRAR)]),
        (0, 1, ExitCode.DISPROVEN, [(Fault.EPOCH_CUT_SHORT, Culprit.REGISTRAR)]),
    ],
)
def test_what_a_restore_lost_is_what_the_registrar_named(
    named: int, seen: int, code: ExitCode, faults: list[tuple[Fault, Culprit | None]]
) -> None:
    cabinet = Restored()
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    named_note, seen_note = (cabinet.beyond(each) if each else cabinet.checkpoint() for each in (named, seen))
    cabinet.restore(named_note)
    for _ in range(5):
        cabinet.publish()
    cabinet.restore()
    cabinet.open_ballot()
    cabinet.append(cabinet.opinion("chair", **cabinet.heading(seen=seen_note)))
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet, record=cabinet.record(consistency=cabinet.every_proof())), cabinet)
    assert report.exit_code is code
    assert [(each.fault, each.culprit) for each in report[Check.SEEN].findings] == faults


def test_another_history_of_the_size_that_was_named_convicts_the_log() -> None:
    cabinet = Restored.seated()
    assert isinstance(cabinet, Restored)
    named, seen = cabinet.beyond(3), cabinet.beyond(3, bytes([1] * 32))
    cabinet.restore(named)
    cabinet.open_ballot()
    cabinet.append(cabinet.opinion("chair", **cabinet.heading(seen=seen)))
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet, record=cabinet.record(consistency=cabinet.every_proof())), cabinet)
    assert (Fault.HISTORY_REWRITTEN, Culprit.LOG) in [
        (each.fault, each.culprit) for each in report[Check.SEEN].findings
    ]


def test_an_epoch_that_names_what_no_log_signed_is_none() -> None:
    cabinet = Restored.seated()
    assert isinstance(cabinet, Restored)
    stranger = Cabinet("H00.3")
    stranger.found()
    cabinet.restore(stranger.checkpoint())
    cabinet.open_ballot()
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet, record=cabinet.record(consistency=cabinet.every_proof())), cabinet)
    assert (report[Check.REGISTER].findings[0].fault, report[Check.REGISTER].findings[0].culprit) == (
        Fault.UNFIT_ENROLMENT,
        Culprit.REGISTRAR,
    )


def test_who_was_asked_or_presides_without_a_seat_is_remarked_and_no_more() -> None:
    cabinet = Cabinet.seated()
    cabinet.publish()
    members = cabinet.electorate()
    guest = Elector(person="secretary", office=cabinet.offices["secretary"][0], proposed=False)
    asked = replace(members, electors=(*members.electors, guest), statutory=6, in_office=6, chair="finance")
    cabinet.open_ballot(electorate=asked)
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    assert {(each.fault, each.who) for each in report[Check.ELECTORATE].findings} == {
        (Fault.ASKED_WITHOUT_SEAT, "secretary"),
        (Fault.CHAIRS_WITHOUT_SEAT, "finance"),
    }


def test_an_answer_of_who_has_left_office_is_remarked_and_no_more() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair")
    cabinet.enrol("finance", Role.GUEST, device=cabinet.devices["finance"])
    left = cabinet.answer("finance")
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.PROVEN
    (remark,) = report[Check.ELECTORATE].findings
    assert (remark.fault, remark.who) == (Fault.ANSWERED_WITHOUT_SEAT, "finance")
    assert remark.place == f"ballot/{left.leaf:08d}.opinion.json"


def of_a_newer_version(cabinet: Cabinet, signed: Envelope, signer: str) -> Envelope:
    value = canonical.decode(signed.statement)
    assert isinstance(value, dict)
    newer = canonical.encode({**value, "v": 2})
    return Envelope(newer, cades.sign(newer, cabinet.devices[signer].signer(), cabinet.now))


def test_a_newer_opinion_is_not_checked_rather_than_wrong() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair")
    tag = cabinet.opening.envelope.digest
    cabinet.append(of_a_newer_version(cabinet, cabinet.opinion("finance"), "finance"), tag=tag)
    cabinet.close()
    cabinet.announce()
    report = checked(sealed(cabinet), cabinet)
    assert report.exit_code is ExitCode.INCOMPLETE
    open_checks = {each.check for each in report.checks if each.verdict is Verdict.NOT_CHECKED}
    assert open_checks == {Check.SIGNATURES, Check.ONE_HEAD, Check.TALLY, Check.OUTCOME}


def test_a_newer_register_statement_is_not_checked_rather_than_wrong() -> None:
    cabinet = Cabinet.with_open_ballot()
    newer = of_a_newer_version(cabinet, cabinet.revocation("finance"), "registrar")
    appended = cabinet.append(newer, tag=register_tag(cabinet.body))
    cabinet.answer("chair")
    cabinet.close()
    cabinet.append(cabinet.result(register_head=appended.digest))
    record = cabinet.record()
    leaves = sorted([*record.register, *cabinet.placed([appended])], key=lambda each: each.placed.leaf)
    report = checked(sealed(cabinet, record=replace(record, register=tuple(leaves))), cabinet)
    assert report.exit_code is ExitCode.INCOMPLETE
    assert report[Check.REGISTER].verdict is Verdict.NOT_CHECKED
    assert report[Check.VALIDITY].verdict is Verdict.NOT_CHECKED
