"""The one tally there is: against a count done by hand, in any order, and at every edge of a body's rule."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.ballots import (
    Answer,
    BallotExtended,
    BallotOpened,
    Base,
    Collation,
    Elector,
    Electorate,
    Opinion,
    Option,
    Question,
    QuestionTally,
    Recorded,
    Share,
    TieRule,
    Unfit,
    check_opinion,
    collate,
    is_passed,
    tally,
)
from tests.cabinet import Cabinet
from tests.sample import AGREEMENT, RULE

START = datetime(2026, 11, 20, tzinfo=UTC)
DEADLINE = START + timedelta(days=3)
CLOSED_LEAF = 1000
HEADING: dict[str, Any] = {"body": "H00.1", "id": "0" * 8 + "-0000-7000-8000-" + "0" * 12, "nonce": "0" * 32}
QUESTION = Question(key="q", text="?", options=AGREEMENT)
TEMPLATE = Cabinet.with_open_ballot().asked


def ballot(people: int = 5, *, chair: bool = True, in_office: int | None = None, **rule: Any) -> BallotOpened:
    """A ballot to so many electors, `p0` the chair, on one question."""
    electors = tuple(Elector(person=f"p{number}", office="", proposed=False) for number in range(people))
    size = people if in_office is None else in_office
    electorate = Electorate(electors=electors, statutory=size, in_office=size, vacant=0, chair="p0" if chair else None)
    tie = {} if chair else {"tie": TieRule.NONE}
    return replace(
        TEMPLATE,
        questions=(QUESTION,),
        electorate=electorate,
        deadline_at=DEADLINE,
        rule=replace(RULE, **{**tie, **rule}),
    )


def recorded(leaf: int, person: str, option: str, *, at: datetime = START, counter: int = 1) -> Recorded:
    opinion = Opinion(
        **HEADING,
        at=at,
        seen=None,
        ballot=TEMPLATE.ballot,
        opened="0" * 64,
        elector=person,
        capacity="",
        answers=(Answer(question="q", option=option, text="" if option != "other" else "vì"),),
        remark="",
        attachments=(),
        counter=counter,
        replaces=None if counter == 1 else "0" * 64,
    )
    return Recorded(leaf=leaf, accepted_at=at, opinion=opinion)


def extension(deadline_at: datetime) -> BallotExtended:
    return BallotExtended(
        **HEADING, at=START, seen=None, ballot=TEMPLATE.ballot, opened="0" * 64, deadline_at=deadline_at, reason=""
    )


def answers(opened: BallotOpened, *options: str | None) -> Collation:
    """Counts when the electors, in order, gave these options."""
    given = [recorded(leaf, f"p{leaf}", option) for leaf, option in enumerate(options) if option is not None]
    return collate(opened, (), given, CLOSED_LEAF)


def outcome(opened: BallotOpened, *options: str | None) -> tuple[str | None, bool]:
    (counted,) = answers(opened, *options).tallies
    return counted.carried, counted.by_tie_rule


# ---------------------------------------------------------------- against a count by hand


@dataclass(frozen=True)
class Arrival:
    """An answer, as fate has it."""

    person: int
    option: str
    hours: int


arrivals = st.lists(
    st.builds(
        Arrival,
        person=st.integers(0, 4),
        option=st.sampled_from(["agree", "disagree", "other"]),
        hours=st.integers(0, 100),
    ),
    max_size=12,
)


def laid_down(given: Sequence[Arrival]) -> list[Recorded]:
    """As a ledger has them: leaves ascending with time; a person's later opinions replace the earlier ones."""
    return [
        recorded(leaf, f"p{each.person}", each.option, at=START + timedelta(hours=each.hours))
        for leaf, each in enumerate(sorted(given, key=lambda each: each.hours))
    ]


def by_hand(given: Iterable[Recorded], closed_leaf: int, *, late_counts: bool) -> dict[str, int]:
    """Who counts, the slow way: everybody's last opinion that was in time and before the closing."""
    heads: dict[str, int] = {}
    for person in {each.opinion.elector for each in given}:
        fit = [
            each.leaf
            for each in given
            if each.opinion.elector == person
            and each.leaf < closed_leaf
            and (late_counts or each.accepted_at <= DEADLINE)
        ]
        if fit:
            heads[person] = max(fit)
    return heads


