"""What a server says is gone, or tells a second time, changes nothing of the history that was proven."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from ecabinet.client.sync import Trouble
from ecabinet.client.vault import schema
from ecabinet.core.ballots import Opinion
from ecabinet.core.protocol import RowKind
from ecabinet.core.register import RegisterStatement
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.sync.test_rounds import answer, trouble
from tests.sample import MEMBERS
from tests.simulator import Item, Simulator


def heads(device: ClientDevice) -> tuple[str, str | None]:
    """The register's head, and why this device's key can't sign: of a vault that was just opened."""
    device.reopen()
    register = device.vault.do(lambda db: device.vault.registers.of(db, device.simulator.body))
    assert register is not None
    return register.head, device.desk.keys().fault


def test_no_right_takes_the_register_away(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    mine.round()
    known = heads(mine)
    said = [each.opened.statement for each in simulator.ledger]
    simulator._tell(
        mine.person, RowKind.GONE, gone=tuple(each.id for each in said if isinstance(each, RegisterStatement))
    )
    mine.round()
    assert heads(mine) == known
    mine.round()


def test_a_new_feed_without_the_register_leaves_it(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    mine.round()
    known = heads(mine)
    simulator.epoch, simulator.feeds = "of a liar", {}
    mine.round()
    assert heads(mine) == known
    simulator.begin_new_feed_epoch()
    mine.round()


def test_anothers_statement_under_the_id_of_ones_own_is_not_taken(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot(documents=())
    mine.round()
    opinion = answer(mine, simulator.asked.ballot, "agree", "agree")
    mine.round()

    def leaf() -> int | None:
        said = schema.statements.c
        return mine.vault.do(lambda db: db.scalar(select(said.leaf).where(said.id == opinion)))

    before = leaf()
    own = next(each.opinion for each in simulator.opinions() if each.opinion.id == opinion)
    assert isinstance(own, Opinion)
    other = simulator.append(simulator.sign(MEMBERS[1], replace(own, elector=MEMBERS[1])))
    item = Item(("envelope", str(other.leaf)), opinion, other.leaf)
    simulator._tell(mine.person, RowKind.ENVELOPE, item=item)
    assert trouble(mine) is Trouble.BAD_ANSWER
    assert leaf() == before


@pytest.mark.parametrize("more", [-1, 7])
def test_a_wrong_size_is_put_right_by_the_next_telling(simulator: Simulator, device: MakeDevice, more: int) -> None:
    mine = device()
    simulator.send_meeting()
    told = simulator._shown

    def shown(row: object) -> object:
        honest = told(row)  # type: ignore[arg-type]
        paper = honest.document
        return honest if paper is None else replace(honest, document=replace(paper, size=paper.size + more))

    simulator._shown = shown  # type: ignore[assignment,method-assign]
    mine.sync.once()
    simulator._shown = told  # type: ignore[method-assign]
    simulator.begin_new_feed_epoch()
    mine.round()
    status = mine.sync.status()
    assert status.papers_here == status.papers == 2
