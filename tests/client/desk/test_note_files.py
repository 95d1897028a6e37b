"""`ecabinet notes carry`: what it prints, and what it says of files that are none."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecabinet.cli import app
from ecabinet.core import codec
from ecabinet.core.notes import Anchor, NoteEdit, NoteKind, Quad
from tests.client.pages import samples

ID = "019a0000-0000-7000-8000-00000000000{}"
LINE = "Ủy ban nhân dân tỉnh trình dự toán 48.500 triệu đồng"


def page(*lines: str) -> list[tuple[float, float, str]]:
    return [(85.0, 100.0 + 30 * row, line) for row, line in enumerate(lines)]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two versions and their notes."""
    (tmp_path / "cũ.pdf").write_bytes(samples.paper(page(LINE), page("Điều khoản thi hành kể từ ngày ký")))
    (tmp_path / "mới.pdf").write_bytes(samples.paper(page("Phần thêm vào"), page(LINE.replace("48.500", "52.000"))))
    quad = Quad(x0=8_000, y0=73_700, x1=56_000, y1=75_500)
    edits = [note(number, page, quad) for number, page in ((1, 0), (2, 1))]
    (tmp_path / "notes.json").write_text(json.dumps([codec.to_value(edit) for edit in edits]), "utf-8")
    return tmp_path


def note(number: int, page: int, quad: Quad) -> NoteEdit:
    return NoteEdit(
        edit=ID.format(number),
        note=ID.format(number + 3),
        replaces=(),
        document=ID.format(9),
        kind=NoteKind.HIGHLIGHT,
        anchor=Anchor(digest="a" * 64, page=page, quads=(quad,), strokes=(), quote="", before="", after="", section=()),
        text="",
        colour="#ffe45c",
        made_at=codec.read_time("2026-11-23T01:00:00.000Z"),
        is_deleted=False,
    )


def test_each_note_is_told_with_outcome_page_and_quads(files: Path) -> None:
    got = CliRunner().invoke(
        app, ["notes", "carry", str(files / "cũ.pdf"), str(files / "mới.pdf"), str(files / "notes.json")]
    )
    assert got.exit_code == 0, got.output
    first, second = json.loads(got.stdout)
    assert (first["outcome"], first["reason"], first["page"]) == ("check me", "figures_changed", 1)
    assert first["quads"] == first["anchor"]["quads"]
    assert (second["outcome"], second["page"], second["quads"], second["anchor"]) == ("left behind", None, [], None)
    assert [first["note"], second["note"]] == [ID.format(4), ID.format(5)]


def test_a_note_made_on_another_file_is_told(files: Path) -> None:
    paths = [files / "cũ.pdf", files / "mới.pdf", files / "notes.json"]
    edits = json.loads(paths[2].read_bytes())
    edits[0]["anchor"]["digest"] = hashlib.sha256(paths[0].read_bytes()).hexdigest()
    paths[2].write_text(json.dumps(edits), "utf-8")
    got = CliRunner().invoke(app, ["notes", "carry", *map(str, paths)])
    assert [line["is_on_old"] for line in json.loads(got.stdout)] == [True, False]


@pytest.mark.parametrize("content", ["", "{}", "[{}]", '[{"edit": 1}]', pytest.param("[" * 200_000, id="deep")])
def test_what_is_no_file_of_notes_is_refused(files: Path, content: str) -> None:
    (files / "notes.json").write_text(content, "utf-8")
    got = CliRunner().invoke(
        app, ["notes", "carry", str(files / "cũ.pdf"), str(files / "mới.pdf"), str(files / "notes.json")]
    )
    assert got.exit_code == 1
    assert "Tệp ghi chú không đúng mẫu" in got.stderr
    assert "Tệp phải là một mảng JSON" in got.stderr
    assert "docs/notes.md" in got.stderr
    assert "BadNotes" not in got.stderr


def test_a_file_that_is_no_paper_is_refused(files: Path) -> None:
    (files / "mới.pdf").write_bytes(b"no PDF")
    got = CliRunner().invoke(
        app, ["notes", "carry", str(files / "cũ.pdf"), str(files / "mới.pdf"), str(files / "notes.json")]
    )
    assert got.exit_code == 1
    assert "Hãy chọn tệp PDF khác." in got.stderr
    assert "Choose another PDF" in got.stderr


def test_a_file_that_is_not_there_is_named(files: Path) -> None:
    got = CliRunner().invoke(app, ["notes", "carry", str(files / "không có.pdf"), *[str(files / "notes.json")] * 2])
    assert got.exit_code == 1
    assert "không có.pdf" in got.stderr
    assert "Hãy kiểm tra đường dẫn" in got.stderr


def test_the_form_in_the_documents_is_the_form_that_is_read() -> None:
    said = Path(__file__).parents[3].joinpath("docs", "notes.md").read_text("utf-8")
    (edit,) = json.loads(said.partition("```json\n")[2].partition("```")[0])
    assert codec.from_value(NoteEdit, edit).anchor.quote == "dự toán ngân sách"