@given(given=arrivals, closed_leaf=st.integers(0, 12), late_counts=st.booleans())
def test_a_collation_is_what_counting_by_hand_gives(
    given: list[Arrival], closed_leaf: int, *, late_counts: bool
) -> None:
    opinions = laid_down(given)
    collation = collate(ballot(late_answers_count=late_counts), (), opinions, closed_leaf)
    heads = by_hand(opinions, closed_leaf, late_counts=late_counts)
    assert {line.elector: line.leaf for line in collation.lines if line.leaf is not None} == heads
    assert [line.elector for line in collation.lines] == [f"p{number}" for number in range(5)]
    late = [each.leaf for each in opinions if each.accepted_at > DEADLINE or each.leaf > closed_leaf]
    assert collation.late == tuple(late)
    chosen = [opinions[leaf].opinion.answers[0].option for leaf in heads.values()]
    (counted,) = collation.tallies
    assert {each.option: each.count for each in counted.counts} == {
        key: chosen.count(key) for key in ("agree", "disagree", "other")
    }
    assert (collation.received, collation.sent, counted.no_answer) == (len(heads), 5, 5 - len(heads))


@given(arrivals, st.randoms(use_true_random=False))
def test_the_order_in_which_opinions_are_handed_over_changes_nothing(given: list[Arrival], chance: Any) -> None:
    opinions = laid_down(given)
    shuffled = opinions[:]
    chance.shuffle(shuffled)
    assert collate(ballot(), (), shuffled, CLOSED_LEAF) == collate(ballot(), (), opinions, CLOSED_LEAF)


@given(arrivals, st.integers(0, 12), st.integers(0, 12))
def test_handing_some_over_twice_or_in_batches_changes_nothing(given: list[Arrival], cut: int, again: int) -> None:
    opinions = laid_down(given)
    once = collate(ballot(), (), opinions, CLOSED_LEAF)
    assert collate(ballot(), (), [*opinions[cut:], *opinions[:cut]], CLOSED_LEAF) == once
    assert collate(ballot(), (), [*opinions, *opinions[:again]], CLOSED_LEAF) == once


