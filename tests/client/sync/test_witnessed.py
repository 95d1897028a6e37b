"""Receipts come without witnesses, and get them later, proven by tiles; a server can't make them up."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from ecabinet.client.desk.opinions import Witnessing
from ecabinet.client.sync import Trouble
from ecabinet.client.vault import schema
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.cosignature import cosign, open_cosignatures, witness_key
from ecabinet.core.people import Role
from ecabinet.core.receipt_file import ReceiptVerdict, check_receipt, read_receipt, write_receipt
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.signed_note import SignedNote
from ecabinet.core.statements import tag_of
from tests.client.conftest import MakeDevice
from tests.client.desk.test_receipts import run_commands
from tests.client.devices import ClientDevice
from tests.client.sync.test_rounds import answer, trouble
from tests.sample import MEMBERS
from tests.simulator import Simulator
from tests.wire import Fault

AUDIT = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = witness_key("audit.example", AUDIT)


@pytest.fixture
def simulator() -> Simulator:
    """A body whose registrar names a witness."""
    simulator = Simulator()
    simulator.found(witnesses=WitnessPolicy(quorum=1, keys=(KEY.text(),)))
    simulator.enrol("secretary", Role.SECRETARY)
    for person in MEMBERS[:4]:
        simulator.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == MEMBERS[0] else []))
    simulator.publish()
    return simulator


def witnessed(note: str, private: Ed25519PrivateKey = AUDIT) -> str:
    signed = SignedNote.from_text(note)
    return str(signed.adding([cosign(signed.text, KEY.name, private, datetime(2026, 11, 23, tzinfo=UTC))]))


def receipt(device: ClientDevice) -> Receipt:
    return Receipt.from_text(device.vault.do(lambda db: db.scalar(select(schema.receipts.c.text))) or "")


def answered(simulator: Simulator, device: MakeDevice) -> ClientDevice:
    mine = device()
    simulator.open_ballot(documents=())
    mine.round()
    answer(mine, simulator.asked.ballot, "agree", "agree")
    mine.round()
    return mine


def test_a_receipt_gets_its_witnesses_once_they_are_there(simulator: Simulator, device: MakeDevice) -> None:
    mine = answered(simulator, device)
    first = receipt(mine)
    assert open_cosignatures(first.note, [KEY]) == ()
    simulator.send_meeting()
    simulator.witnessed = witnessed(simulator.checkpoint())
    simulator.send_meeting()
    mine.round()
    second = receipt(mine)
    assert (second.entry, second.index) == (first.entry, first.index)
    opinion = simulator.ledger[second.index]
    second.verify(simulator.log_key, tag=tag_of(opinion.opened), envelope_digest=opinion.envelope.digest)
    assert len(open_cosignatures(second.note, [KEY])) == 1
    # Nothing more is asked for.
    asked = len([each for each in mine.wire.requests if "/ledger/" in each])
    mine.round()
    assert len([each for each in mine.wire.requests if "/ledger/" in each]) == asked
    mine.reopen()
    mine.round()
    assert receipt(mine) == second


@pytest.mark.parametrize(
    "shown",
    [
        lambda simulator: simulator.checkpoint(),
        lambda simulator: witnessed(simulator.checkpoint(), simulator.log_private_key),
        lambda simulator: witnessed(simulator.checkpoint(3)),
        lambda simulator: "no note",
    ],
    ids=["by nobody", "forged", "before the opinion", "nonsense"],
)
def test_what_is_not_witnessed_changes_no_receipt(
    simulator: Simulator, device: MakeDevice, shown: Callable[[Simulator], str]
) -> None:
    mine = answered(simulator, device)
    before = receipt(mine)
    simulator.witnessed = shown(simulator)
    assert trouble(mine) in {None, Trouble.BAD_ANSWER}
    assert receipt(mine) == before


def test_a_saved_receipt_shows_its_witnesses_to_strangers(
    simulator: Simulator, device: MakeDevice, tmp_path: Path
) -> None:
    mine = answered(simulator, device)
    simulator.witnessed = witnessed(simulator.checkpoint())
    mine.round()
    (opinion,) = mine.desk.ballots.one(simulator.asked.ballot).opinions
    mine.desk.ballots.save_receipt(opinion.opinion, tmp_path / "receipt.zip")
    with (tmp_path / "receipt.zip").open("rb") as file:
        facts = check_receipt(read_receipt(file), simulator.anchors)
    assert facts.verdict is ReceiptVerdict.ACKNOWLEDGED
    assert [each.name for each in facts.witnesses] == [KEY.name]


def test_the_stage_after_the_ledger_is_told_as_witnesses_and_devices_come(
    simulator: Simulator, device: MakeDevice
) -> None:
    mine, other = answered(simulator, device), device("second", MEMBERS[2])
    ballot = simulator.asked.ballot
    assert mine.desk.ballots.one(ballot).witnessing == Witnessing(cosigned=0, quorum=1, devices=0)
    other.round()  # which cosigns what it has verified, the opinion's entry in it
    simulator.witnessed = witnessed(simulator.checkpoint())
    simulator.now += timedelta(hours=2)
    assert mine.sync.once().ballots == {ballot}
    told = mine.desk.ballots.one(ballot).witnessing
    assert told == Witnessing(cosigned=1, quorum=1, devices=1)
    assert told.is_reached


@pytest.mark.skipif(shutil.which("basenc") is None, reason="needs GNU coreutils")
def test_the_printed_commands_name_the_witnesses_of_a_receipt(
    simulator: Simulator, device: MakeDevice, tmp_path: Path
) -> None:
    mine = answered(simulator, device)
    for private, complaint in ((simulator.log_private_key, [KEY.name]), (AUDIT, [])):
        simulator.witnessed = witnessed(simulator.checkpoint())
        mine.round()
        (opinion,) = mine.desk.ballots.one(simulator.asked.ballot).opinions
        folder = tmp_path / str(len(complaint))
        folder.mkdir()
        mine.desk.ballots.save_receipt(opinion.opinion, folder / "receipt.zip")
        with (folder / "receipt.zip").open("rb") as file:
            kept = read_receipt(file)
        head, _, note = kept.receipt.partition("\n\n")
        bare = str(SignedNote(SignedNote.from_text(note).text, SignedNote.from_text(note).signatures[:1]))
        (folder / "receipt.zip").write_bytes(
            write_receipt(replace(kept, receipt=f"{head}\n\n{witnessed(bare, private)}"))
        )
        said = run_commands(simulator, folder)
        assert f"{KEY.name} cosigned at 2026-11-23T00:00:00Z" in said
        assert [each for each in complaint if f"CHANGED receipt.tlog-proof: {each}" in said] == complaint
        assert ("CHANGED" in said) == bool(complaint)


def test_another_history_that_was_witnessed_is_a_fork(simulator: Simulator, device: MakeDevice) -> None:
    mine = answered(simulator, device)
    simulator.send_meeting()
    simulator.witnessed = witnessed(simulator.checkpoint_of_another_history())
    assert trouble(mine) is Trouble.FORKED


def test_tiles_that_do_not_come_are_asked_for_again(simulator: Simulator, device: MakeDevice) -> None:
    mine = answered(simulator, device)
    before = receipt(mine)
    simulator.witnessed = witnessed(simulator.checkpoint())
    mine.wire.faults_at["GET .*/tile/.*"] = Fault.SERVER_ERROR
    mine.sync.once()
    assert receipt(mine) == before
    mine.wire.faults_at.clear()
    mine.round()
    assert receipt(mine) == replace(before, note=simulator.witnessed, path=receipt(mine).path)
