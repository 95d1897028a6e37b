"""Files that are not taken as papers, each for a reason of its own; and good ones with names that are trouble."""

import os
import unicodedata
from pathlib import Path

from ecabinet.client.desk.preparing import PaperFlaw
from tests.client.pages import samples

_LONGEST = 251
"""Bytes of a name before its ending, as file systems take it."""
_MARKED = [
    (90.0, 70.0, "ỦY BAN NHÂN DÂN"),
    (110.0, 86.0, "TỈNH BÌNH MINH"),
    (110.0, 110.0, "Số: 01/BC-UBND"),
    (120.0, 132.0, "MẬT"),
    (310.0, 70.0, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (250.0, 200.0, "BÁO CÁO"),
    (85.0, 280.0, "Ủy ban nhân dân tỉnh báo cáo kết quả thực hiện nhiệm vụ như sau:"),
]


def bad_papers(folder: Path) -> dict[PaperFlaw, Path]:
    """One of every kind that can be told from its bytes."""
    content = {
        PaperFlaw.EMPTY: ("Biểu mẫu tải về dở dang.pdf", b""),
        PaperFlaw.NOT_PDF: ("Công văn xin ý kiến.pdf", "Kính gửi: Văn phòng UBND tỉnh".encode()),
        PaperFlaw.DAMAGED: ("Báo cáo tải về bị đứt.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40),
        PaperFlaw.ENCRYPTED: ("Dự toán có mật khẩu.pdf", samples.encrypted("246913")),
        PaperFlaw.NO_PAGES: (
            "Phụ lục không có trang nào.pdf",
            samples.raw(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 0>>"]),
        ),
        PaperFlaw.MARKED_CLASSIFIED: ("Tài liệu phát riêng số 01.pdf", samples.paper(_MARKED)),
    }
    return {
        **{flaw: _written(folder / name, data) for flaw, (name, data) in content.items()},
        PaperFlaw.TOO_LARGE: _two_gigabytes(folder / "Bản quét cả hồ sơ.pdf"),
    }


def oddly_named_papers(folder: Path) -> list[Path]:
    """A name that climbs out of its folder where backslashes part names, one as long as a file's may be, one in NFD."""
    long = "Báo cáo " + "dài " * 80
    while len(long.encode()) > _LONGEST:
        long = long[:-1]
    decomposed = unicodedata.normalize("NFD", "Tờ trình điều chỉnh")
    names = ["..\\..\\..\\421-TTr-STC Tờ trình.pdf", f"{long}.pdf", f"{decomposed}.pdf"]
    return [_written(folder / name, samples.prose(1, lines=place)) for place, name in enumerate(names, 3)]


def _two_gigabytes(path: Path) -> Path:
    os.truncate(_written(path, samples.prose(1)), 2 * 1024**3)
    return path


def _written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
