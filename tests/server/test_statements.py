"""What holds for every statement, whatever it says: identity, signature, what was seen, who may."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ecabinet.core import envelope, protocol
from ecabinet.core.canonical import Flaw
from ecabinet.core.checkpoint import Receipt, open_checkpoint
from ecabinet.core.envelope import Envelope, sign
from ecabinet.core.ledger import verify_consistency
from ecabinet.core.people import Role
from ecabinet.core.protocol import Path, Reason, Refused
from tests.cabinet import Cabinet
from tests.server.live import LiveCabinet
from tests.server.local import LocalCabinet


def test_the_same_statement_again_gets_a_receipt_for_the_same_leaf(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    opinion = local.opinion("chair")
    first = local.append(opinion)
    size = len(local.ledger)
    local.send_meeting()
    (again,) = local.submit(opinion)
    assert again.receipt is not None
    receipt = Receipt.from_text(again.receipt)
    assert (receipt.index, receipt.entry) == (first.leaf, first.entry)
    assert open_checkpoint(receipt.note, local.log_key).size == size + 1


def test_the_same_statement_under_another_signature_is_the_same_leaf(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    opinion = local.opinion("chair")
    first = local.append(opinion)
    again = sign(envelope.parse(opinion.statement), local.devices["chair"].signer())
    assert again.signature != opinion.signature
    (outcome,) = local.submit(again, by="chair")
    assert outcome.receipt is not None
    assert Receipt.from_text(outcome.receipt).index == first.leaf


def test_the_same_id_with_other_bytes_is_refused(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    opinion = local.opinion("chair")
    local.append(opinion)
    other = local.altered(opinion, remark="Đổi ý")
    assert local.refusal(other) == (Reason.ID_REUSED, envelope.parse(opinion.statement).id)


def test_a_refusal_does_not_touch_the_others_of_a_submission(local: LocalCabinet) -> None:
    local.prepare(members=["chair", "finance", "construction"])
    good, bad, other = (local.opinion(person) for person in ("chair", "finance", "construction"))
    bad = local.altered(bad, answers=())
    outcomes = local.submit(good, bad, other)
    assert [outcome.refusal is None for outcome in outcomes] == [True, False, True]
    leaves = [local.take(signed, outcomes[place]).leaf for signed, place in ((good, 0), (other, 2))]
    assert leaves[1] == leaves[0] + 1


def test_a_later_statement_of_a_submission_may_build_on_an_earlier_one(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    first = local.opinion("chair")
    said = envelope.parse(first.statement)
    second = local.altered(
        first,
        id=envelope.new_id(local.now),
        counter=2,
        replaces=envelope.Opened(first, said, b"").statement_digest,
    )
    outcomes = local.submit(first, second, second)
    assert [outcome.refusal for outcome in outcomes] == [None, None, None]
    assert outcomes[1] == outcomes[2]


def test_what_is_wrong_in_one_statement_is_not_remembered_against_the_next(local: LocalCabinet) -> None:
    local.prepare(members=["chair", "finance"])
    other_ballot = local.altered(local.opinion("chair"), ballot=envelope.new_id(local.now))
    never_seen = local.altered(local.opinion("chair"), seen="never")
    outcomes = local.submit(other_ballot, never_seen, local.opinion("finance"), local.opinion("chair"))
    reasons = [outcome.refusal and outcome.refusal.reason for outcome in outcomes]
    assert reasons == [Reason.UNKNOWN, Reason.FOREIGN_CHECKPOINT, None, None]


def test_bytes_that_are_no_statement(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    good = local.opinion("chair")

    def refused(statement: bytes) -> tuple[Reason, str]:
        return local.refusal(Envelope(statement, good.signature), by="chair")

    assert refused(b"{") == (Reason.MALFORMED, Flaw.NOT_JSON)
    assert refused(good.statement.replace(b",", b", ", 1)) == (Reason.MALFORMED, Flaw.NOT_CANONICAL)
    assert refused(good.statement.replace(b'"v":1', b'"v":2')) == (Reason.NEEDS_NEWER_VERSION, "opinion")
    assert refused(good.statement.replace(b'"counter":1', b'"counter":0')) == (Reason.MALFORMED, "counter")
    assert refused(good.statement.replace(b'"agree"', b'"disagree"', 1))[0] is Reason.BAD_SIGNATURE
    assert local.refusal(Envelope(good.statement, b"none"), by="chair")[0] is Reason.BAD_SIGNATURE


def test_what_was_seen_is_a_checkpoint_of_this_log(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    other = Cabinet.seated()
    good = local.meeting()
    for seen in (None, "", "nonsense", other.checkpoint(), local.seen and local.seen.replace("\n9\n", "\n8\n")):
        if seen != local.seen:
            assert local.refusal(local.altered(good, seen=seen)) == (Reason.FOREIGN_CHECKPOINT, "")
    first = local.receipts[0].note
    local.append(local.altered(good, seen=first))


def test_a_statement_of_another_body_is_refused(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    assert local.refusal(local.altered(local.meeting(), body="H99")) == (Reason.MALFORMED, "body")


def test_a_key_nobody_enrolled_says_nothing(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    stranger = local.device("finance")
    statement = envelope.parse(local.meeting().statement)
    signed = sign(replace(statement, id=envelope.new_id(local.now)), stranger.signer())
    assert local.refusal(signed, by="chair") == (Reason.NOT_ENROLLED, "")


@pytest.mark.parametrize("kind", ["publication", "meeting", "ballot", "enrolment", "closing"])
def test_a_member_prepares_nothing(local: LocalCabinet, kind: str) -> None:
    local.prepare(members=["chair", "finance"])
    of_office: dict[str, Callable[[], Envelope]] = {
        "publication": local.publication,
        "meeting": local.meeting,
        "ballot": local.ballot,
        "enrolment": lambda: local.enrolment("construction", Role.MEMBER),
        "closing": local.closing,
    }
    statement = envelope.parse(of_office[kind]().statement)
    assert local.refusal(local.sign("finance", statement)) == (Reason.NO_RIGHT, "")


def test_nobody_answers_for_another(local: LocalCabinet) -> None:
    local.prepare(members=["chair", "finance"])
    statement = envelope.parse(local.opinion("chair").statement)
    assert local.refusal(local.sign("finance", statement)) == (Reason.NO_RIGHT, "elector")
    assert local.refusal(local.sign("secretary", statement))[0] is Reason.NO_RIGHT


def test_a_founding_is_no_statement_to_submit(local: LocalCabinet) -> None:
    founding = local.found()
    again = local.altered(founding.envelope, id=envelope.new_id(local.now), seen=local.seen)
    assert local.refusal(again) == (Reason.NO_RIGHT, "body.founded")


def test_too_many_statements_at_once_are_refused(cabinet: LiveCabinet) -> None:
    cabinet.found()
    with pytest.raises(Refused, match="too_large"):
        cabinet.submit(*[cabinet.ledger[0].envelope] * (protocol.MOST_ENVELOPES + 1))


def test_consistency_between_any_two_sizes(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    first, second = (open_checkpoint(cabinet.receipts[place].note, cabinet.log_key) for place in (0, -1))
    path = f"{cabinet.path(Path.CONSISTENCY)}?first={first.size}&second={second.size}"
    proof = cabinet.caller("chair").ask(protocol.Consistency, "GET", path).path
    verify_consistency(first.size, second.size, proof, first.root, second.root)
    for sizes in ("first=2&second=1", "first=1&second=99", "first=-1&second=1", "first=x&second=1", "first=1"):
        with pytest.raises(Refused, match="bad_request"):
            cabinet.caller("chair").send("GET", f"{cabinet.path(Path.CONSISTENCY)}?{sizes}")