@given(
    st.lists(st.sampled_from(["agree", "disagree", "other", None]), min_size=5, max_size=5),
    st.sampled_from(Base),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_the_majority_is_more_than_its_share(options: list[str | None], base: Base, first: int, second: int) -> None:
    share = Share(numerator=min(first, second), denominator=max(first, second), base=base)
    opened = ballot(in_office=7, majority=share, tie=TieRule.NONE)
    received = sum(option is not None for option in options)
    size = {Base.STATUTORY: 7, Base.IN_OFFICE: 7, Base.SENT: 5, Base.RECEIVED: received}[base]
    needed = Fraction(share.numerator, share.denominator) * size
    above = [option for option in ("agree", "disagree") if options.count(option) > needed]
    assert outcome(opened, *options) == (above[0] if len(above) == 1 else None, False)


@given(st.integers(0, 5), st.integers(0, 4), st.integers(1, 4), st.sampled_from(Base))
def test_a_quorum_is_at_least_its_share(received: int, numerator: int, denominator: int, base: Base) -> None:
    share = Share(numerator=min(numerator, denominator), denominator=denominator, base=base)
    options = ["agree"] * received + [None] * (5 - received)
    size = {Base.STATUTORY: 6, Base.IN_OFFICE: 6, Base.SENT: 5, Base.RECEIVED: received}[base]
    is_quorate = received >= Fraction(share.numerator, share.denominator) * size
    assert answers(ballot(in_office=6, quorum=share), *options).is_quorate == is_quorate


@dataclass(frozen=True)
class Recount:
    """What a clerk with a pencil makes of one question."""

    counts: dict[str, int]
    silent: int
    is_quorate: bool
    carried: str | None
    by_tie_rule: bool


def recount(opened: BallotOpened, chosen: dict[str, str]) -> Recount:
    rule, people = opened.rule, [each.person for each in opened.electorate.electors]
    silent = [person for person in people if person not in chosen]
    sizes = {
        Base.STATUTORY: opened.electorate.statutory,
        Base.IN_OFFICE: opened.electorate.in_office,
        Base.SENT: len(people),
        Base.RECEIVED: len(chosen),
    }
    piles = {key: [person for person in people if chosen.get(person) == key] for key in ("agree", "disagree", "other")}
    if rule.silence_counts_as is not None:
        piles[rule.silence_counts_as] += silent
    counts = {key: len(pile) for key, pile in piles.items()}
    quorum, line = (
        Fraction(each.numerator, each.denominator) * sizes[each.base] for each in (rule.quorum, rule.majority)
    )
    above = [key for key in ("agree", "disagree") if counts[key] > line]
    at = [key for key in ("agree", "disagree") if counts[key] == line and counts[key]]
    carried, by_tie = above[0] if len(above) == 1 else None, False
    if not above and len(at) == 2 and rule.tie is TieRule.CHAIR and chosen.get("p0") in at:
        carried, by_tie = chosen["p0"], True
    return Recount(counts, len(silent), len(chosen) >= quorum, carried, by_tie)


shares = st.builds(
    lambda first, second, base: Share(numerator=min(first, second), denominator=max(first, second), base=base),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(Base),
)


@given(
    given=arrivals,
    extended=st.lists(st.integers(0, 60), max_size=2),
    quorum=shares,
    majority=shares,
    tie=st.sampled_from(TieRule),
    silence=st.sampled_from([None, "agree", "disagree"]),
    late=st.booleans(),
    absent=st.integers(0, 2),
    chance=st.randoms(use_true_random=False),
)
def test_whatever_the_rule_a_naive_recount_gives_the_same(
    *,
    given: list[Arrival],
    extended: list[int],
    quorum: Share,
    majority: Share,
    tie: TieRule,
    silence: str | None,
    late: bool,
    absent: int,
    chance: Any,
) -> None:
    """Quorum, majority, tie, silence, late and extended at once; in any order, in batches, some of it twice."""
    opened = ballot(
        in_office=5 + absent,
        quorum=quorum,
        majority=majority,
        tie=tie,
        silence_counts_as=silence,
        late_answers_count=late,
    )
    opinions = laid_down(given)
    deadline = max([DEADLINE, *(DEADLINE + timedelta(hours=hours) for hours in extended)])
    in_time = [each.opinion for each in opinions if late or each.accepted_at <= deadline]
    chosen = {opinion.elector: opinion.answers[0].option for opinion in in_time}
    handed = [*opinions, *opinions[: chance.randint(0, len(opinions))]]
    chance.shuffle(handed)
    extensions = [extension(DEADLINE + timedelta(hours=hours)) for hours in extended]
    collation = collate(opened, extensions, handed, CLOSED_LEAF)
    (counted,) = collation.tallies
    assert collation.deadline_at == deadline
    assert Recount(
        {each.option: each.count for each in counted.counts},
        counted.no_answer,
        collation.is_quorate,
        counted.carried,
        counted.by_tie_rule,
    ) == recount(opened, chosen)
    assert tally(opened, {person: head_of(opinions, person, chosen[person]) for person in chosen}) == collation.tallies


def head_of(opinions: Sequence[Recorded], person: str, option: str) -> Opinion:
    """Some opinion of this person that says so: of one head per elector, the tally needs no more."""
    return next(
        each.opinion for each in opinions if each.opinion.elector == person and each.opinion.answers[0].option == option
    )


@pytest.mark.parametrize(
    ("texts", "carried", "passed"),
    [
        (("Đồng ý", "Không đồng ý"), "0", True),
        (("Đồng ý", "Không đồng ý"), "1", False),
        (("Đồng ý", "Không đồng ý"), None, False),
        (("Không tán thành ", "TÁN THÀNH"), "1", True),
        (("Phương án 1", "Phương án 2"), "0", None),
        (("Đồng ý", "Không đồng ý", "Hoãn"), "0", None),
    ],
)
def test_only_what_one_agrees_to_or_not_is_passed(
    texts: tuple[str, ...], carried: str | None, *, passed: bool | None
) -> None:
    options = (
        *(Option(key=str(place), text=text, decides=True, needs_text=False) for place, text in enumerate(texts)),
        Option(key="other", text="Ý kiến khác", decides=False, needs_text=True),
    )
    question = Question(key="q", text="?", options=options)
    counted = QuestionTally(question="q", counts=(), no_answer=0, carried=carried, by_tie_rule=False)
    assert is_passed(question, counted) is passed


# ---------------------------------------------------------------- the rule, as bodies have it


def test_two_thirds_make_a_quorum() -> None:
    assert not answers(ballot(6), "agree", "agree", "agree").is_quorate
    assert answers(ballot(6), "agree", "agree", "agree", "disagree").is_quorate


def test_carried_is_more_than_half_of_all_in_office_not_of_answers() -> None:
    assert outcome(ballot(6), "agree", "agree", "agree") == (None, False)
    assert outcome(ballot(5), "agree", "agree", "agree") == ("agree", False)
    assert outcome(ballot(5, in_office=6), "agree", "agree", "agree") == (None, False)
    answered = Share(numerator=1, denominator=2, base=Base.RECEIVED)
    assert outcome(ballot(6, majority=answered), "agree", "agree", "disagree") == ("agree", False)


def test_a_tie_follows_the_chair() -> None:
    assert outcome(ballot(4), "agree", "agree", "disagree", "disagree") == ("agree", True)
    assert outcome(ballot(4), "disagree", "agree", "disagree", "agree") == ("disagree", True)


def test_a_tie_stays_one_if_the_chair_gave_no_answer_or_another() -> None:
    assert outcome(ballot(4), None, "agree", "disagree", "agree") == (None, False)
    # Five asked, four in office by the rule's base: two and two, and the chair had another opinion.
    half = Share(numerator=2, denominator=5, base=Base.SENT)
    assert outcome(ballot(5, majority=half), "other", "agree", "agree", "disagree", "disagree") == (None, False)
    assert outcome(ballot(5, majority=half), None, "agree", "agree", "disagree", "disagree") == (None, False)
    assert outcome(ballot(5, majority=half), "agree", "agree", None, "disagree", "disagree") == ("agree", True)


def test_without_a_tie_rule_nothing_decides_a_tie() -> None:
    assert outcome(ballot(4, tie=TieRule.NONE), "agree", "agree", "disagree", "disagree") == (None, False)
    assert outcome(ballot(4, chair=False), "agree", "agree", "disagree", "disagree") == (None, False)


def test_a_share_reached_exactly_is_not_more_than_it() -> None:
    assert outcome(ballot(4), "agree", "agree", "disagree", "other") == (None, False)


def test_another_opinion_is_never_carried() -> None:
    assert outcome(ballot(5), *["other"] * 5) == (None, False)


def test_silence_is_no_agreement() -> None:
    collation = answers(ballot(5), "agree", "agree")
    assert (collation.tallies[0].no_answer, collation.tallies[0].carried) == (3, None)
    assert collation.tallies[0].counts[0].count == 2


def test_silence_counts_as_what_the_bodys_rule_says() -> None:
    silent = ballot(5, silence_counts_as="agree")
    collation = answers(silent, "disagree", "disagree")
    assert [each.count for each in collation.tallies[0].counts] == [3, 2, 0]
    assert (collation.tallies[0].carried, collation.tallies[0].no_answer, collation.received) == ("agree", 3, 2)


def test_an_answer_at_the_deadline_is_in_time_and_a_moment_later_is_late() -> None:
    moment = timedelta(milliseconds=1)
    given = [recorded(1, "p1", "agree", at=DEADLINE), recorded(2, "p2", "agree", at=DEADLINE + moment)]
    collation = collate(ballot(), (), given, CLOSED_LEAF)
    assert (collation.received, collation.late) == (1, (2,))
    counting = collate(ballot(late_answers_count=True), (), given, CLOSED_LEAF)
    assert (counting.received, counting.late) == (2, (2,))


def test_a_late_change_of_mind_leaves_the_earlier_answer_standing() -> None:
    given = [recorded(1, "p1", "agree"), recorded(2, "p1", "disagree", at=DEADLINE + timedelta(hours=1), counter=2)]
    assert collate(ballot(), (), given, CLOSED_LEAF).lines[1].leaf == 1
    assert collate(ballot(late_answers_count=True), (), given, CLOSED_LEAF).lines[1].leaf == 2


def test_what_stands_behind_the_closing_is_late_and_never_counts() -> None:
    given = [recorded(1, "p1", "agree"), recorded(6, "p1", "disagree", counter=2), recorded(7, "p2", "agree")]
    collation = collate(ballot(late_answers_count=True), (), given, 5)
    assert (collation.late, collation.received, collation.lines[1].leaf) == ((6, 7), 1, 1)


def test_an_extension_moves_the_deadline_and_never_back() -> None:
    late = recorded(1, "p1", "agree", at=DEADLINE + timedelta(hours=1))
    later = extension(DEADLINE + timedelta(days=1))
    collation = collate(ballot(), [later, extension(DEADLINE - timedelta(days=1))], [late], CLOSED_LEAF)
    assert (collation.deadline_at, collation.received, collation.late) == (later.deadline_at, 1, ())


def test_each_question_is_counted_for_itself() -> None:
    opened = replace(ballot(3), questions=(QUESTION, replace(QUESTION, key="r")))
    both = {
        person: replace(
            recorded(0, person, first).opinion,
            answers=(Answer(question="q", option=first, text=""), Answer(question="r", option=second, text="")),
        )
        for person, first, second in (("p0", "agree", "disagree"), ("p1", "agree", "disagree"))
    }
    assert [each.carried for each in tally(opened, both)] == ["agree", "disagree"]


# ---------------------------------------------------------------- what is an answer


@pytest.mark.parametrize(
    ("changes", "unfit"),
    [
        ({}, None),
        ({"body": "H00.2"}, Unfit.OTHER_BALLOT),
        ({"ballot": "1" * 8 + "-0000-7000-8000-" + "0" * 12}, Unfit.OTHER_BALLOT),
        ({"opened": "1" * 64}, Unfit.OTHER_BALLOT),
        ({"elector": "p9"}, Unfit.NOT_AN_ELECTOR),
        ({"answers": ()}, Unfit.MISSING_ANSWER),
        ({"answers": (Answer(question="q", option="agree", text=""),) * 2}, Unfit.MISSING_ANSWER),
        ({"answers": (Answer(question="r", option="agree", text=""),)}, Unfit.MISSING_ANSWER),
        ({"answers": (Answer(question="q", option="yes", text=""),)}, Unfit.UNKNOWN_OPTION),
        ({"answers": (Answer(question="q", option="other", text=" "),)}, Unfit.MISSING_TEXT),
        ({"answers": (Answer(question="q", option="other", text="vì"),)}, None),
    ],
)
def test_an_opinion_answers_just_this_ballot(changes: dict[str, Any], unfit: Unfit | None) -> None:
    opinion = replace(recorded(0, "p1", "agree").opinion, **changes)
    assert check_opinion(opinion, ballot(), "0" * 64) is unfit


# ---------------------------------------------------------------- what is a ballot


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        (Question, {"key": "q", "text": "?", "options": AGREEMENT[:1]}),
        (Question, {"key": "q", "text": "?", "options": (AGREEMENT[0], AGREEMENT[0])}),
        (Share, {"numerator": 3, "denominator": 2, "base": Base.SENT}),
        (Share, {"numerator": -1, "denominator": 2, "base": Base.SENT}),
        (Share, {"numerator": 0, "denominator": 0, "base": Base.SENT}),
        (Electorate, {"electors": (), "statutory": 0, "in_office": 0, "vacant": 0, "chair": None}),
    ],
)
def test_what_makes_no_sense_can_not_be_said(kind: type, members: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which member, the codec tells
        kind(**members)


@pytest.mark.parametrize(
    "changes",
    [
        {"statutory": 6},
        {"vacant": -1, "statutory": 4},
        {"in_office": 4, "vacant": 1},
        {"chair": "nobody"},
        {"electors": ballot().electorate.electors * 2, "statutory": 10, "in_office": 10},
    ],
)
def test_an_electorate_adds_up(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        replace(ballot().electorate, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"questions": ()},
        {"questions": (QUESTION, QUESTION)},
        {"subject": " "},
        {"decided_by": ""},
        {"deciding_note": ""},
        {"rule": replace(RULE, silence_counts_as="nothing")},
        {"electorate": replace(ballot().electorate, chair=None)},
    ],
)
def test_a_ballot_can_be_decided(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        replace(ballot(), **changes)


def test_an_opinion_begins_its_line_or_continues_one() -> None:
    with pytest.raises(ValueError, match="counter"):
        replace(recorded(0, "p1", "agree").opinion, counter=0)
    with pytest.raises(ValueError, match="counter"):
        replace(recorded(0, "p1", "agree").opinion, counter=2)
    with pytest.raises(ValueError, match="counter"):
        replace(recorded(0, "p1", "agree").opinion, replaces="0" * 64)


def test_an_option_is_found_by_its_key() -> None:
    assert QUESTION.option("agree") == Option(key="agree", text="Đồng ý", decides=True, needs_text=False)
    assert QUESTION.option("nothing") is None


def test_asking_whether_somebody_is_asked_takes_no_longer_the_more_are_asked() -> None:
    asked = ballot(20_000).electorate
    began = time.process_time()
    assert all(each.person in asked for each in asked.electors)
    assert "nobody" not in asked
    assert time.process_time() - began < 1  # looking through all of them each time takes some ten seconds
