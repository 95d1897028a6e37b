"""A stranger judges evidence that a signed result passes over an opinion."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecabinet.core import codec
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.fork import UnreadableEvidence
from ecabinet.core.omission import OmissionEvidence, OmissionVerdict, check_omission, read_omission
from ecabinet.core.protocol import PlacedEnvelope
from ecabinet.core.register import EpochStarted
from tests.cabinet import Cabinet
from tests.saved import counting_but, last_opinion, omission


def answered() -> Cabinet:
    """Closed; finance answered twice, the chair once."""
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "agree")
    cabinet.answer("finance", "disagree", "disagree")
    cabinet.close()
    return cabinet


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    """Whose result passes over both of finance's answers."""
    cabinet = answered()
    cabinet.announce(counting_but(cabinet, "finance"))
    return cabinet


@pytest.fixture(scope="module")
def evidence(cabinet: Cabinet) -> OmissionEvidence:
    return omission(cabinet, "finance")


def verdict(cabinet: Cabinet, given: OmissionEvidence) -> OmissionVerdict:
    return check_omission(read_omission(codec.dump(given)), cabinet.anchors).verdict


def moved(placed: PlacedEnvelope, **changes: Any) -> PlacedEnvelope:
    return replace(placed, placed=replace(placed.placed, **changes))


def test_an_opinion_that_was_in_the_ledger_before_the_result_convicts_its_signer(
    cabinet: Cabinet, evidence: OmissionEvidence
) -> None:
    facts = check_omission(read_omission(codec.dump(evidence)), cabinet.anchors)
    assert facts.verdict is OmissionVerdict.PASSED_OVER
    assert (facts.elector, facts.leaf, facts.counted) == ("finance", evidence.opinion.placed.leaf, None)
    assert (facts.signer, facts.signer_office) == ("secretary", cabinet.offices["secretary"][0])
    assert facts.subject == cabinet.asked.subject


def test_counting_an_older_opinion_convicts_as_well() -> None:
    cabinet = answered()
    first = min(each.leaf for each in cabinet.opinions() if each.opinion.elector == "finance")
    cabinet.announce(counting_but(cabinet, "finance", lambda each: each.leaf == first))
    given = omission(cabinet, "finance")
    assert verdict(cabinet, given) is OmissionVerdict.PASSED_OVER
    assert check_omission(given, cabinet.anchors).counted == first


def test_an_opinion_that_was_counted_accuses_nobody() -> None:
    cabinet = answered()
    cabinet.announce()
    assert verdict(cabinet, omission(cabinet, "finance")) is OmissionVerdict.COUNTED


def test_an_earlier_opinion_is_no_accusation_while_a_later_one_may_be_counted() -> None:
    cabinet = answered()
    cabinet.announce()
    first = next(each for each in cabinet.of_the_ballot() if getattr(each.statement, "elector", None) == "finance")
    receipt = cabinet.receipt(first).text()
    given = omission(cabinet, "finance", opinion=cabinet.placed([first])[0], receipt=receipt)
    assert verdict(cabinet, given) is OmissionVerdict.NOT_SHOWN


def test_late_opinions_need_not_count() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.append(cabinet.opinion("finance", "agree", "agree"), at=cabinet.asked.deadline_at + timedelta(hours=1))
    cabinet.close()
    cabinet.announce()
    assert verdict(cabinet, omission(cabinet, "finance")) is OmissionVerdict.NEED_NOT_COUNT


def test_an_extension_makes_them_count() -> None:
    cabinet = Cabinet.with_open_ballot()
    deadline = cabinet.asked.deadline_at
    cabinet.extend(deadline + timedelta(days=2))
    cabinet.append(cabinet.opinion("finance", "agree", "agree"), at=deadline + timedelta(hours=1))
    cabinet.close()
    cabinet.announce(counting_but(cabinet, "finance"))
    given = omission(cabinet, "finance")
    assert verdict(cabinet, given) is OmissionVerdict.PASSED_OVER
    without = tuple(each for each in given.ballot if b'"ballot.extended"' not in each.envelope.statement)
    assert verdict(cabinet, replace(given, ballot=without)) is OmissionVerdict.NEED_NOT_COUNT


def test_opinions_after_the_closing_need_not_count() -> None:
    cabinet = Cabinet.with_open_ballot()
    cabinet.close()
    cabinet.answer("finance", "agree", "agree")
    cabinet.announce()
    assert verdict(cabinet, omission(cabinet, "finance")) is OmissionVerdict.NEED_NOT_COUNT


