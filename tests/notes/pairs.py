"""Pairs of versions, and notes on the old one of which it is known where they belong in the new one."""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecabinet.core.notes import NoteKind
from ecabinet.core.notes.carrying import Outcome
from tests.notes.typesetting import Item, Style, prose, replaced

LEFT = Outcome.LEFT_BEHIND
CHECK = Outcome.CHECK
FOUND = Outcome.FOUND
PLAINLY = Style()
PLAIN = "p1.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A note on words `first` to `end` of an item, and where it belongs: the same words of the same item, mostly."""

    item: str
    first: int
    end: int
    outcome: Outcome = FOUND
    target: tuple[str, int, int] | None = None
    kind: NoteKind = NoteKind.HIGHLIGHT
    offset: tuple[float, float] | None = None
    """Of ink: where it is drawn, from the top left of the first word, in points."""

    @property
    def place(self) -> tuple[str, int, int]:
        return self.target or (self.item, self.first, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions, and notes on the first."""

    name: str
    old: Sequence[Item]
    new: Sequence[Item]
    notes: Sequence[Wanted]
    old_style: Style = PLAINLY
    new_style: Style = PLAINLY


BASE = prose(48)
MORE = prose(24, seed=2)
ENOUGH = 24


def pairs() -> list[Pair]:
    """All of them, in the order in which they are told."""
    return [
        Pair(name="identical", old=BASE, new=BASE, notes=[*spread(BASE, BASE), Wanted(item=PLAIN, first=2, end=3)]),
        _of("pages inserted", BASE, [*BASE[:16], Item(name="turn"), *MORE, Item(name="turn2"), *BASE[16:]]),
        _removed(),
        _of("block moved", BASE, [*BASE[:9], *BASE[18:45], *BASE[9:18], *BASE[45:]]),
        replace(_of("re-typeset", BASE, BASE), new_style=Style(size=11, width=455, left=70, top=60), name="re-typeset"),
        _typo(),
        _figure(),
        _twin(),
        _same_word_earlier(),
        _repeated(),
        _of("NFD against NFC", [_nfd(item) for item in BASE], BASE),
        _of("hoà against hòa", BASE, [_newer_tones(item) for item in BASE]),
        replace(
            _of("scan with OCR against born-digital", BASE, BASE),
            old_style=Style(is_scan=True, mistakes=40),
            new_style=Style(size=12.5, left=80),
        ),
        _ink(),
        _table(),
        _page_break(),
        Pair(name="file renamed", old=BASE, new=BASE, notes=spread(BASE, BASE, seed=9)),
        _of("split in two: the first part", BASE, BASE[:27]),
        _of("split in two: the second part", BASE, BASE[27:]),
    ]


def spread(old: Sequence[Item], new: Sequence[Item], seed: int = 5, count: int = ENOUGH) -> list[Wanted]:
    """Notes all over the old version; what the new one lacks has to be left behind."""
    chance = random.Random(seed)
    kept = {item.name for item in new}
    written = [item for item in old if len(item.words) > 12 and not item.is_heading]
    notes: list[Wanted] = []
    for item in written[:: max(1, len(written) // count)]:
        length = chance.randint(4, 11)
        first = chance.randint(0, len(item.words) - length)
        outcome = FOUND if item.name in kept else LEFT
        notes.append(Wanted(item=item.name, first=first, end=first + length, outcome=outcome))
    return notes


def _of(name: str, old: Sequence[Item], new: Sequence[Item]) -> Pair:
    return Pair(name=name, old=old, new=new, notes=spread(old, new))


def _removed() -> Pair:
    old = [*BASE[:18], Item(name="turn"), *MORE, Item(name="turn2"), *BASE[18:]]
    return Pair(name="pages removed", old=old, new=BASE, notes=spread(old, BASE))


def _typo() -> Pair:
    right = "Chủ tịch Ủy ban nhân dân tỉnh giao Sở Tài chính tổng hợp trách nhiệm của từng đơn vị gửi Văn phòng."
    wrong = right.replace("nhiệm", "nhiêm").replace("tổng", "tông")
    old = [*BASE[:20], Item(name="typo", text=wrong), *BASE[20:]]
    notes = [
        Wanted(item="typo", first=9, end=19),
        Wanted(item="typo", first=12, end=13),
        Wanted(item="typo", first=6, end=16),
    ]
    return Pair(name="typo in the quote", old=old, new=replaced(old, {"typo": right}), notes=notes + spread(BASE, BASE))


def _figure() -> Pair:
    said = "Tổng mức đầu tư là 48.500 triệu đồng, hoàn thành trước ngày 15/4/2027, chưa gồm ba tuyến kênh cấp hai."
    old = [*BASE[:20], Item(name="a", text=said), Item(name="b", text=said.replace("48.500", "12.750")), *BASE[20:]]
    old += [Item(name="c", text="Đơn vị được phép chuyển nguồn kinh phí sang năm sau theo đề nghị của Sở Tài chính.")]
    new = replaced(
        old,
        {
            "a": said.replace("48.500", "84.500").replace("ba tuyến", "bốn tuyến"),
            "b": said.replace("48.500", "12.750").replace("15/4", "15/5").replace("chưa gồm", "đã gồm"),
            "c": "Đơn vị không được phép chuyển nguồn kinh phí sang năm sau theo đề nghị của Sở Tài chính.",
        },
    )
    whole = len(said.split())
    notes = [
        Wanted(item="a", first=0, end=whole, outcome=CHECK),
        Wanted(item="a", first=4, end=8, outcome=CHECK),
        Wanted(item="a", first=5, end=6, outcome=CHECK),
        Wanted(item="a", first=15, end=19, outcome=CHECK),
        Wanted(item="b", first=8, end=13, outcome=CHECK),
        Wanted(item="b", first=13, end=18, outcome=CHECK),
        Wanted(item="c", first=2, end=6, outcome=CHECK, target=("c", 3, 7)),
        Wanted(item="c", first=0, end=6, outcome=CHECK, target=("c", 0, 7)),
        Wanted(item="a", first=0, end=4),
        Wanted(item="b", first=0, end=8),
    ]
    return Pair(name="figure changed in the quote", old=old, new=new, notes=notes)


def _twin() -> Pair:
    said = "Giao Sở Xây dựng kiểm tra, báo cáo kết quả trước khi trình Ủy ban nhân dân tỉnh xem xét, quyết định."
    plain = {item.name: item.text for item in BASE}
    places = ("p1.5", "p1.30")
    old = replaced(BASE, {name: f"{plain[name]} {said}" for name in places})
    notes = []
    for name in places[:1]:
        start = len(plain[name].split())
        notes = [Wanted(item=name, first=start, end=start + len(said.split()), outcome=LEFT)]
        notes.append(Wanted(item=name, first=start + 4, end=start + 12, outcome=LEFT))
    kept = len(plain[places[1]].split())
    notes.append(Wanted(item=places[1], first=kept, end=kept + len(said.split())))
    new = replaced(old, {places[0]: plain[places[0]]})
    return Pair(name="sentence deleted, a twin remains", old=old, new=new, notes=notes)


def _same_word_earlier() -> Pair:
    early = "Việc này thuộc thẩm quyền của cơ quan thẩm định theo Nghị quyết."
    late = "Trường hợp vượt thẩm quyên thì báo cáo Hội đồng nhân dân; các thủ tục khác giữ nguyên như hiện hành."
    old = [*BASE[:6], Item(name="early", text=early), *BASE[6:30], Item(name="late", text=late), *BASE[30:]]
    fixed = late.replace("quyên", "quyền").replace("Hội đồng", "Thường trực Hội đồng")
    notes = [
        Wanted(item="late", first=3, end=5),
        Wanted(item="late", first=4, end=5),
        Wanted(item="early", first=3, end=5),
        Wanted(item="late", first=13, end=16, target=("late", 15, 18)),
    ]
    return Pair(name="corrected word, same word earlier", old=old, new=replaced(old, {"late": fixed}), notes=notes)


def _repeated() -> Pair:
    rows = [Item(name=f"row{number}", text="Đã hoàn thành theo kế hoạch được giao") for number in range(79)]
    old = [*BASE[:10], *rows, *BASE[10:]]
    new = [*BASE[:10], *rows[:40], *rows[41:], *BASE[10:]]
    notes = [Wanted(item=f"row{number}", first=0, end=8, outcome=CHECK) for number in (20, 33, 50, 61)]
    return Pair(name="a phrase repeated 79 times", old=old, new=new, notes=notes)


def _ink() -> Pair:
    new = [*MORE[:14], *BASE]
    drawn = Style(drawing=("p1.6", 380, 60))
    notes = [
        Wanted(item="p1.2", first=0, end=1, kind=NoteKind.INK, offset=(-25, 2)),
        Wanted(item="p1.20", first=3, end=6, kind=NoteKind.INK),
        Wanted(item="p1.33", first=0, end=9, kind=NoteKind.INK),
        Wanted(item="p1.6", first=0, end=1, kind=NoteKind.INK, offset=(362, 45)),
        Wanted(item="p1.40", first=2, end=7, kind=NoteKind.BOX),
        Wanted(item="p1.12", first=5, end=8, kind=NoteKind.BOX),
    ]
    return Pair(name="ink only", old=BASE, new=new, notes=notes, old_style=drawn, new_style=drawn)


def _table() -> Pair:
    chance = random.Random(3)
    names = [
        "Bình An",
        "Tân Lập",
        "Hòa Bình",
        "Thủy Nguyên",
        "Đông Sơn",
        "Phú Xuân",
        "Lộc Hà",
        "Yên Mỹ",
        "Quế Võ",
        "Sa Pa",
    ]
    rows = [
        Item(name=f"r{number}", cells=(f"Xã {name}", str(chance.randint(1, 9)), "48", str(chance.randint(10, 14))))
        for number, name in enumerate(names * 3)
    ]
    rows = [
        Item(name=row.name, cells=(f"{row.cells[0]} {('Bắc', 'Nam', 'Trung')[number // 10]}", *row.cells[1:]))
        for number, row in enumerate(rows)
    ]
    old = [*BASE[:8], *rows, *BASE[8:]]
    added = Item(name="added", cells=("Xã Mới Lập", "7", "48", "11"))
    changed = Item(name="r8", cells=(*rows[8].cells[:2], "84", rows[8].cells[3]))
    new = [*BASE[:8], *rows[:4], added, *rows[4:8], changed, *rows[9:20], *rows[21:], *BASE[8:]]
    cells = [
        Wanted(item=f"r{number}", first=len(rows[number].words) - 2, end=len(rows[number].words) - 1)
        for number in (1, 5, 12, 23, 27)
    ]
    return Pair(
        name="table cell",
        old=old,
        new=new,
        notes=[
            *cells,
            replace(cells[0], item="r8", outcome=CHECK),
            replace(cells[0], item="r20", outcome=CHECK),  # its row went; the same figure stands right above
            Wanted(item="r15", first=0, end=len(rows[15].words)),
        ],
    )


def _page_break() -> Pair:
    """A quote that runs over the end of its page, in one version or the other."""
    long = " ".join(item.text for item in BASE[20:29] if not item.is_heading)
    old = [*BASE[:6], Item(name="long", text=long), *BASE[30:]]
    new = [*BASE[:8], Item(name="long", text=long), *BASE[30:]]
    return Pair(
        name="quote over a page break",
        old=old,
        new=new,
        notes=[Wanted(item="long", first=first, end=first + 60) for first in range(0, len(long.split()) - 60, 20)],
    )


def _nfd(item: Item) -> Item:
    return replace(item, text=unicodedata.normalize("NFD", item.text))


def _newer_tones(item: Item) -> Item:
    text = item.text
    for old, new in (("hoà", "hòa"), ("hoá", "hóa"), ("Ủy", "Uỷ"), ("ủy", "uỷ")):
        text = text.replace(old, new)
    return replace(item, text=text)
