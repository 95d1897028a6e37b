"""A restored ledger waits, hears how far it was known to go, and goes on with what the registrar signs."""

from dataclasses import replace
from typing import Any

import pytest

from ecabinet.core import protocol
from ecabinet.core.checkpoint import Checkpoint, Receipt, open_checkpoint, unverified
from ecabinet.core.epochs import Epochs
from ecabinet.core.protocol import Reason, Refused
from ecabinet.core.register import EpochStarted
from ecabinet.server.actions import Server, epochs
from ecabinet.server.checkup import check
from tests.server.local import LocalCabinet


class Restored(LocalCabinet):
    """A body whose server has been told that it was restored, three entries short of what devices had seen."""

    def prepare_epoch(self) -> None:
        assert epochs.prepare(self.server, self.body) == 2
        self.old = self.server.keys.log_key(self.body, 1)
        self.server._ledgers.clear()  # as a server does that starts anew

    def beyond(self, count: int) -> str:
        size = len(self.ledger) + count
        return Checkpoint(origin=self.log_key.name, size=size, root=bytes([count] * 32)).signed(self.old)

    def tell(self, note: str) -> protocol.Restored:
        return epochs.restored(self.server, self.caller("chair"), protocol.KnownCheckpoint(note=note))

    def start(self, **changes: Any) -> EpochStarted:
        said = EpochStarted(
            **self.heading(),
            epoch=2,
            log_key=self.server.keys.log_key(self.body, 2).public_key().public_bytes_raw(),
            last_checkpoint=self.beyond(3),
            previous=self.register_head,
        )
        return replace(said, **changes)


@pytest.fixture
def cabinet(server: Server) -> Restored:
    cabinet = Restored(server)
    cabinet.prepare(members=["chair"])
    cabinet.prepare_epoch()
    return cabinet


def test_it_shows_and_takes_nothing_until_the_epoch_has_begun(cabinet: Restored) -> None:
    for ask in (
        lambda: cabinet.feed("chair"),
        lambda: epochs.register_record(cabinet.server, cabinet.caller("chair")),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.refusal.reason is Reason.AWAITING_EPOCH
    assert cabinet.refusal(cabinet.opinion("chair"))[0] is Reason.AWAITING_EPOCH
    known = cabinet.receipts[-1].note
    told = [cabinet.tell(note) for note in (known, cabinet.beyond(2), cabinet.beyond(1), "no note")]
    assert {each.epoch for each in told} == {2}
    assert unverified(told[0].checkpoint).size == len(cabinet.ledger)
    assert [unverified(each.furthest).size - len(cabinet.ledger) for each in told] == [0, 2, 2, 2]
    assert any("kỳ sổ mới" in each.vi for each in check(cabinet.server.settings))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"epoch": 3}, (Reason.NO_RIGHT, "epoch")),
        ({"log_key": bytes(32)}, (Reason.MALFORMED, "log_key")),
        ({"last_checkpoint": "no note"}, (Reason.MALFORMED, "last_checkpoint")),
        ({"previous": "0" * 64}, (Reason.STALE_REGISTER, "")),
    ],
)
def test_it_takes_no_other_epoch(cabinet: Restored, changes: dict[str, Any], reason: tuple[Reason, str]) -> None:
    assert cabinet.refusal(cabinet.sign("registrar", cabinet.start(**changes)), by="registrar") == reason


def test_nobody_else_begins_it_nor_with_less_than_its_signer_saw(cabinet: Restored) -> None:
    assert cabinet.refusal(cabinet.sign("chair", cabinet.start()))[0] is Reason.NO_RIGHT
    saw_more = cabinet.start(seen=cabinet.beyond(4))
    assert cabinet.refusal(cabinet.sign("registrar", saw_more))[0] is Reason.FOREIGN_CHECKPOINT
    another = Checkpoint(origin=cabinet.log_key.name, size=len(cabinet.ledger), root=bytes(32)).signed(cabinet.old)
    other = cabinet.start(last_checkpoint=another)
    assert cabinet.refusal(cabinet.sign("registrar", other))[0] is Reason.FOREIGN_CHECKPOINT


def test_then_it_goes_on_under_the_new_key_and_knows_what_was_seen_before(cabinet: Restored) -> None:
    started = cabinet.start()
    size = len(cabinet.ledger)
    (outcome,) = cabinet.submit(cabinet.sign("registrar", started), by="registrar")
    assert outcome.receipt is not None
    own = Epochs(cabinet.body, cabinet.log_public_key)
    own.begin(2, started.log_key, started.last_checkpoint, size)
    receipt = Receipt.from_text(outcome.receipt)
    assert (receipt.index, open_checkpoint(receipt.note, own.last.log_key).size) == (size, size + 1)
    for seen, is_known in ((cabinet.beyond(2), True), (cabinet.beyond(3), True), (cabinet.beyond(4), False)):
        again = cabinet.altered(cabinet.opinion("chair"), seen=seen)
        (outcome,) = cabinet.submit(again, by="chair")
        reasons = {None if outcome.refusal is None else outcome.refusal.reason}
        assert (Reason.FOREIGN_CHECKPOINT not in reasons) is is_known
    record = epochs.register_record(cabinet.server, cabinet.caller("chair"))
    assert record.register[-1].placed.leaf == size
    with pytest.raises(Refused, match="unknown"):
        cabinet.tell(cabinet.beyond(1))
    assert any("entries, intact" in each.en for each in check(cabinet.server.settings))


def test_a_log_that_lost_nothing_gets_another_key_so(cabinet: Restored) -> None:
    known = cabinet.receipts[-1].note
    assert unverified(known).size == len(cabinet.ledger)
    started = cabinet.start(last_checkpoint=cabinet.tell(known).furthest)
    (outcome,) = cabinet.submit(cabinet.sign("registrar", started), by="registrar")
    assert outcome.receipt is not None
    register = cabinet.server.ledger(cabinet.body).catch_up
    with cabinet.server.store.reading(cabinet.body) as session:
        assert register(session).log_key.public_key == started.log_key
    assert started.log_key != cabinet.log_public_key
