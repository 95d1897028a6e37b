"""The check of every PDF in a folder: what a reader would see of each, one line of JSON a file, whatever the files.

Each file is given up before 15 seconds. A file that can't be read is a line like any other, and the rest goes on.
"""

import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ecabinet.client.pages.content import Refusal
from ecabinet.client.pages.examination import Examination, Examiner, Outcome
from ecabinet.client.pages.lives import PagesUnavailable

_SECONDS = 12.0
"""For a file; what is left of 15 is for ending a worker that hangs and starting another."""

_Words = tuple[str, str]
"""In Vietnamese and in English."""

_REFUSALS: dict[Refusal, _Words] = {
    Refusal.EMPTY: ("Tệp rỗng, không có nội dung.", "The file is empty."),
    Refusal.NOT_PDF: ("Đây không phải tệp PDF.", "This is no PDF file."),
    Refusal.DAMAGED: ("Tệp bị hỏng, không trang nào đọc được.", "The file is damaged: no page can be read."),
    Refusal.ENCRYPTED: ("Tệp được mã hóa, cần mật khẩu.", "The file is encrypted and wants a password."),
    Refusal.NO_PAGES: ("Tệp không có trang nào.", "The file has no pages."),
    Refusal.TOO_LARGE: ("Tệp quá lớn.", "The file is too large."),
    Refusal.TOO_SLOW: ("Tệp mở quá lâu, không trang nào đọc được.", "It takes too long: no page can be read."),
    Refusal.MARKED_CLASSIFIED: (
        "Tệp có dấu độ mật, không được đưa vào hệ thống này.",
        "The file bears a classification marking and may not enter this system.",
    ),
}
_UNREADABLE_FILE = ("Không đọc được tệp.", "The file can't be read from the disk.")
_NO_WORKER = ("Không khởi động được tiến trình đọc trang.", "The process that reads pages can't be started.")
_HEALTHY = ("Mọi trang đều đọc được.", "Every page can be read.")
_NAMED = 10
"""Pages that are named one by one in a reason."""


def check_folder(folder: Path) -> Iterator[str]:
    """A line of JSON for each PDF under the folder, by path: file, pages, outcome, reason, reason_en, seconds."""
    with Examiner(seconds=_SECONDS) as examiner:
        for path in _papers(folder):
            yield _line(examiner, path, path.relative_to(folder))


def _papers(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if name.lower().endswith(".pdf"))


def _line(examiner: Examiner, path: Path, shown: Path) -> str:
    begun_at = time.monotonic()
    outcome, pages = Outcome.REFUSED, 0
    try:
        found = examiner.examine(*_content(path))
    except OSError:
        reason = _UNREADABLE_FILE
    except PagesUnavailable:
        reason = _NO_WORKER
    else:
        outcome, pages, reason = found.outcome, found.pages, reason_of(found)
    line = {
        "file": os.fsencode(shown.as_posix()).decode("utf-8", "backslashreplace"),
        "pages": pages,
        "outcome": outcome.value.replace("_", " "),
        "reason": reason[0],
        "reason_en": reason[1],
        "seconds": round(time.monotonic() - begun_at, 3),
    }
    return json.dumps(line, ensure_ascii=False)


def _content(path: Path) -> tuple[int, Callable[[memoryview], None]]:
    """Its size, and what reads it. Raises OSError, also for what is no file: a pipe would be waited for."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"{path} is no file")

    def fill(memory: memoryview) -> None:
        with path.open("rb") as file:
            if file.readinto(memory) != len(memory):
                raise OSError(f"{path} changed while it was read")

    return found.st_size, fill


def reason_of(found: Examination) -> _Words:
    """Why a paper came out as it did, in words for its sender."""
    if found.refusal is not None:
        return _REFUSALS[found.refusal]
    faults: list[_Words] = []
    if found.is_repaired:
        faults.append(("tệp bị hỏng, đã mở được sau khi sửa", "the file is damaged and was repaired on opening"))
    if found.unreadable_pages:
        named = _named(found.unreadable_pages)
        faults.append((f"không đọc được trang {named}", f"unreadable: page {named}"))
    if found.faulty_pages:
        named = _named(found.faulty_pages)
        faults.append((f"hiển thị thiếu ở trang {named}", f"shown with parts missing: page {named}"))
    if not found.is_outline_readable:
        faults.append(("không đọc được mục lục", "the outline can't be read"))
    if found.checked_pages < found.pages:
        checked = found.checked_pages, found.pages
        faults.append(
            ("mới kịp kiểm tra {}/{} trang".format(*checked), "time for {} of {} pages only".format(*checked))
        )
    if not faults:
        return _HEALTHY
    vietnamese, english = ("; ".join(words) for words in zip(*faults, strict=True))
    return f"{vietnamese[0].upper()}{vietnamese[1:]}.", f"{english[0].upper()}{english[1:]}."


def _named(indices: tuple[int, ...]) -> str:
    more = len(indices) - _NAMED
    return ", ".join(str(index + 1) for index in indices[:_NAMED]) + (f" (+{more})" if more > 0 else "")
