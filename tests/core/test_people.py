"""The one permission table: who may do what, when, to what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.people import Act, Grant, Person, Role, Thing, holders, may

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BODY = "H00.1"
THING = Thing(body=BODY)
PREPARERS = {Role.SECRETARY, Role.OFFICE_LEADER}
SECRETARIAT = {*PREPARERS, Role.CLERK}

BY_ROLE = {
    Act.CONFIRM_ENROLMENT: {Role.REGISTRAR},
    Act.REVOKE: {Role.REGISTRAR},
    Act.START_EPOCH: {Role.REGISTRAR},
    Act.ADMIT_AUTHORITY: {Role.REGISTRAR},
    Act.INVITE: {Role.REGISTRAR, Role.ADMINISTRATOR, Role.UNIT_ADMINISTRATOR},
    Act.PUBLISH_PAPERS: SECRETARIAT,
    Act.SEND_MEETING: PREPARERS,
    Act.OPEN_BALLOT: PREPARERS,
    Act.EXTEND_BALLOT: PREPARERS,
    Act.ANSWER_BALLOT: set(),
    Act.CLOSE_BALLOT: PREPARERS,
    Act.SIGN_RESULT: PREPARERS,
    Act.READ_PAPER: SECRETARIAT,
    Act.READ_MEETING: SECRETARIAT,
    Act.READ_BALLOT: SECRETARIAT,
    Act.READ_OPINION: SECRETARIAT,
    Act.READ_EVIDENCE: SECRETARIAT,
    Act.KEEP_EVIDENCE: PREPARERS,
}


def person(*roles: Role, name: str = "p") -> Person:
    return Person(id=name, office="", grants=tuple(grant(role) for role in roles))


def grant(role: Role, **times: datetime) -> Grant:
    helped = "member" if role is Role.ASSISTANT else None
    return Grant(role=role, for_person=helped, **{"from_at": NOW - timedelta(days=1), **times})


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_a_role_alone_lets_do_what_the_table_says_and_no_more(act: Act, role: Role) -> None:
    assert may(person(role), act, THING, NOW, body=BODY) == (role in BY_ROLE[act])


@pytest.mark.parametrize("act", Act)
def test_it_does_not_run_the_other_way_nor_into_another_body(act: Act) -> None:
    everything = person(*Role)
    assert not may(everything, act, THING, NOW, body="H00.2")
    assert not may(person(), act, THING, NOW, body=BODY)


@given(st.sampled_from(Act), st.sampled_from(Role), st.integers(-3, 3), st.integers(1, 3), st.integers(-4, 4))
def test_a_grant_holds_from_its_first_moment_until_just_before_its_last(
    act: Act, role: Role, begins: int, lasts: int, at: int
) -> None:
    times = {"from_at": NOW + timedelta(days=begins), "to_at": NOW + timedelta(days=begins + lasts)}
    holds = begins <= at < begins + lasts
    holder = Person(id="p", office="", grants=(grant(role, **times),))
    assert may(holder, act, THING, NOW + timedelta(days=at), body=BODY) == (holds and role in BY_ROLE[act])


@pytest.mark.parametrize(
    ("act", "relations"),
    [
        (Act.READ_PAPER, {"readers", "electors"}),
        (Act.READ_MEETING, {"readers"}),
        (Act.READ_BALLOT, {"readers", "electors"}),
        (Act.ANSWER_BALLOT, {"electors"}),
        (Act.READ_OPINION, {"author"}),
        (Act.READ_EVIDENCE, set()),
        (Act.CLOSE_BALLOT, set()),
        (Act.KEEP_EVIDENCE, set()),
    ],
)
def test_those_a_thing_was_sent_to_may_what_the_table_says(act: Act, relations: set[str]) -> None:
    things = {
        "readers": Thing(body=BODY, readers=frozenset({"p"})),
        "electors": Thing(body=BODY, electors=frozenset({"p"})),
        "author": Thing(body=BODY, author="p"),
    }
    for relation, thing in things.items():
        assert may(person(Role.MEMBER), act, thing, NOW, body=BODY) == (relation in relations)
        assert not may(person(Role.MEMBER, name="q"), act, thing, NOW, body=BODY)


def test_colleagues_answers_and_the_evidence_are_seen_once_the_result_is_announced() -> None:
    electors = frozenset({"p", "q"})
    open_ballot = Thing(body=BODY, electors=electors, author="q")
    announced = Thing(body=BODY, electors=electors, author="q", is_announced=True)
    for act in (Act.READ_OPINION, Act.READ_EVIDENCE):
        assert not may(person(Role.MEMBER), act, open_ballot, NOW, body=BODY)
        assert may(person(Role.MEMBER), act, announced, NOW, body=BODY)
        assert not may(person(Role.MEMBER, name="r"), act, announced, NOW, body=BODY)


def test_colleagues_answers_are_seen_at_once_where_the_ballot_says_so_but_not_the_evidence() -> None:
    shown = Thing(body=BODY, electors=frozenset({"p", "q"}), author="q", shows_answers=True)
    assert may(person(Role.MEMBER), Act.READ_OPINION, shown, NOW, body=BODY)
    assert not may(person(Role.MEMBER), Act.READ_EVIDENCE, shown, NOW, body=BODY)
    assert not may(person(Role.MEMBER, name="r"), Act.READ_OPINION, shown, NOW, body=BODY)


def test_an_assistant_reads_for_the_one_he_helps_and_never_answers() -> None:
    thing = Thing(body=BODY, readers=frozenset({"member"}), electors=frozenset({"member"}), author="member")
    assistant = person(Role.ASSISTANT)
    for act in (Act.READ_PAPER, Act.READ_MEETING, Act.READ_BALLOT):
        assert may(assistant, act, thing, NOW, body=BODY)
    for act in (Act.ANSWER_BALLOT, Act.READ_OPINION, Act.READ_EVIDENCE):
        assert not may(assistant, act, thing, NOW, body=BODY)
    others = Thing(body=BODY, readers=frozenset({"another"}))
    assert not may(assistant, Act.READ_PAPER, others, NOW, body=BODY)
    before = NOW - timedelta(days=2)
    assert not may(assistant, Act.READ_PAPER, thing, before, body=BODY)


def test_technical_staff_read_nothing_by_that_role() -> None:
    technician = person(Role.ADMINISTRATOR, Role.UNIT_ADMINISTRATOR)
    for act in Act:
        assert may(technician, act, THING, NOW, body=BODY) == (act is Act.INVITE)


def test_a_grant_makes_sense() -> None:
    with pytest.raises(ValueError, match="to_at"):
        grant(Role.MEMBER, from_at=NOW, to_at=NOW)
    with pytest.raises(ValueError, match="for_person"):
        Grant(role=Role.ASSISTANT, from_at=NOW)
    with pytest.raises(ValueError, match="for_person"):
        Grant(role=Role.MEMBER, from_at=NOW, for_person="member")


def test_holders_are_those_whose_role_suffices() -> None:
    people = [person(Role.SECRETARY, name="s"), person(Role.CLERK, name="c"), person(Role.MEMBER, name="m")]
    assert holders(people, Act.PUBLISH_PAPERS, NOW) == {"s", "c"}
    assert holders(people, Act.OPEN_BALLOT, NOW) == {"s"}
    assert holders(people, Act.ANSWER_BALLOT, NOW) == frozenset()
