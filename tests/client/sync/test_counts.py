"""What the status line counts: papers, as everywhere else in the windows; not files."""

from dataclasses import replace

from ecabinet.core.envelope import new_id
from ecabinet.core.meetings import DocumentsPublished
from tests.client.conftest import MakeDevice
from tests.sample import PAPERS
from tests.simulator import Simulator


def test_papers_of_the_same_bytes_are_two_and_versions_are_one(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    known = simulator.documents[0]
    twin = replace(known, document=new_id(simulator.now))
    simulator.append(simulator.sign("secretary", DocumentsPublished(**simulator.heading(), documents=(twin,))))
    simulator.open_ballot()
    simulator.publish_next_version(known.document, b"%PDF-1.7 another version")
    mine.round()
    status = mine.sync.status()
    assert status.papers == status.papers_here == len(mine.desk.papers.all()) == len(PAPERS) + 1
    assert status.bytes_done == status.bytes_total


def test_a_paper_whose_new_version_has_not_come_is_not_here(simulator: Simulator, device: MakeDevice) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    simulator.publish_next_version(simulator.documents[0].document, b"%PDF-1.7 another version")
    mine.wire.cuts_papers_off = True
    mine.round()
    status = mine.sync.status()
    assert (status.papers_here, status.papers) == (len(PAPERS) - 1, len(PAPERS))
    assert status.ready_until is None
