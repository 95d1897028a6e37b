"""`ecabinet pages check`: a line for each PDF, whatever the files, and in time."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecabinet.cli import app
from tests.client.pages import samples

SHOWN, WARNED, REFUSED = "shown", "shown with warnings", "refused"

LOOP: list[str | bytes] = [
    "<</First 6 0 R/Last 6 0 R/Count 1>>",
    "<</Title(A)/Parent 5 0 R/Dest[3 0 R/Fit]/Next 7 0 R>>",
    "<</Title(B)/Parent 5 0 R/Next 6 0 R>>",
]
SCAN = samples.scan(8)
RIGHT_TO_LEFT = b"BT /F 14 Tf 1 0 0 1 150 100 Tm <05D005D105D2> Tj ET"


def crowded(count: int) -> bytes:
    """A page with so many annotations."""
    squares: list[str | bytes] = [
        f"<</Type/Annot/Subtype/Square/Rect[{n % 180} {n // 180} {n % 180 + 9} {n // 180 + 9}]/C[1 0 0]>>"
        for n in range(count)
    ]
    annotations = " ".join(f"{5 + n} 0 R" for n in range(count))
    return samples.one_page(page=f"/Annots[{annotations}]", more=squares)


FILES: dict[str, tuple[bytes, str, str]] = {
    "lành.pdf": (samples.prose(3), SHOWN, "Mọi trang đều đọc được."),
    "rỗng.pdf": (b"", REFUSED, "Tệp rỗng"),
    "chữ.pdf": (b"Hello", REFUSED, "không phải tệp PDF"),
    "rác.pdf": (b"%PDF-1.7\n" + bytes(5000), REFUSED, "hỏng"),
    "cụt.pdf": (SCAN[: len(SCAN) // 2], WARNED, "không đọc được trang"),
    "khóa.pdf": (samples.encrypted("mật khẩu"), REFUSED, "mật khẩu"),
    "không-trang.pdf": (
        samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]),
        REFUSED,
        "không có trang",
    ),
    "5m.pdf": (samples.one_page(box="0 0 14173 14173"), SHOWN, "Mọi trang"),
    "nested.pdf": (samples.one_page(b"[" * 200_000), REFUSED, "hỏng"),
    "nested-objects.pdf": (samples.one_page(page="/Junk " + "[" * 100_000 + "]" * 100_000), REFUSED, "hỏng"),
    "outline.pdf": (samples.one_page(catalogue="/Outlines 5 0 R", more=LOOP), WARNED, "mục lục"),
    "outside.pdf": (samples.paper([(2000, -300, "Ngoài trang"), (85, 80, "Trong trang")]), SHOWN, "Mọi trang"),
    "no-font.pdf": (samples.one_page(b"BT /Missing 14 Tf 20 100 Td (A) Tj ET"), SHOWN, "Mọi trang"),
    "rtl.pdf": (
        samples.one_page(
            RIGHT_TO_LEFT,
            page="/Resources<</Font<</F<</Type/Font/Subtype/Type0/BaseFont/Nothing/Encoding/Identity-H"
            "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Nothing"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]>>>>>>",
        ),
        WARNED,
        "thiếu ở trang 1",
    ),
    "con/endless.PDF": (samples.endless(pages=3, hostile=1), WARNED, "Không đọc được trang 2"),
    "con/crowded.pdf": (crowded(32_768), SHOWN, "Mọi trang"),
}


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
