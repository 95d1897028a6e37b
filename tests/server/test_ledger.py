"""The ledger under many hands: groups, refusals, failures, other processes, and what a restart brings back."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Self

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError

from ecabinet.core.checkpoint import Receipt, open_checkpoint
from ecabinet.core.envelope import Envelope, open_envelope
from ecabinet.core.ledger import verify_consistency
from ecabinet.core.people import Role
from ecabinet.core.protocol import Outcome, Reason
from ecabinet.server import schema
from ecabinet.server.actions import Server
from ecabinet.server.ledger import Ledger
from ecabinet.server.store import Store
from tests.sample import MEMBERS
from tests.server.local import Clock, LocalCabinet, local_server


class Commits:
    """Counts transactions that made a ledger grow, and may make them fail."""

    def __init__(self, store: Store) -> None:
        self.count = 0
        self.fails = 0
        self._has_written = False
        event.listen(store.engine, "before_cursor_execute", self._look)
        event.listen(store.engine, "commit", self._commit)

    def _look(self, _: object, __: object, statement: str, *more: object) -> None:
        self._has_written = self._has_written or statement.startswith("UPDATE bodies")

    def _commit(self, connection: Connection) -> None:
        if self._has_written:
            self._has_written = False
            if self.fails:
                self.fails -= 1
                connection.connection.rollback()  # as a database does whose disk fails
                raise OperationalError("COMMIT", None, Exception("the disk is gone"))
            self.count += 1


@pytest.fixture
def commits(local: LocalCabinet) -> Commits:
    return Commits(local.server.store)


class Gate:
    """Holds a body's lock, so that requests gather behind it."""

    def __init__(self, local: LocalCabinet) -> None:
        self._local = local
        self._is_held, self._let_go = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._hold)
        self._thread.start()
        assert self._is_held.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go.set()
        self._thread.join()

    def _hold(self) -> None:
        with self._local.server.store.writing(self._local.body):
            self._is_held.set()
            assert self._let_go.wait(10)


def submit_together(local: LocalCabinet, statements: list[Envelope]) -> list[Outcome]:
    """Each by a thread of its own; all but the first wait until that one is on the disk."""
    ledger = local.server.ledger(local.body)
    first, *others = statements
    with ThreadPoolExecutor(len(statements)) as pool, Gate(local):
        answers = [pool.submit(local.submit, first)]
        _wait_until(lambda: ledger._appending.locked() and not ledger._queue)
        answers += [pool.submit(local.submit, each) for each in others]
        _wait_until(lambda: len(ledger._queue) == len(others))
    return [answer.result()[0] for answer in answers]


def _wait_until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        threading.Event().wait(0.001)


# ---------------------------------------------------------------- groups


def test_those_who_wait_together_share_a_commit(local: LocalCabinet, commits: Commits) -> None:
    local.prepare()
    opinions = [local.opinion(person) for person in MEMBERS]
    commits.count = 0
    outcomes = submit_together(local, opinions)
    assert commits.count == 2
    leaves = sorted(local.take(each, outcome).leaf for each, outcome in zip(opinions, outcomes, strict=True))
    assert leaves == list(range(leaves[0], leaves[0] + len(MEMBERS)))
    notes = {Receipt.from_text(outcome.receipt or "").note for outcome in outcomes[1:]}
    assert [open_checkpoint(note, local.log_key).size for note in notes] == [leaves[-1] + 1]


def test_one_refusal_in_a_group_is_one_refusal(local: LocalCabinet, commits: Commits) -> None:
    local.prepare()
    opinions = [local.opinion(person) for person in MEMBERS]
    opinions[2] = local.altered(opinions[2], answers=())
    commits.count = 0
    outcomes = submit_together(local, opinions)
    assert commits.count == 2
    reasons = [outcome.refusal and outcome.refusal.reason for outcome in outcomes]
    assert reasons == [None, None, Reason.UNFIT_OPINION, None, None]


def test_the_same_statement_twice_in_a_group_is_one_leaf(local: LocalCabinet) -> None:
    local.prepare(members=["chair", "finance"])
    opinion = local.opinion("chair")
    outcomes = submit_together(local, [local.opinion("finance"), opinion, opinion, opinion])
    assert len({Receipt.from_text(outcome.receipt or "").index for outcome in outcomes}) == 2


# ---------------------------------------------------------------- failures


def test_a_commit_that_fails_leaves_nothing_behind(local: LocalCabinet, commits: Commits) -> None:
    local.prepare(members=["chair", "finance"])
    before = local.feed("chair")
    commits.fails = 1
    opinion = local.opinion("chair")
    with pytest.raises(OperationalError):
        local.submit(opinion)
    after = local.feed("chair")
    assert (after.checkpoint, after.position) == (before.checkpoint, before.position)
    assert local.append(opinion).leaf == len(local.ledger) - 1
    local.answer("finance")


