"""What the demo takes from a folder of papers, and what it takes away from the folder it writes to."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecabinet.client.desk.preparing import MeetingDraft, PreparedPaper
from ecabinet.core.envelope import new_id
from ecabinet.demo.journey import clear
from ecabinet.demo.script import fill_in_meeting, meeting_files, nameless_files

LEFT = ("evidence.asice", "evidence-ho-so.pdf", "anchors.pem", "verdict.html", "report.json")


def test_only_what_an_earlier_demo_left_is_taken_away(tmp_path: Path) -> None:
    own = [tmp_path / "screens" / "holiday.png", tmp_path / "screens" / "2026" / "01.png", tmp_path / "report.pdf"]
    left = [tmp_path / "screens" / name for name in ("01.png", "19.png", "broken-off.png")]
    left += [tmp_path / name for name in LEFT]
    for file in (*own, *left):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    clear(tmp_path)
    assert [file for file in (*own, *left) if file.exists()] == own


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    clear(tmp_path / "build" / "trình diễn")
    assert (tmp_path / "build" / "trình diễn" / "screens").is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_a_name_that_is_no_text_is_told_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "tài liệu").mkdir()
    good = [tmp_path / "a\nb.pdf", tmp_path / "tài liệu" / "Tờ trình.PDF"]
    for file in (*good, Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.pdf"))):
        file.write_bytes(b"%PDF-")
    assert meeting_files(tmp_path) == good
    assert nameless_files(tmp_path) == ["bad\N{REPLACEMENT CHARACTER}.pdf"]
    assert nameless_files(None) == []


def test_files_of_one_name_from_two_folders_are_two_papers() -> None:
    papers = [prepared("Tờ trình.pdf", "0" * 64), prepared("Tờ trình.pdf", "1" * 64)]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    blank = MeetingDraft(meeting=new_id(now), title="", starts_at=None, place="", chair=None, participants=(), items=())
    filled = fill_in_meeting(blank, papers, ["chair"])
    assert [paper for item in filled.items for paper in item.papers] == [paper.document for paper in papers]


def prepared(file_name: str, digest: str) -> PreparedPaper:
    return PreparedPaper(
        document=new_id(datetime(2026, 11, 23, tzinfo=UTC)),
        version=1,
        replaces=None,
        digest=digest,
        size=1,
        pages=1,
        file_name=file_name,
        title=file_name,
        number="",
        agency="",
        kind="to-trinh",
        what_changed="",
        is_repaired=False,
    )
