"""One page of a table system, and what its tables share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

Cell = str | int | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page with one table.

    `widths` in mm, 0 for what is left; the first `lettered` columns hold words, the others figures; `sums` are the
    numbers of the rows in bold. `size` of the letters in points. `entry` is the page's line in the table of contents,
    empty for a page that continues another.
    """

    form: str
    title: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[Row, ...]
    sums: tuple[int, ...] = ()
    lettered: int = 2
    flipped: bool = False
    size: float = 11
    entry: str = ""


def figures(rows: Iterable[Sequence[Cell]], first: int) -> tuple[int, ...]:
    """The sums of the columns from `first` on."""
    columns = list(zip(*rows, strict=True))[first:]
    return tuple(sum(cell for cell in column if isinstance(cell, int)) for column in columns)


def marked(rows: Sequence[Row], *marks: str) -> tuple[int, ...]:
    """The numbers of the rows that begin with one of `marks`."""
    return tuple(at for at, row in enumerate(rows) if row[0] in marks)


def ratio(part: int, whole: int) -> str:
    """`part` in hundredths of `whole`."""
    return f"{part / whole * 100:.1f}".replace(".", ",") if whole else ""


def continued(sheet: Sheet, per_page: int, total: Row) -> Iterator[Sheet]:
    """The sheet's rows over as many pages as they need; the total stands first, as in budget tables."""
    yield replace(sheet, rows=(total, *sheet.rows[:per_page]), sums=(0,), entry=sheet.title)
    for start in range(per_page, len(sheet.rows), per_page):
        yield replace(sheet, form=f"{sheet.form} (tiếp theo)", rows=sheet.rows[start : start + per_page])
