"""Files become papers of a draft: looked at in the page process, sealed into the vault, their originals left alone.

The very bytes that were examined are sealed: a file that changes meanwhile can't slip past.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ecabinet.client.pages.content import Refusal
from ecabinet.client.pages.examination import Examiner
from ecabinet.client.vault.sealed import SealedFiles
from ecabinet.core.codec import Digest, Identifier, Name
from ecabinet.core.protocol import LARGEST_PAPER

_LONGEST_NAME = 200
"""Bytes: with room for what others add, below the 255 that file systems take."""
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f:*?"<>|]')
_SYMBOL = r"[^\W\d_]{2,5}-[^\W\d_]{2,10}"
_NUMBERED = re.compile(rf"(?:\d{{1,3}}[-_ .]+(?=\d))?(?P<number>\d{{1,5}})[-_ .]?(?P<symbol>{_SYMBOL})(?:[-_ .]+|$)")
"""At the beginning of a file's name, perhaps behind its place in the folder: `03-421-TTr-STC …`."""
_LETTERHEAD = re.compile(rf"\bSố\s*:\s*(?P<number>\d{{1,5}})\s*/\s*(?P<symbol>{_SYMBOL})")
_ANNEX, _OTHER_KIND = "phu-luc", "khac"
_KINDS = {"ttr": "to-trinh", "bc": "bao-cao", "cv": "cong-van", "qd": "quyet-dinh", "nq": "nghi-quyet"}
_NAMED_KINDS = {
    "tờ trình": "to-trinh",
    "báo cáo": "bao-cao",
    "dự thảo": "du-thao",
    "phụ lục": _ANNEX,
    "công văn": "cong-van",
    "bản tổng hợp": "ban-tong-hop",
    "nghị quyết": "nghi-quyet",
    "quyết định": "quyet-dinh",
}
_AGENCY = re.compile(
    r"(Sở|Ban|Bộ|Cục|Chi cục|Văn phòng|Thanh tra|Công an|UBND|HĐND|Ủy ban|Hội đồng)( |$)", re.IGNORECASE
)
_FILE_LIKE = re.compile(r"(?i)\.(docx?|dotx?|xlsx?|pptx?|pdf|odt|tmp)\b|^microsoft |^untitled|^[\W\d_]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPaper:
    """A file taken over: its bytes lie sealed in the vault; the original is not touched."""

    document: Identifier
    version: int
    """Above 1 when it will replace a published version."""
    replaces: Digest | None
    digest: Digest
    size: int
    pages: int
    file_name: str
    """NFC, no path in it, and nothing that some system forbids."""
    title: str
    number: str
    agency: str
    kind: Name
    what_changed: str
    is_repaired: bool
    """It was damaged, cut off perhaps: what could be read of it is shown, and pages may be missing."""


class PaperFlaw(StrEnum):
    """Why a file was not taken."""

    EMPTY = "empty"
    NOT_PDF = "not_pdf"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    NO_PAGES = "no_pages"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    MARKED_CLASSIFIED = "marked_classified"
    """A marking of secrecy stands on one of the first pages: it must not enter this system at all."""
    UNREADABLE = "unreadable"
    """The file could not be read: gone, no right, a folder."""
    ALREADY_HERE = "already_here"
    """The same bytes are in this draft."""


class FileRefused(Exception):
    """The file is not taken, for this reason."""

    def __init__(self, flaw: PaperFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def take_file(path: Path, document: Identifier, files: SealedFiles, examiner: Examiner) -> PreparedPaper:
    """Examines a file and seals it. Raises FileRefused, StorageUnusable; then nothing of it is kept."""
    source = _Source(path, files)
    try:
        found = examiner.examine(source.size, source.fill)
    except OSError as error:
        raise FileRefused(PaperFlaw.UNREADABLE) from error
    if found.refusal is not None:
        source.forget()
        raise FileRefused(_flaw_of(found.refusal))
    name = plain_name(path.name)
    title = _title_told(found.title) or _title_in(_without_harm(path.name))  # whole: a name is cut, a title never
    number, kind = _number_and_kind(name, title, found.opening)
    return PreparedPaper(
        document=document,
        version=1,
        replaces=None,
        digest=source.digest,
        size=source.size,
        pages=found.pages,
        file_name=name,
        title=title,
        number=number,
        agency=found.author if _AGENCY.match(found.author) else "",
        kind=kind,
        what_changed="",
        is_repaired=found.is_repaired,
    )


class _Source:
    """A file that is examined and sealed in one reading."""

    def __init__(self, path: Path, files: SealedFiles) -> None:
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise FileRefused(PaperFlaw.UNREADABLE) from error
        if self.size > LARGEST_PAPER:
            raise FileRefused(PaperFlaw.TOO_LARGE)
        self._path, self._files = path, files
        self._is_new = False
        self.digest = ""

    def fill(self, memory: memoryview) -> None:
        """Reads the file into the page process's memory, and seals what was read."""
        with self._path.open("rb", buffering=0) as file:
            done = 0
            while done < self.size:
                count = file.readinto(memory[done:])
                if not count:
                    raise FileRefused(PaperFlaw.UNREADABLE)
                done += count
        self.digest = hashlib.sha256(memory).hexdigest()
        self._is_new = not self._files.holds(self.digest)
        self._files.put(self.digest, memory)

    def forget(self) -> None:
        if self._is_new:  # else it is here as part of something else
            self._files.discard(self.digest)


def plain_name(name: str) -> str:
    """A file's name as it may travel: NFC, its last part only, without what some system forbids, at most 200 bytes."""
    plain = _without_harm(name)
    stem, dot, suffix = plain.rpartition(".")
    if not dot or not 0 < len(suffix.encode()) <= _LONGEST_SUFFIX:
        stem, suffix = plain, ""
    ending = f".{suffix}" if suffix else ""
    stem = stem.strip(" .")
    while len((stem + ending).encode()) > _LONGEST_NAME:
        stem = stem[:-1].rstrip(" .")
    return (stem or _NAMELESS) + ending


def _without_harm(name: str) -> str:
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    return " ".join("".join(each for each in _FORBIDDEN.sub(" ", last) if each.isprintable()).split())


_LONGEST_SUFFIX = 8
_NAMELESS = "tai-lieu"


def _flaw_of(refusal: Refusal) -> PaperFlaw:
    return PaperFlaw(refusal.value)


def _number_and_kind(name: str, title: str, opening: str) -> tuple[str, Name]:
    """As the letterhead has them, or else the file's name; an annex has no number of its own."""
    start = title.casefold()
    named = next((kind for words, kind in _NAMED_KINDS.items() if start.startswith(words)), None)
    told = _LETTERHEAD.search(unicodedata.normalize("NFC", opening)) or _numbered(name)
    if told is None or named == _ANNEX:
        return "", named or _OTHER_KIND
    return f"{told['number']}/{told['symbol']}", named or _kind_of(told["symbol"]) or _OTHER_KIND


def _numbered(name: str) -> re.Match[str] | None:
    """Number and symbol that a file's name begins with; not two words behind a figure, as in `07-du-thao`."""
    found = _NUMBERED.match(name.rpartition(".")[0] or name)
    is_symbol = found is not None and (_kind_of(found["symbol"]) or found["symbol"].partition("-")[2].isupper())
    return found if is_symbol else None


def _kind_of(symbol: str) -> Name | None:
    return _KINDS.get(_folded(symbol.partition("-")[0]))


def _title_told(title: str) -> str:
    """The title that a paper's properties claim; empty where they name the file it was written in, or nothing."""
    told = " ".join(unicodedata.normalize("NFC", title).split())
    return "" if " " not in told or _FILE_LIKE.search(told) else told


def _title_in(name: str) -> str:
    stem, found = name.rpartition(".")[0] or name, _numbered(name)
    rest = stem[found.end() :].strip(" -_.") if found else ""
    return " ".join((rest or stem).replace("_", " ").split())


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))
