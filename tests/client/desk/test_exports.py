"""`ecabinet notes export`: what other programs show of the notes, and that the paper stays as it is."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymupdf
import pypdf
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

from ecabinet import resources
from ecabinet.cli import app
from ecabinet.client.desk.note_files import open_file
from ecabinet.client.pages import Box, Page, Pages
from ecabinet.core import codec
from ecabinet.core.notes import Anchor, NoteEdit, NoteKind, Point, Quad, Stroke
from tests.client.desk import viewers
from tests.client.pages import samples

MADE_AT = codec.read_time("2026-11-23T01:00:00.000Z")
LINES = [
    "Ủy ban nhân dân tỉnh trình dự toán",
    "ngân sách năm 2027 như sau",
    "Tổng chi 48.500 triệu đồng",
    "Điều 3. Tổ chức thực hiện",
    "Nơi nhận: như trên",
    "Lưu: văn thư",
    "Các sở, ngành có ý kiến",
]
MARKS = (NoteKind.HIGHLIGHT, NoteKind.UNDERLINE, NoteKind.STRIKE_OUT, NoteKind.BOX, NoteKind.NOTE, NoteKind.INK)


def lines_on(page: pymupdf.Page) -> None:
    """Lines that stand upright in the page as it is shown."""
    page.insert_font(fontname="tinos", fontfile=str(samples.FONT))
    for row, line in enumerate(LINES):
        point = pymupdf.Point(60, 80 + 40 * row) * page.derotation_matrix
        page.insert_text(point, line, fontname="tinos", fontsize=15, rotate=page.rotation)


def turned(rotation: int, width: float = 595, height: float = 842) -> bytes:
    document = pymupdf.open()
    page = document.new_page(width=width, height=height)
    page.set_rotation(rotation)
    lines_on(page)
    return bytes(document.tobytes())


def cropped(rotation: int = 0) -> bytes:
    """The media box begins below zero, and a part of it is shown."""
    document = pymupdf.open("pdf", turned(0, 700, 900))
    page = document[0]
    page.set_mediabox(pymupdf.Rect(-50, -70, 700, 900))
    page.set_cropbox(pymupdf.Rect(40, 20, 600, 700))
    page.set_rotation(rotation)
    return bytes(document.tobytes())


def sideways() -> bytes:
    """Lines that run up the page, as in the heading of a narrow column."""
    document = pymupdf.open("pdf", turned(0))
    document[0].set_rotation(90)
    return bytes(document.tobytes())


PAPERS: dict[str, Callable[[], bytes]] = {
    "upright": lambda: turned(0),
    "landscape": lambda: turned(0, 842, 595),
    "turned by 90": lambda: turned(90),
    "turned by 180": lambda: turned(180),
    "turned by 270": lambda: turned(270),
    "cropped": cropped,
    "cropped and turned": lambda: cropped(90),
    "sideways": sideways,
    "sample": lambda: resources.path("sample", "pdf", "01-418-BC-STC.pdf").read_bytes(),
    "form with tables": lambda: resources.path("sample", "pdf", "04-421-TTr-STC-he-thong-bieu.pdf").read_bytes(),
}


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


def numbered(number: int) -> str:
    return f"019a0000-0000-7000-8000-{number:012d}"


def note(kind: NoteKind, digest: str, number: int, quads: Sequence[Quad] = (), **values: object) -> NoteEdit:
    anchor = Anchor(digest=digest, page=0, quads=tuple(quads), strokes=(), quote="", before="", after="", section=())
    edit = NoteEdit(
        edit=numbered(number),
        note=numbered(number + 500),
        replaces=(),
        document=numbered(999),
        kind=kind,
        anchor=anchor,
        text="",
        colour="#d62f9f",
        made_at=MADE_AT,
        is_deleted=False,
    )
    return replace(edit, **values)  # type: ignore[arg-type]


def wave(quad: Quad) -> Stroke:
    """Through the frame from corner to corner."""
    count = 12
    points = (
        Point(
            x=quad.x0 + (quad.x1 - quad.x0) * step // count,
            y=quad.y0 + (quad.y1 - quad.y0) * ((step * 5) % count) // count,
            pressure=100 + 70 * step,
        )
        for step in range(count + 1)
    )
    return Stroke(points=tuple(points), width=250)


def one_of_each(pages: Pages, path: Path) -> tuple[list[NoteEdit], Page]:
    """A note of each kind on a line of its own."""
    paper = open_file(pages, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines: dict[tuple[int, int], list[Box]] = {}
    said: dict[tuple[int, int], list[str]] = {}
    for word in pages.words(paper, 0).result():
        lines.setdefault((word.block, word.line), []).append(word.box)
        said.setdefault((word.block, word.line), []).append(word.text)
    places = [place for place, boxes in lines.items() if len(boxes) >= 3][: len(MARKS)]
    notes = []
    for number, (kind, place) in enumerate(zip(MARKS, places, strict=True), 1):
        quad = around(lines[place])
        made = note(kind, digest, number, [quad], text="Ý kiến" if kind is NoteKind.NOTE else "")
        strokes = (wave(quad),) if kind is NoteKind.INK else ()
        notes.append(replace(made, anchor=replace(made.anchor, quote=" ".join(said[place]), strokes=strokes)))
    return notes, paper.pages[0]


def around(boxes: Sequence[Box]) -> Quad:
    return Quad(
        x0=round(min(box.x0 for box in boxes) * 100),
        y0=round(min(box.y0 for box in boxes) * 100),
        x1=round(max(box.x1 for box in boxes) * 100),
        y1=round(max(box.y1 for box in boxes) * 100),
    )


def shown(page: Page, quad: Quad) -> Box:
    return page.matrix.map_box(Box(x0=quad.x0 / 100, y0=quad.y0 / 100, x1=quad.x1 / 100, y1=quad.y1 / 100))


def written(notes: Sequence[NoteEdit], path: Path) -> Path:
    path.write_text(json.dumps([codec.to_value(each) for each in notes]), "utf-8")
    return path


def export(paper: Path, notes: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["notes", "export", str(paper), str(notes), str(out), *options])


def exported(tmp_path: Path, content: bytes, notes: Sequence[NoteEdit], *options: str) -> Path:
    paper, out = tmp_path / "paper.pdf", tmp_path / "out.pdf"
    paper.write_bytes(content)
    got = export(paper, written(notes, tmp_path / "notes.json"), out, *options)
    assert got.exit_code == 0, got.output
    assert paper.read_bytes() == content
    return out


# ---------------------------------------------------------------- what viewers show


@pytest.mark.parametrize("name", PAPERS)
def test_every_viewer_shows_each_note_where_it_is_and_nothing_else(pages: Pages, tmp_path: Path, name: str) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(PAPERS[name]())
    notes, page = one_of_each(pages, paper)
    out = exported(tmp_path, paper.read_bytes(), notes)
    for viewer in viewers.ALL:
        differing = viewers.changed(viewer(paper), viewer(out))
        for each in notes:
            box = shown(page, each.anchor.quads[0])
            assert differing.crop((int(box.x0), int(box.y0), int(box.x1) + 1, int(box.y1) + 1)).getbbox(), (
                viewer.__name__,
                each.kind,
            )
        slip_on = next(each for each in notes if each.kind is NoteKind.NOTE)
        top = shown(page, slip_on.anchor.quads[0]).y0
        assert differing.crop((int(page.width) - 24, int(top), int(page.width), int(top) + 20)).getbbox()
        rub_out(differing, [shown(page, each.anchor.quads[0]) for each in notes])
        rub_out(differing, [Box(x0=page.width - 24, y0=top, x1=page.width, y1=top + 20)])
        assert differing.getbbox() is None, viewer.__name__


def rub_out(picture: Image.Image, boxes: Sequence[Box]) -> None:
    for box in boxes:
        ImageDraw.Draw(picture).rectangle((box.x0 - 4, box.y0 - 4, box.x1 + 4, box.y1 + 4), fill=0)


def test_a_highlight_leaves_the_letters_black(pages: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(turned(0))
    notes, page = one_of_each(pages, paper)
    out = exported(tmp_path, paper.read_bytes(), notes[:1])
    box = shown(page, notes[0].anchor.quads[0])
    for viewer in viewers.ALL:
        piece = viewer(out).crop((int(box.x0), int(box.y0), int(box.x1), int(box.y1))).convert("L")
        assert piece.getextrema()[0] < 60, viewer.__name__  # type: ignore[operator]


def test_a_line_under_sideways_words_runs_along_them(pages: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(sideways())
    notes, page = one_of_each(pages, paper)
    under = notes[1]
    out = exported(tmp_path, paper.read_bytes(), [under])
    box = shown(page, under.anchor.quads[0])
    left, top, right, bottom = viewers.changed(viewers.pdfium(paper), viewers.pdfium(out)).getbbox() or (0, 0, 0, 0)
    assert bottom - top > (box.y1 - box.y0) * 0.9
    assert right - left < 5


# ---------------------------------------------------------------- what viewers are told


def annotations(path: Path, page: int = 0) -> list[Any]:
    return [each.get_object() for each in pypdf.PdfReader(path).pages[page].get("/Annots", ())]


def test_each_note_tells_who_when_and_what(pages: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(turned(0))
    notes, _ = one_of_each(pages, paper)
    out = exported(tmp_path, paper.read_bytes(), notes, "--author", "Chủ tịch UBND tỉnh")
    made = annotations(out)
    page: Any = pypdf.PdfReader(out).pages[0]
    kinds = ["/Highlight", "/Underline", "/StrikeOut", "/Square", "/Text", "/Highlight", "/Ink"]
    assert [each["/Subtype"] for each in made] == kinds
    assert [each["/NM"] for each in made if "/IRT" not in each] == [each.note for each in notes]
    for each in made:
        assert each["/T"] == "Chủ tịch UBND tỉnh"
        assert each["/M"] == "D:20261123010000Z"
        assert each["/CreationDate"] < each["/M"]  # version 7 ids tell when they were made
        assert int(each["/F"]) & 4
        assert [round(float(part) * 255) for part in each["/C"]] == [0xD6, 0x2F, 0x9F]
        assert each["/AP"]["/N"].get_object()["/BBox"] == each["/Rect"]
        assert each.raw_get("/P").idnum == page.indirect_reference.idnum
    assert made[0]["/Contents"] == notes[0].anchor.quote
    assert made[4]["/Contents"] == "Ý kiến"
    assert made[5]["/IRT"].get_object() == made[4]
    assert made[5]["/RT"] == "/Group"


def test_corners_come_in_the_order_viewers_expect(pages: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    for rotation in (0, 90):
        paper.write_bytes(turned(rotation))
        notes, page = one_of_each(pages, paper)
        (made,) = annotations(exported(tmp_path, paper.read_bytes(), notes[:1]))
        numbers = [float(each) for each in made["/QuadPoints"]]
        corners = [page.matrix.map(*numbers[each : each + 2]) for each in range(0, 8, 2)]
        (left, top), (right, top_too), (left_too, bottom), (right_too, bottom_too) = corners
        assert (left, top, right, bottom) == pytest.approx((left_too, top_too, right_too, bottom_too), abs=0.01)
        assert left < right
        assert top < bottom


def test_ink_is_smooth_and_as_wide_as_the_pen_pressed(pages: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(turned(0))
    notes, _ = one_of_each(pages, paper)
    (made,) = annotations(exported(tmp_path, paper.read_bytes(), notes[-1:]))
    (line,) = made["/InkList"]
    told = notes[-1].anchor.strokes[0].points
    assert len(line) > 4 * len(told)
    assert [float(line[0]), float(line[1])] == [told[0].x / 100, told[0].y / 100]
    assert [float(line[-2]), float(line[-1])] == [told[-1].x / 100, told[-1].y / 100]
    drawing = made["/AP"]["/N"].get_object().get_data().decode()
    assert drawing.count(" w ") > 10
    assert float(made["/BS"]["/W"]) == pytest.approx(2.5 * 0.94)


def test_a_quote_over_a_page_break_is_marked_on_both_pages(tmp_path: Path) -> None:
    content = samples.prose(2)
    made = note(
        NoteKind.HIGHLIGHT, hashlib.sha256(content).hexdigest(), 1, [Quad(x0=8500, y0=9000, x1=20100, y1=10400)]
    )
    over = Quad(x0=8500, y0=75000, x1=20100, y1=76400)
    out = exported(tmp_path, content, [replace(made, anchor=replace(made.anchor, overleaf=(over,)))])
    assert [[each["/NM"] for each in annotations(out, page)] for page in (0, 1)] == [
        [made.note],
        [f"{made.note}-overleaf"],
    ]


def test_two_surviving_states_are_both_there(tmp_path: Path) -> None:
    content = samples.prose(1)
    one = note(NoteKind.NOTE, hashlib.sha256(content).hexdigest(), 1, text="một")
    out = exported(tmp_path, content, [one, replace(one, edit=numbered(2), text="hai")])
    assert {(each["/NM"], each["/Contents"]) for each in annotations(out)} == {
        (one.note, "một"),
        (numbered(2), "hai"),
    }


def test_what_the_pages_bore_already_stays(tmp_path: Path) -> None:
    document = pymupdf.open("pdf", samples.prose(2))
    document[0].add_text_annot((50, 50), "có sẵn")
    content = bytes(document.tobytes())
    out = exported(tmp_path, content, [note(NoteKind.NOTE, hashlib.sha256(content).hexdigest(), 1, text="mới")])
    assert [each["/Contents"] for each in annotations(out) if each["/Subtype"] == "/Text"] == ["có sẵn", "mới"]


# ---------------------------------------------------------------- bookmarks


@pytest.mark.parametrize("headings", [[], [(1, "Phần một", 1), (2, "Mục 1", 2), (1, "Phần hai", 3)]])
def test_bookmarks_end_the_outline(tmp_path: Path, headings: list[tuple[int, str, int]]) -> None:
    content = samples.outline(headings, 3)
    digest = hashlib.sha256(content).hexdigest()
    marks = [note(NoteKind.BOOKMARK, digest, 1, text="Xem lại số liệu"), note(NoteKind.BOOKMARK, digest, 2)]
    marks[1] = replace(marks[1], anchor=replace(marks[1].anchor, page=2))
    out = exported(tmp_path, content, marks)
    toc = pymupdf.open(out).get_toc()
    assert [tuple(each) for each in toc[: len(headings)]] == headings
    assert toc[len(headings) :] == [[1, "Dấu trang · Bookmarks", -1], [2, "Xem lại số liệu", 1], [2, "Trang 3", 3]]
    told = pypdf.PdfReader(out)
    assert [told.get_destination_page_number(each) for each in told.outline[-1]] == [0, 2]  # type: ignore[arg-type]


# ---------------------------------------------------------------- what is not this paper's


def test_notes_on_another_version_are_named_not_placed(tmp_path: Path) -> None:
    content = samples.prose(1)
    here = note(NoteKind.NOTE, hashlib.sha256(content).hexdigest(), 1, text="ở đây")
    elsewhere, deleted = (
        note(NoteKind.BOX, "b" * 64, 2, [Quad(x0=0, y0=0, x1=100, y1=100)]),
        replace(note(NoteKind.NOTE, here.anchor.digest, 3), is_deleted=True),
    )
    off = note(NoteKind.NOTE, here.anchor.digest, 4)
    off = replace(off, anchor=replace(off.anchor, page=7))
    paper, out = tmp_path / "paper.pdf", tmp_path / "out.pdf"
    paper.write_bytes(content)
    got = export(paper, written([here, elsewhere, deleted, off], tmp_path / "notes.json"), out)
    assert json.loads(got.stdout) == {
        "file": str(out),
        "written": 1,
        "left_out": [
            {"edit": elsewhere.edit, "reason": "other_version"},
            {"edit": deleted.edit, "reason": "deleted"},
            {"edit": off.edit, "reason": "no_such_page"},
        ],
    }
    assert [each["/Contents"] for each in annotations(out)] == ["ở đây"]


def test_a_quote_that_stands_there_in_this_version_too_is_taken(pages: Pages, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(turned(0))
    notes, _ = one_of_each(pages, paper)
    others = [replace(each, anchor=replace(each.anchor, digest="c" * 64)) for each in notes[:2]]
    others[1] = replace(others[1], anchor=replace(others[1].anchor, quote="chữ khác"))
    taken = annotations(exported(tmp_path, paper.read_bytes(), others))
    assert [each["/Subtype"] for each in taken] == ["/Highlight"]
    every = exported(tmp_path, paper.read_bytes(), others, "--any-version")
    assert [each["/Subtype"] for each in annotations(every)] == ["/Highlight", "/Underline"]


# ---------------------------------------------------------------- what can't be done


def refused(tmp_path: Path, out: Path, said: str, *, content: bytes | None = None, notes: str = "[]") -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(samples.prose(1) if content is None else content)
    kept = paper.read_bytes()
    (tmp_path / "notes.json").write_text(notes, "utf-8")
    before = {each.name for each in tmp_path.iterdir()}
    got = export(paper, tmp_path / "notes.json", out)
    assert got.exit_code == 1
    assert said in got.stderr
    assert "Traceback" not in got.output
    assert paper.read_bytes() == kept
    assert {each.name for each in tmp_path.iterdir()} == before


def test_the_paper_is_never_written_over(tmp_path: Path) -> None:
    refused(tmp_path, tmp_path / "paper.pdf", "chính là tài liệu gốc")
    (tmp_path / "link.pdf").symlink_to(tmp_path / "paper.pdf")
    refused(tmp_path, tmp_path / "link.pdf", "chính là tài liệu gốc")
    (tmp_path / "hard.pdf").hardlink_to(tmp_path / "paper.pdf")
    refused(tmp_path, tmp_path / "hard.pdf", "chính là tài liệu gốc")


def test_each_bad_input_has_its_words(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    refused(tmp_path, tmp_path / "out.docx", "không cho biết định dạng")
    refused(tmp_path, tmp_path, "không cho biết định dạng")
    (tmp_path / "folder.pdf").mkdir()
    refused(tmp_path, tmp_path / "folder.pdf", "không phải tệp")
    refused(tmp_path, tmp_path / "nowhere" / "out.pdf", "nowhere")
    refused(tmp_path, out, "JSON", notes="không phải JSON")
    refused(tmp_path, out, "[0]", notes="[{}]")
    refused(tmp_path, out, "không phải là PDF", content=b"no paper")
    refused(tmp_path, out, "mật khẩu", content=samples.encrypted("bí mật"))
    bad = codec.to_value(replace(note(NoteKind.NOTE, "a" * 64, 1), colour="yellow"))
    refused(tmp_path, out, "[0].colour", notes=json.dumps([bad]))
    strange = codec.to_value(note(NoteKind.BOX, "a" * 64, 1, [Quad(x0=0, y0=0, x1=9, y1=9)]))
    refused(tmp_path, out, "Không ghi chú nào thuộc bản này", notes=json.dumps([strange]))


@pytest.mark.parametrize("ending", ["pdf", "json"])
def test_notes_that_make_little_sense_harm_nobody(tmp_path: Path, ending: str) -> None:
    content = samples.prose(2)
    digest, far = hashlib.sha256(content).hexdigest(), 2**53 - 1
    quad, over = Quad(x0=far, y0=far, x1=-far, y1=-far), Quad(x0=0, y0=0, x1=0, y1=0)
    notes = []
    for number, kind in enumerate(NoteKind, 1):
        for part, quads in enumerate(((), (quad,), (over,))):
            made = note(kind, digest, number * 10 + part, quads, text="a\0\u202e" * 50 + chr(0xD800))
            strokes = (Stroke(points=(), width=0), Stroke(points=(Point(x=0, y=far, pressure=0),), width=0))
            notes.append(replace(made, anchor=replace(made.anchor, overleaf=(over,), strokes=strokes)))
    notes.append(note(NoteKind.NOTE, digest, 900, note="ffffffff-ffff-7fff-8fff-ffffffffffff"))
    out = tmp_path / f"out.{ending}"
    (tmp_path / "paper.pdf").write_bytes(content)
    got = export(tmp_path / "paper.pdf", written(notes, tmp_path / "notes.json"), out)
    assert got.exit_code == 0, got.output
    assert json.loads(got.stdout)["written"] == len(notes)
    if ending == "pdf":
        assert len(annotations(out)) > len(NoteKind)
        viewers.pdfium(out)


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "out.pdf").symlink_to(tmp_path / "real.pdf")
    content = samples.prose(1)
    exported(tmp_path, content, [])
    assert (tmp_path / "out.pdf").is_symlink()
    assert (tmp_path / "real.pdf").read_bytes() == content


def test_an_export_replaces_the_one_before(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    out.write_bytes(b"an older one")
    content = samples.prose(1)
    assert exported(tmp_path, content, []).read_bytes() == content
