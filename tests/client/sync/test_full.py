"""A disk that is full while syncing: told, nothing lost, and gone on with when there is room."""

import errno

import pytest

from ecabinet.client.desk.ballots import AnswerStage, Draft
from ecabinet.client.desk.errors import StorageFault, StorageUnusable
from ecabinet.client.sync import Trouble
from ecabinet.client.vault import sealed
from ecabinet.core.ballots import Answer
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN, ClientDevice
from tests.simulator import Simulator


def limit(device: ClientDevice, more_pages: int) -> None:
    """The database may grow by so many pages and no further."""

    def restrict(db: object) -> None:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()  # type: ignore[attr-defined]
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages + more_pages}")  # type: ignore[attr-defined]

    device.vault.do(restrict)


def test_a_page_that_finds_no_room_is_taken_over_later(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    mine.round()
    for _ in range(20):
        simulator.send_meeting()
    limit(mine, 4)
    mine.sync.once()
    assert mine.sync.status().trouble is Trouble.DISK_FULL
    before = len(mine.desk.meetings.all())
    assert before < 20
    limit(mine, 100_000)
    mine.round()
    assert len(mine.desk.meetings.all()) == 20


def test_a_paper_that_finds_no_room_goes_on_where_it_stopped(
    simulator: Simulator, device: MakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = device()
    paper = bytes(range(256)) * 2048
    simulator.publish({"421/TTr-STC": paper})
    simulator.send_meeting()
    room = [3]
    write = sealed._write_full

    def write_while_there_is_room(*arguments: object) -> None:
        if not room[0]:
            raise OSError(errno.ENOSPC, "no space left")
        room[0] -= 1
        write(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(sealed, "_write_full", write_while_there_is_room)
        mine.sync.once()
    assert mine.sync.status().trouble is Trouble.DISK_FULL
    sent = mine.wire.paper_bytes
    mine.round()
    assert paper in {mine.text_of(line.digest) for line in mine.desk.papers.all()}
    assert mine.wire.paper_bytes - sent < len(paper) + 10_000


def test_an_opinion_that_finds_no_room_is_not_signed_at_all(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.open_ballot(documents=())
    mine.round()
    ballot = simulator.asked.ballot
    answers = tuple(Answer(question=each.key, option="agree", text="") for each in simulator.asked.questions)
    mine.desk.ballots.keep_draft(ballot, Draft(answers=answers, remark="x" * 200_000))
    limit(mine, 2)
    read_back = mine.desk.ballots.read_back(ballot)
    with pytest.raises(StorageUnusable) as caught:
        mine.desk.ballots.sign_and_queue([read_back], PIN)
    assert caught.value.fault is StorageFault.DISK_FULL
    assert mine.desk.ballots.one(ballot).opinions == ()
    assert mine.desk.ballots.one(ballot).line.stage is AnswerStage.DRAFT
    limit(mine, 100_000)
    mine.desk.ballots.sign_and_queue([read_back], PIN)
    mine.round()
    assert mine.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED
