"""What a scan says: the words that a program recognised on its pages, in a small file that travels beside the paper.

It never stands in for the paper: it serves finding, selecting and notes alone, and says which program read. The file is
a `RecognisedText` in the one strict form of `codec`, compressed (RFC 1950) behind a mark of its own. Who publishes
papers hands it on to their readers by a `RecognisedOffer`.
"""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ecabinet.core import codec
from ecabinet.core.canonical import NotCanonicalError
from ecabinet.core.codec import AgencyCode, Digest, Identifier, MalformedError
from ecabinet.core.people import Act, Thing, may
from ecabinet.core.register import Register

LARGEST_FILE = 24 * 1024 * 1024
_LARGEST_TEXT = 2 * LARGEST_FILE
"""Unpacked. 2,000 pages of 550 words are 34 MiB, in a file of 13; read, a text takes some twelve times its length."""
_LEAST_AROUND = 8
"""Bytes of a text for each object or array in it: a page of nothing has 11."""
_MARK = b"ECTEXT\x00\x01"
_SIDES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedLine:
    """A line of words, parted by single spaces."""

    block: int
    """Lines of one block, a paragraph or a cell, bear the same number."""
    words: str
    places: tuple[int, ...]
    """For each word x0, y0, x1, y1 in PDF space (y up, before cropping and /Rotate), in hundredths of a point."""

    def __post_init__(self) -> None:
        words = self.words.split(" ")
        if not all(word and word.isprintable() for word in words):
            raise ValueError("words")
        if len(self.places) != _SIDES * len(words):
            raise ValueError("places")
        if any(x0 > x1 or y0 > y1 for x0, y0, x1, y1 in self.boxes()):
            raise ValueError("places")

    def boxes(self) -> list[tuple[int, int, int, int]]:
        """The places, word by word."""
        sides = self.places
        return list(zip(sides[0::4], sides[1::4], sides[2::4], sides[3::4], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPage:
    """The lines of one page in reading order; none when nothing was recognised."""

    index: int
    """From 0."""
    lines: tuple[RecognisedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedText:
    """What was recognised in a paper; pages that say themselves what they say are left out."""

    paper: Digest
    program: str
    """And its version: `tesseract 5.3.0`."""
    languages: str
    """As the program names them: `vie+eng`."""
    pages: tuple[RecognisedPage, ...]

    def __post_init__(self) -> None:
        indices = [page.index for page in self.pages]
        if any(index < 0 for index in indices) or any(first >= second for first, second in pairwise(indices)):
            raise ValueError("pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedOffer:
    """A device says which file goes with a version of a paper."""

    document: Identifier
    version: int
    paper: Digest
    file: Digest
    size: int
    """Of the file, in bytes."""
    by: Digest
    """The device: SHA-256 of its sealing key, as it is named everywhere."""
    signature: bytes
    """Ed25519, by its device key over `offer_message`."""


def offer_message(body: AgencyCode, offer: RecognisedOffer) -> bytes:
    """What the device signs."""
    paper = f"{offer.document} {offer.version} {offer.paper}"
    return f"ecabinet recognised text v1 {body} {paper} {offer.file} {offer.size}".encode()


def publishing_devices(register: Register, at: datetime) -> dict[Digest, bytes]:
    """The device keys, by the names of the devices, with which a text may be offered at that time.

    They are in force, and belong to those who may publish papers.
    """
    nothing = Thing(body=register.founding.body)
    return {
        hashlib.sha256(device.sealing_key).hexdigest(): device.device_key
        for person in register.people()
        if may(person, Act.PUBLISH_PAPERS, nothing, at, body=nothing.body)
        for device in register.devices(person.id)
    }


def is_signed(body: AgencyCode, offer: RecognisedOffer, device_key: bytes) -> bool:
    """Whether the device with that key signed the offer."""
    try:
        Ed25519PublicKey.from_public_bytes(device_key).verify(offer.signature, offer_message(body, offer))
    except (InvalidSignature, ValueError):
        return False
    return True


class TooLongError(Exception):
    """Nobody would read a file that says so much."""


def write(text: RecognisedText) -> bytes:
    """The file. Raises TooLongError: a file is written only as `read` takes it."""
    said = codec.dump(text)
    data = _MARK + zlib.compress(said)
    if len(said) > _LARGEST_TEXT or len(data) > LARGEST_FILE:
        raise TooLongError
    return data


def join(paper: Digest, *, program: str, languages: str, packed: Iterable[bytes]) -> bytes:
    """The file, of packed pages. Raises TooLongError before it has unpacked more than `write` takes."""
    pages, length = [], 0
    for each in packed:
        said = _decompressed(each)
        length += len(said)
        if length > _LARGEST_TEXT:
            raise TooLongError
        pages.append(_loaded(RecognisedPage, said))
    return write(RecognisedText(paper=paper, program=program, languages=languages, pages=tuple(pages)))


def read(data: bytes) -> RecognisedText:
    """What a file says. Raises MalformedError, whatever it is fed."""
    if len(data) > LARGEST_FILE or not data.startswith(_MARK):
        raise MalformedError
    said = _decompressed(data[len(_MARK) :])
    if said.count(b"{") + said.count(b"[") > len(said) // _LEAST_AROUND:
        raise MalformedError  # objects in memory are far longer than the brackets that make them
    return _loaded(RecognisedText, said)


def pack(page: RecognisedPage) -> bytes:
    """The compressed form of one page."""
    return zlib.compress(codec.dump(page))


def unpack(data: bytes) -> RecognisedPage:
    """What was packed. Raises MalformedError, whatever it is fed."""
    return _loaded(RecognisedPage, _decompressed(data))


Said = TypeVar("Said", RecognisedPage, RecognisedText)


def _decompressed(data: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        said = unpacking.decompress(data, _LARGEST_TEXT)
    except zlib.error as error:
        raise MalformedError from error
    if not unpacking.eof or unpacking.unused_data:
        raise MalformedError
    return said


def _loaded(kind: type[Said], said: bytes) -> Said:
    try:
        return codec.load(kind, said, limit=_LARGEST_TEXT)
    except NotCanonicalError as error:
        raise MalformedError from error
