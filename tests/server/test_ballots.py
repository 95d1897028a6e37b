"""A ballot from its opening to its evidence."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ecabinet.core import envelope, protocol
from ecabinet.core.ballots import Attachment, BallotResult, collate
from ecabinet.core.canonical import LARGEST_STATEMENT
from ecabinet.core.evidence import ExitCode
from ecabinet.core.protocol import Path, Reason, Refused
from tests.bundles import checked, sealed
from tests.server.live import LiveCabinet
from tests.server.local import Clock, LocalCabinet

TWO = ["chair", "finance"]
NOBODY = "00000000-0000-7000-8000-000000000000"


def test_a_ballot_proves_itself_to_a_stranger(cabinet: LiveCabinet) -> None:
    cabinet.prepare()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "disagree", "agree")
    cabinet.send_meeting()
    cabinet.answer("construction", "other", "agree", text="Đề nghị ưu tiên giao thông.")
    cabinet.answer("finance", "agree", "agree")
    cabinet.answer("agriculture")
    cabinet.close()
    cabinet.announce()
    bundle = sealed(cabinet)
    report = checked(bundle, cabinet)
    assert report.exit_code is ExitCode.PROVEN, report

    path = cabinet.path(Path.BUNDLE, ballot=cabinet.asked.ballot)
    offer = protocol.UploadOffer(digest=cabinet.upload("secretary", bundle), size=len(bundle))
    for _ in range(2):  # the reply may have been lost
        cabinet.caller("secretary").send("PUT", path, offer)
    assert cabinet.caller("chair").request("GET", path).data == bundle
    other = protocol.UploadOffer(digest=cabinet.upload("secretary", bundle + b"x"), size=len(bundle) + 1)
    for caller, asked, reason in [
        ("secretary", other, Reason.ID_REUSED),
        ("secretary", replace(offer, digest="0" * 64), Reason.PAPER_MISSING),
        ("chair", offer, Reason.NO_RIGHT),
    ]:
        with pytest.raises(Refused, match=reason.value):
            cabinet.caller(caller).send("PUT", path, asked)


def test_a_record_may_be_longer_than_any_statement(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=TWO)
    for number in range(3):
        cabinet.answer("chair", remark=f"{number}" * 1_500_000)
    cabinet.close()
    cabinet.announce()
    assert sum(len(each.envelope.statement) for each in cabinet.record().ballot) > 4_500_000
    assert checked(sealed(cabinet), cabinet).exit_code is ExitCode.PROVEN


def test_a_statement_that_could_not_be_handed_on_is_refused(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    remark = "x" * (protocol.LARGEST_ENVELOPE - 1000)
    assert local.refusal(local.opinion("chair", remark=remark + "x" * 1000)) == (Reason.TOO_LARGE, "statement")
    local.answer("chair", remark=remark[:-2000])
    assert local.feed("chair", after=local.feed("chair").position - 1).rows
    assert local.refusal(local.ballot(summary="x" * LARGEST_STATEMENT)) == (Reason.TOO_LARGE, "statement")


def test_what_names_all_electors_may_be_longer(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=TWO)
    opened = cabinet.open_ballot(summary="x" * protocol.LARGEST_REQUEST)
    cabinet.answer("chair")
    assert opened.envelope in [each.envelope for each in cabinet.read_all("chair")]


def test_who_may_have_the_record_and_when(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=TWO)
    record = cabinet.path(Path.BALLOT_RECORD, ballot=cabinet.asked.ballot)
    bundle = cabinet.path(Path.BUNDLE, ballot=cabinet.asked.ballot)

    def status(person: str, path: str = record) -> int:
        return cabinet.caller(person).request("GET", path).status

    assert [status(person) for person in ("secretary", "chair", "registrar")] == [200, 403, 403]
    assert status("secretary", cabinet.path(Path.BALLOT_RECORD, ballot=NOBODY)) == 404
    assert status("secretary", bundle) == 404
    offer = protocol.UploadOffer(digest=cabinet.upload("secretary", b"bundle"), size=6)
    with pytest.raises(Refused, match="ballot_not_closed"):
        cabinet.caller("secretary").send("PUT", bundle, offer)
    cabinet.close()
    cabinet.announce()
    assert [status(person) for person in ("secretary", "chair", "registrar")] == [200, 200, 403]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"answers": ()}, (Reason.UNFIT_OPINION, "missing_answer")),
        ({"elector": "construction"}, (Reason.NO_RIGHT, "elector")),
        ({"opened": "0" * 64}, (Reason.UNKNOWN, None)),
        ({"ballot": NOBODY}, (Reason.UNKNOWN, NOBODY)),
        ({"counter": 2, "replaces": "0" * 64}, (Reason.OPINION_SUPERSEDED, "")),
        (
            {"attachments": (Attachment(digest="0" * 64, size=3, file_name="a.pdf"),)},
            (Reason.PAPER_MISSING, "0" * 64),
        ),
        (
            {"attachments": (Attachment(digest="0" * 64, size=3, file_name="../a.pdf"),)},
            (Reason.MALFORMED, "file_name"),
        ),
    ],
)
def test_an_opinion_that_is_none(local: LocalCabinet, changes: dict[str, Any], expected: tuple[Reason, str]) -> None:
    local.prepare(members=TWO)
    reason, what = local.refusal(local.altered(local.opinion("chair"), **changes))
    assert reason is expected[0]
    assert what == expected[1] or expected[1] is None


def test_an_unknown_option_and_a_missing_text(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    assert local.refusal(local.opinion("chair", "maybe", "agree")) == (Reason.UNFIT_OPINION, "unknown_option")
    assert local.refusal(local.opinion("chair", "other", "agree")) == (Reason.UNFIT_OPINION, "missing_text")


def test_two_devices_that_answer_at_once_do_not_overwrite_each_other(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    one, other = local.opinion("chair", "agree", "agree"), local.opinion("chair", "disagree", "agree")
    local.append(one)
    assert local.refusal(other) == (Reason.OPINION_SUPERSEDED, "")
    local.answer("chair", "disagree", "agree")


def test_an_opinion_after_the_closing_is_told_when_that_was(local: LocalCabinet, clock: Clock) -> None:
    local.prepare(members=TWO)
    late = local.opinion("finance")
    closed = local.close()
    clock.advance(timedelta(hours=1))
    (outcome,) = local.submit(late)
    assert outcome.refusal == protocol.Refusal(
        reason=Reason.BALLOT_CLOSED, what=local.asked.ballot, at=closed.accepted_at
    )
    assert local.refusal(local.closing())[0] is Reason.BALLOT_CLOSED
    assert local.refusal(local.extension(local.asked.deadline_at + timedelta(days=1)))[0] is Reason.BALLOT_CLOSED


def test_an_opinion_after_the_deadline_is_late_and_before_an_extended_one_is_not(
    local: LocalCabinet, clock: Clock
) -> None:
    local.prepare()
    local.answer("chair")
    clock.advance(timedelta(days=4))
    late = local.answer("finance")
    local.close()
    local.announce()
    collation = local.collation()
    assert collation.late == (late.leaf,)
    assert collation.received == 1

    local.open_ballot()
    assert local.refusal(local.extension(local.asked.deadline_at)) == (Reason.MALFORMED, "deadline_at")
    local.extend(local.asked.deadline_at + timedelta(days=3))
    clock.advance(timedelta(days=4))
    local.answer("finance")
    local.close()
    local.announce()
    assert local.collation().late == ()


def test_a_result_is_what_comes_out(local: LocalCabinet) -> None:
    local.prepare(members=TWO)
    local.answer("chair")
    assert local.refusal(closed_early(local)) == (Reason.BALLOT_NOT_CLOSED, "")
    local.close()
    good = local.result()
    said = envelope.parse(good.statement)
    assert isinstance(said, BallotResult)
    for changes in ({"closed_leaf": 1}, {"collation": replace(said.collation, received=2)}):
        assert local.refusal(local.altered(good, **changes)) == (Reason.WRONG_RESULT, "")
    assert local.refusal(local.altered(good, register_head="0" * 64)) == (Reason.STALE_REGISTER, "")
    local.append(good)
    assert local.refusal(local.result())[0] is Reason.STALE_REVISION


def closed_early(local: LocalCabinet) -> envelope.Envelope:
    """A result before there is an end."""
    said = BallotResult(
        **local.heading(),
        ballot=local.asked.ballot,
        opened=local.opening.digest,
        closed_leaf=1,
        collation=collate(local.asked, (), local.opinions(), 10_000),
        register_head=local.register_head,
    )
    return local.sign("secretary", said)


def test_ballots_that_cannot_be_opened(local: LocalCabinet) -> None:
    local.seat(members=TWO)
    local.publish()
    papers, electorate = local.references(), local.electorate()
    stranger = replace(electorate.electors[0], person="construction")
    flawed: list[tuple[dict[str, Any], tuple[Reason, str]]] = [
        ({"register_head": "0" * 64}, (Reason.STALE_REGISTER, "")),
        ({"deadline_at": local.now - timedelta(seconds=1)}, (Reason.MALFORMED, "deadline_at")),
        (
            {"electorate": replace(electorate, electors=(*electorate.electors[:1], stranger))},
            (Reason.NOT_ENROLLED, "construction"),
        ),
        ({"documents": (replace(papers[0], document=NOBODY),)}, (Reason.PAPER_MISSING, NOBODY)),
        ({"documents": (replace(papers[0], digest="0" * 64),)}, (Reason.PAPER_MISSING, papers[0].document)),
        ({"documents": (papers[0], papers[0])}, (Reason.MALFORMED, "documents")),
    ]
    for changes, expected in flawed:
        assert local.refusal(local.ballot(**changes)) == expected


def test_a_ballot_is_opened_once(local: LocalCabinet) -> None:
    local.prepare(members=TWO)
    again = local.altered(local.ballot(), ballot=local.asked.ballot)
    assert local.refusal(again) == (Reason.ID_REUSED, local.asked.ballot)


def test_an_attachment_is_for_those_who_may_read_the_opinion(cabinet: LiveCabinet) -> None:
    cabinet.prepare(members=TWO)
    data = b"%PDF-1.7 an annex"
    file = Attachment(digest=hashlib.sha256(data).hexdigest(), size=len(data), file_name="phu-luc.pdf")
    opinion = cabinet.opinion("chair", attachments=(file,))
    assert cabinet.refusal(opinion) == (Reason.PAPER_MISSING, file.digest)
    cabinet.upload("finance", data)  # that another has it is no help
    assert cabinet.refusal(opinion) == (Reason.PAPER_MISSING, file.digest)
    cabinet.upload("chair", data)
    cabinet.append(opinion)
    said = envelope.parse(opinion.statement)
    path = cabinet.path(Path.ATTACHMENT, opinion=said.id, digest=file.digest)

    def status(person: str, path: str = path) -> int:
        return cabinet.caller(person).request("GET", path).status

    assert cabinet.caller("secretary").request("GET", path).data == data
    assert [status(person) for person in ("chair", "finance", "registrar")] == [200, 403, 403]
    assert status("chair", cabinet.path(Path.ATTACHMENT, opinion=said.id, digest="0" * 64)) == 404
    assert status("chair", cabinet.path(Path.ATTACHMENT, opinion=NOBODY, digest=file.digest)) == 404
    cabinet.close()
    cabinet.announce()
    assert status("finance") == 200
