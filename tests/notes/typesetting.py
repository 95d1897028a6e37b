"""A small typesetter for tests: paragraphs and table rows become a PDF, and each word's place in it is known."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import pymupdf

from ecabinet import resources

FONT = resources.path("fonts", "Tinos-Regular.ttf")
_COLUMNS = 4
_MISREAD = "ộưệấếạđìàốl", "ôuêâêadiaôI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A paragraph; with `cells`, a row of a table; with neither, the beginning of a new page."""

    name: str
    text: str = ""
    cells: tuple[str, ...] = ()
    is_heading: bool = False

    @property
    def words(self) -> list[str]:
        return " ".join(self.cells).split() if self.cells else self.text.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a paper is set."""

    size: float = 13
    width: float = 425
    left: float = 85
    top: float = 80
    height: float = 842
    bottom: float = 70
    is_scan: bool = False
    mistakes: int = 0
    """Of a thousand words, those that the OCR of a scan reads wrongly."""
    drawing: tuple[str, float, float] | None = None
    """A drawing beside the first word of an item, so many points to the right and down."""


@dataclass(slots=True)
class Made:
    """A paper, and of each item the places of its words in reading order."""

    content: bytes = b""
    places: dict[str, list[int]] = field(default_factory=dict)
    pages: dict[str, list[int]] = field(default_factory=dict)


def typeset(items: Sequence[Item], style: Style) -> Made:
    """Sets the items one below the other; the same ones once."""
    return _typeset(tuple(items), style)


@cache
def _typeset(items: Sequence[Item], style: Style) -> Made:
    return _Setter(style).set(items)


_FACE = pymupdf.Font(fontfile=str(FONT))


@cache
def _width(word: str, size: float) -> float:
    return float(_FACE.text_length(word, size))


class _Setter:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.document = pymupdf.open()
        self.made = Made()
        self.count = 0
        self.headings: list[tuple[int, str, int]] = []
        self.chance = random.Random(7)
        self.y = 0.0
        self.texts: list[list[tuple[float, float, str]]] = []
        self.drawings: list[tuple[int, float, float]] = []
        self._turn()

    def set(self, items: Sequence[Item]) -> Made:
        for item in items:
            if item.cells:
                self._row(item)
            elif item.text:
                self._paragraph(item)
            else:
                self._turn()
        self._draw()
        if self.headings:
            self.document.set_toc([list(each) for each in self.headings])
        self.made.content = bytes(self.document.tobytes(deflate=True))
        return self.made

    def _turn(self) -> None:
        self.texts.append([])
        self.y = self.style.top

    def _line(self, pieces: Sequence[tuple[float, Sequence[str]]], item: Item) -> None:
        if self.y > self.style.height - self.style.bottom:
            self._turn()
        for x, words in pieces:
            for _ in words:
                self.made.places.setdefault(item.name, []).append(self.count)
                self.made.pages.setdefault(item.name, []).append(len(self.texts) - 1)
                self.count += 1
            self.texts[-1].append((x, self.y, " ".join(map(self._read, words))))
            if self.style.drawing and self.style.drawing[0] == item.name and not self.drawings:
                _, right, down = self.style.drawing
                self.drawings.append((len(self.texts) - 1, x + right, self.y + down))
        self.y += self.style.size * 1.3

    def _paragraph(self, item: Item) -> None:
        line: list[str] = []
        space = _width(" ", self.style.size)
        wide = 0.0
        for word in item.words:
            wide += _width(word, self.style.size) + space
            if line and wide - space > self.style.width:
                self._line([(self.style.left, line)], item)
                line, wide = [], _width(word, self.style.size) + space
            line.append(word)
        self._line([(self.style.left, line)], item)
        if item.is_heading:
            self.headings.append((1, item.text, self.made.pages[item.name][0] + 1))
        self.y += self.style.size * 0.8

    def _row(self, item: Item) -> None:
        wide = self.style.width / (_COLUMNS + 1)
        rights = [self.style.left + (number and number + 1) * wide for number in range(len(item.cells))]
        self._line([(x, cell.split()) for x, cell in zip(rights, item.cells, strict=True)], item)

    def _read(self, word: str) -> str:
        """A word as the OCR reads it."""
        if self.chance.randrange(1000) >= self.style.mistakes:
            return word
        return next((word.replace(a, b, 1) for a, b in zip(*_MISREAD, strict=True) if a in word), word)

    def _draw(self) -> None:
        for number, texts in enumerate(self.texts):
            page = self.document.new_page(width=595, height=self.style.height)
            page.insert_font(fontname="tinos", fontfile=str(FONT))
            if self.style.is_scan:
                self._print(page, texts)
            for x, y, word in texts:
                mode = 3 if self.style.is_scan else 0
                page.insert_text((x, y), word, fontname="tinos", fontsize=self.style.size, render_mode=mode)
            for at, x, y in self.drawings:
                if at == number:
                    page.draw_circle((x, y), 20, color=(0, 0, 0), width=3)
                    page.draw_line((x - 20, y - 10), (x + 20, y + 12), width=2)

    def _print(self, page: pymupdf.Page, texts: Sequence[tuple[float, float, str]]) -> None:
        sheet = pymupdf.open()
        plain = sheet.new_page(width=595, height=self.style.height)
        plain.insert_font(fontname="tinos", fontfile=str(FONT))
        for x, y, word in texts:
            plain.insert_text((x, y), word, fontname="tinos", fontsize=self.style.size)
        page.insert_image(page.rect, pixmap=plain.get_pixmap(dpi=72))


_SUBJECTS = (
    "Ủy ban nhân dân tỉnh", "Sở Tài chính", "Sở Xây dựng", "Văn phòng Ủy ban", "Sở Nội vụ", "Thanh tra tỉnh",
    "Ủy ban nhân dân các xã", "Sở Nông nghiệp và Môi trường",
)  # fmt: skip
_VERBS = (
    "trình",
    "báo cáo",
    "phê duyệt",
    "rà soát",
    "đề nghị điều chỉnh",
    "chưa thống nhất",
    "chủ trì thẩm định",
    "công bố",
)
_OBJECTS = (
    "dự toán thu ngân sách", "kế hoạch đầu tư công trung hạn", "quy hoạch sử dụng đất",
    "danh mục công trình cấp nước",
    "phương án sắp xếp trường học", "định mức chi thường xuyên", "hồ sơ giải phóng mặt bằng",
    "chế độ trực phòng chống lụt bão",
    "giá dịch vụ khám bệnh", "việc hoà giải ở cơ sở", "mức hỗ trợ hộ nghèo", "đề án số hoá tài liệu lưu trữ",
)  # fmt: skip
_ENDS = (
    "theo quy định của pháp luật", "trên địa bàn tỉnh", "sau khi có ý kiến của Hội đồng nhân dân",
    "để kịp tiến độ giải ngân",
    "và chịu trách nhiệm về số liệu báo cáo", "trừ các dự án đã quyết toán", "trong phạm vi nhiệm vụ được giao",
)  # fmt: skip


def prose(count: int, seed: int = 1, *, every: int = 8) -> list[Item]:
    """Paragraphs of official Vietnamese, full of what is said again and again, under a heading every so many."""
    chance = random.Random(seed)
    items: list[Item] = []
    for number in range(count):
        if number % every == 0:
            title = f"Phần {number // every + 1}. {chance.choice(_OBJECTS).capitalize()} năm {2020 + seed % 7}"
            items.append(Item(name=f"h{seed}.{number // every}", text=title, is_heading=True))
        items.append(
            Item(name=f"p{seed}.{number}", text=" ".join(sentence(chance) for _ in range(chance.randint(2, 4))))
        )
    return items


def sentence(chance: random.Random) -> str:
    amount = f"{chance.randint(1, 999)}.{chance.randint(0, 999):03} triệu đồng"
    date = f"ngày {chance.randint(1, 28)}/{chance.randint(1, 12)}/2026"
    parts = (chance.choice(_SUBJECTS), chance.choice(_VERBS), chance.choice(_OBJECTS), chance.choice(_ENDS))
    return " ".join(parts) + chance.choice((f", tổng số {amount}.", f", hoàn thành trước {date}.", ".", "."))


def replaced(items: Sequence[Item], changes: Mapping[str, str]) -> list[Item]:
    """The items, some of them with other words."""
    return [
        Item(name=item.name, text=changes.get(item.name, item.text), cells=item.cells, is_heading=item.is_heading)
        for item in items
    ]
