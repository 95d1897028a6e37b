"""`ecabinet pages check`: a line for each PDF, whatever the files, and in time."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecabinet.cli import app
from tests.client.pages import samples
from tests.client.pages.bad import FILES, REFUSED, SHOWN


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "con").mkdir()
    for name, (content, _, _) in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("no PDF")
    (folder / "gone.pdf").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.pdf")
    (folder / "loop").symlink_to(folder)
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.pdf")).write_bytes(samples.quarters())
    done = CliRunner().invoke(app, ["pages", "check", str(folder)])
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout_bytes.decode().splitlines()]
    assert len(found) == len(FILES) + 3
    return {line["file"]: line for line in found}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_is_told_of_in_words_and_in_time(lines: dict[str, dict[str, Any]], name: str) -> None:
    _, outcome, reason = FILES[name]
    line = lines[name]
    assert (line["outcome"], reason in line["reason"]) == (outcome, True), line
    assert set(line) == {"file", "pages", "outcome", "reason", "reason_en", "seconds"}
    assert line["seconds"] < 15
    assert (line["pages"] == 0) <= (outcome == REFUSED)


@pytest.mark.parametrize("name", ["gone.pdf", "pipe.pdf"])
def test_what_can_not_be_read_is_a_line_too(lines: dict[str, dict[str, Any]], name: str) -> None:
    assert (lines[name]["outcome"], lines[name]["reason"]) == (REFUSED, "Không đọc được tệp.")


def test_a_name_that_is_no_text_is_written_out(lines: dict[str, dict[str, Any]]) -> None:
    assert lines["\\xff.pdf"]["outcome"] == SHOWN


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "lớn.pdf").open("wb") as file:
        file.truncate(2 << 30)
    done = CliRunner().invoke(app, ["pages", "check", str(tmp_path)])
    line = json.loads(done.stdout_bytes)
    assert (line["outcome"], line["reason"]) == (REFUSED, "Tệp quá lớn.")