def test_opinions_of_a_revoked_key_need_not_count() -> None:
    cabinet = Cabinet.with_open_ballot()
    opinion = cabinet.opinion("finance", "agree", "agree")
    cabinet.revoke("finance")
    cabinet.append(opinion)
    cabinet.close()
    cabinet.announce(counting_but(cabinet, "finance"))
    given = omission(cabinet, "finance")
    assert verdict(cabinet, given) is OmissionVerdict.NEED_NOT_COUNT
    assert verdict(cabinet, replace(given, register=given.register[:-1])) is OmissionVerdict.FORGED


def test_without_places_in_one_tree_it_is_open_who_is_to_blame(cabinet: Cabinet, evidence: OmissionEvidence) -> None:
    bare = replace(evidence, shown=None, seen=())
    assert verdict(cabinet, bare) is OmissionVerdict.NOT_SHOWN
    assert verdict(cabinet, replace(bare, receipt=None)) is OmissionVerdict.FORGED
    later = moved(bare.opinion, leaf=bare.opinion.placed.leaf - 1)
    assert verdict(cabinet, replace(bare, opinion=later)) is OmissionVerdict.FORGED


def test_of_an_opinion_that_a_restored_backup_lost_the_receipt_still_speaks() -> None:
    """Its leaf is of the old tree: it is held against no leaf of the new one, as the closing's."""
    cabinet = Cabinet.with_open_ballot()
    begins_at = cabinet.answer("chair", "agree", "agree").leaf
    lost = cabinet.answer("finance", "agree", "agree")
    started = EpochStarted(
        **cabinet.heading(),
        epoch=2,
        log_key=bytes(32),
        last_checkpoint=cabinet.checkpoint(),
        previous=cabinet.register_head,
    )
    cabinet.append(cabinet.sign("registrar", started))
    cabinet.close()
    cabinet.announce(counting_but(cabinet, "finance"))
    given = omission(cabinet, "finance", shown=None, seen=())
    register = (*given.register[:-1], moved(given.register[-1], leaf=begins_at))
    opened, closed, result = given.ballot
    ballot = (opened, moved(closed, leaf=lost.leaf), moved(result, leaf=lost.leaf + 1))
    assert verdict(cabinet, replace(given, register=register, ballot=ballot)) is OmissionVerdict.NOT_SHOWN
    assert verdict(cabinet, replace(given, ballot=ballot)) is OmissionVerdict.NEED_NOT_COUNT


def test_a_log_that_showed_the_signer_another_history_does_not_make_him_guilty(cabinet: Cabinet) -> None:
    other = answered()
    stranger = Checkpoint(origin=other.log_key.name, size=3, root=bytes(32)).signed(other.log_private_key)
    other.append(other.result(counting_but(other, "finance"), seen=stranger))
    assert verdict(other, omission(other, "finance")) is OmissionVerdict.NOT_SHOWN


def test_whatever_stands_elsewhere_or_is_signed_by_others_is_no_evidence(
    cabinet: Cabinet, evidence: OmissionEvidence
) -> None:
    back = moved(evidence.opinion, accepted_at=evidence.opinion.placed.accepted_at - timedelta(days=9))
    long_ago = moved(evidence.ballot[0], accepted_at=datetime(1969, 12, 31, tzinfo=UTC))
    twin = answered()
    twin.announce(counting_but(twin, "finance"))
    for given in (
        replace(evidence, opinion=back),
        replace(evidence, ballot=(long_ago, *evidence.ballot[1:])),
        replace(evidence, receipt=twin.receipt(last_opinion(twin, "finance")).text()),
        replace(evidence, opinion=moved(evidence.opinion, path=())),
        replace(evidence, shown=twin.checkpoint()),
        replace(evidence, register=evidence.register[:-1]),
        replace(evidence, register=(evidence.register[0], *evidence.register[2:])),
        replace(evidence, ballot=omission(twin, "finance").ballot),
        replace(evidence, ballot=evidence.ballot[1:]),
        replace(evidence, body="H00.9"),
    ):
        assert verdict(cabinet, given) is OmissionVerdict.FORGED
    assert verdict(twin, evidence) is OmissionVerdict.OTHER_REGISTRAR


@pytest.mark.parametrize("given", [b"", b"{", b"{}", b"{" * 5000, b"[]", b"\xff"])
def test_anything_else_is_unreadable(given: bytes) -> None:
    with pytest.raises(UnreadableEvidence):
        read_omission(given)


def test_evidence_without_its_parts_is_unreadable(cabinet: Cabinet, evidence: OmissionEvidence) -> None:
    swapped = replace(evidence, opinion=evidence.ballot[0])
    for given in (replace(evidence, register=()), replace(evidence, ballot=()), swapped):
        with pytest.raises(UnreadableEvidence):
            check_omission(given, cabinet.anchors)