def test_a_group_that_fails_is_taken_one_by_one(local: LocalCabinet, commits: Commits) -> None:
    local.prepare()
    opinions = [local.opinion(person) for person in MEMBERS]
    commits.count, commits.fails = 0, 2  # the one that leads, and the group behind it
    first, *others = opinions
    with pytest.raises(OperationalError):
        submit_together(local, opinions)
    for each in others:
        local.take(each, local.submit(each)[0])
    assert commits.count == len(others)
    local.append(first)


def test_what_one_sent_harms_nobody_else(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    ledger = local.server.ledger(local.body)
    good, poison = local.opinion("chair"), local.meeting()

    def break_down(_: object) -> str:
        raise ZeroDivisionError

    (outcome,) = local.submit(good)
    answers = ledger.append([(open_envelope(poison), break_down), (open_envelope(good), break_down)])
    assert isinstance(answers[0], ZeroDivisionError)
    assert isinstance(answers[1], Receipt)
    assert answers[1].text() == outcome.receipt


def test_a_register_that_was_not_committed_is_not_the_register(local: LocalCabinet, commits: Commits) -> None:
    local.seat(members=["chair"])
    enrolment = local.enrolment("finance", Role.MEMBER)
    commits.fails = 1
    with pytest.raises(OperationalError):
        local.submit(enrolment)
    ledger = local.server.ledger(local.body)
    with local.server.store.reading(local.body) as session:
        assert ledger.catch_up(session).person("finance") is None
    local.append(enrolment)
    with local.server.store.reading(local.body) as session:
        assert ledger.catch_up(session).person("finance") is not None


# ---------------------------------------------------------------- time, other processes, restarts


def test_time_never_runs_back_in_the_ledger(local: LocalCabinet, clock: Clock) -> None:
    local.seat(members=["chair"])
    last = local.send_meeting().accepted_at
    clock.advance(timedelta(hours=-5))
    assert local.send_meeting().accepted_at == last
    clock.advance(timedelta(hours=6))
    assert local.send_meeting().accepted_at == last + timedelta(hours=1)


@pytest.fixture
def other(server: Server) -> Iterator[Server]:
    """Another process on the same data."""
    other = local_server(server.settings.data, server.settings.database)
    yield other
    other.store.close()


def test_two_processes_keep_one_ledger(local: LocalCabinet, other: Server) -> None:
    local.prepare()
    here = local.server
    for place, person in enumerate(MEMBERS):
        local.server = (here, other)[place % 2]
        local.answer(person)
    assert [each.leaf for each in local.ledger] == list(range(len(local.ledger)))
    checkpoints = []
    for server in (here, other):
        local.server = server
        checkpoints.append(local.feed("secretary").checkpoint)
    assert checkpoints[0] == checkpoints[1]
    local.server = other
    local.enrol("secretary", Role.SECRETARY, device=local.devices["secretary"])
    local.server = here
    local.close()
    local.announce()


def test_what_one_process_recalls_is_forgotten_when_the_other_appends(local: LocalCabinet, other: Server) -> None:
    local.prepare(members=["chair", "finance"])
    here = local.server
    for server in (here, here, other, here, other, other):
        local.server = server
        local.answer("chair")  # replaces the one before
    local.server = here
    local.close()
    local.server = other
    assert local.refusal(local.opinion("chair"))[0] is Reason.BALLOT_CLOSED
    assert local.refusal(local.opinion("finance"))[0] is Reason.BALLOT_CLOSED


def test_many_hands_in_two_processes_give_every_place_once(local: LocalCabinet, other: Server) -> None:
    local.prepare(members=["chair"])
    servers = (local.server, other)
    statements = [local.meeting() for _ in range(24)]

    def submit(place: int) -> int:
        here = LocalCabinet.__new__(LocalCabinet)
        here.__dict__ |= local.__dict__ | {"server": servers[place % 2]}
        (outcome,) = here.submit(statements[place])
        return Receipt.from_text(outcome.receipt or "").index

    first = len(local.ledger)
    with ThreadPoolExecutor(6) as pool:
        leaves = list(pool.map(submit, range(len(statements))))
    assert sorted(leaves) == list(range(first, first + len(statements)))
    with other.store.reading(local.body) as session:
        positions = list(session.scalars(select(schema.FeedRow.position).order_by(schema.FeedRow.position)))
        assert positions == list(range(1, session.body.position + 1))


def test_a_restart_brings_back_the_same_ledger(local: LocalCabinet) -> None:
    local.prepare()
    local.answer("chair")
    before = local.feed("chair")
    restarted = Ledger(local.server.store, local.body, local.server.keys)
    local.server._ledgers[local.body] = restarted
    after = local.feed("chair")
    assert after == before
    old = open_checkpoint(before.checkpoint, local.log_key)
    local.answer("finance")
    page = local.feed("chair", after=after.position, epoch=after.epoch, tree=old.size)
    new = open_checkpoint(page.checkpoint, local.log_key)
    verify_consistency(old.size, new.size, page.consistency, old.root, new.root)
