"""Annotations in a copy of a paper: the paper's own bytes stay in front, hostile papers harm nobody."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pymupdf
import pypdf
import pypdfium2
import pytest
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate as AsnCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ecabinet.client.pages import Box, Page, Pages, PageUnreadable, Paper
from ecabinet.client.pages.annotations import About, Annotation, Bookmark, Shape, boxed, drawn, marked, slip
from tests.client.pages import samples

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
ABOUT = About(name="n", text="Ý kiến (1) \\ ) ﬃ 🏛", author="", colour=(1, 0, 0), made_at=NOW, changed_at=NOW)
FRAME = Box(x0=10, y0=10, x1=90, y1=40)


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as pages:
        yield pages


def opened(pages: Pages, content: bytes) -> Paper:
    return pages.open(len(content), samples.reader(content))


def annotated(pages: Pages, content: bytes, made: Sequence[Annotation], bookmarks: Sequence[Bookmark] = ()) -> bytes:
    return b"".join(pages.annotate(opened(pages, content), made, bookmarks, shelf="Dấu trang").result())


def everything(page: Page, index: int = 0) -> list[Annotation]:
    return [
        marked(Shape.HIGHLIGHT, index, page, [FRAME], ABOUT),
        boxed(index, FRAME, ABOUT),
        drawn(index, [[(10, 10, 1), (50, 60, 2), (90, 10, 1)], [(30, 30, 2)]], ABOUT),
        slip(index, page, 20, ABOUT),
    ]


def kinds(content: bytes, page: int = 0, password: str | None = None) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(content), password=password)
    return [str(each.get_object()["/Subtype"]) for each in reader.pages[page].get("/Annots", ())]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("unit", [1.0, 2.5])
def test_a_slip_lies_whole_on_its_page(pages: Pages, rotation: int, unit: float) -> None:
    """Viewers hold its upper left corner, as PDF space has it, and keep it upright."""
    page = opened(pages, samples.one_page(page=f"/UserUnit {unit}/Rotate {rotation}")).pages[0]
    assert (page.width, page.height) == (200 * unit, 200 * unit)
    for top in (0, 60, 1000):
        frame = re.search(r"/Rect\[(\S+) (\S+) (\S+) (\S+)\]", slip(0, page, top, ABOUT).entries)
        assert frame is not None
        left, _, right, upper = map(float, frame.groups())
        x, y = page.matrix.map(left, upper)
        side = (right - left) * unit
        assert 0 <= x <= x + side <= page.width
        assert 0 <= y <= y + side <= page.height


ALL = ["/Highlight", "/Square", "/Ink", "/Text"]


def signed(content: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Văn thư")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=1))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(key, hashes.SHA256())
    )
    signer = SimpleSigner(
        signing_cert=AsnCertificate.load(certificate.public_bytes(Encoding.DER)),
        signing_key=PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    about = PdfSignatureMetadata(field_name="Signature1", md_algorithm="sha256")
    return bytes(sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), about, signer=signer).getvalue())


def with_object_streams() -> bytes:
    document = pymupdf.open("pdf", samples.prose(2))
    return bytes(document.tobytes(use_objstms=1, deflate=True, garbage=3))


@pytest.mark.parametrize("content", [samples.prose(2), with_object_streams(), samples.one_page(), samples.scan()])
def test_the_papers_own_bytes_come_first(pages: Pages, content: bytes) -> None:
    page = opened(pages, content).pages[0]
    copy = annotated(pages, content, everything(page))
    assert copy.startswith(content)
    assert len(copy) < len(content) + 20_000
    assert kinds(copy) == ALL
    assert pypdf.PdfReader(io.BytesIO(copy)).pages[0]["/Annots"][0]["/Contents"] == ABOUT.text  # type: ignore[index]
    pypdfium2.PdfDocument(copy)[0].render()


def test_the_paper_that_is_open_is_shown_as_before(pages: Pages) -> None:
    paper = opened(pages, samples.one_page())
    before = bytes(pages.render(paper, 0, 1.0).result().samples)
    made = everything(paper.pages[0])
    first = b"".join(pages.annotate(paper, made, shelf="").result())
    again = b"".join(pages.annotate(paper, made, shelf="").result())
    assert kinds(first) == kinds(again) == ALL
    assert bytes(pages.render(paper, 0, 1.0).result().samples) == before


def test_a_damaged_paper_gets_a_new_copy(pages: Pages) -> None:
    whole = samples.prose(2)
    damaged = whole[: whole.rindex(b"xref\n0")]
    paper = opened(pages, damaged)
    assert paper.is_repaired
    copy = annotated(pages, damaged, everything(paper.pages[1], 1))
    assert not copy.startswith(damaged)
    assert kinds(copy, 1) == ALL
    said = pypdf.PdfReader(io.BytesIO(copy)).pages[1].extract_text()
    assert said.split()[-2:] == ["dòng", "39"]


def test_bytes_before_the_header_are_no_hindrance(pages: Pages) -> None:
    content = b"\n\n% thu dien tu\n" + samples.one_page()
    paper = opened(pages, content)
    copy = annotated(pages, content, everything(paper.pages[0]))
    assert kinds(copy) == ALL
    pypdfium2.PdfDocument(copy)[0].render()


def test_a_paper_with_rights_restricted_stays_so(pages: Pages) -> None:
    content = samples.encrypted("")
    paper = opened(pages, content)
    copy = annotated(pages, content, everything(paper.pages[0]))
    assert copy.startswith(content)
    assert kinds(copy, password="") == ALL
    reader = pypdf.PdfReader(io.BytesIO(copy), password="")
    assert reader.is_encrypted
    assert reader.pages[0]["/Annots"][0]["/Contents"] == ABOUT.text  # type: ignore[index]


def test_pages_that_share_their_annotations_part_with_them(pages: Pages) -> None:
    content = samples.raw(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots 5 0 R>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots 5 0 R>>",
            "[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>]",
        ]
    )
    paper = opened(pages, content)
    copy = annotated(pages, content, everything(paper.pages[1], 1))
    assert kinds(copy, 0) == ["/Link"]
    assert kinds(copy, 1) == ["/Link", *ALL]


def test_a_page_with_annotations_without_number_takes_more(pages: Pages) -> None:
    links = " ".join(["<</Type/Annot/Subtype/Link/Rect[0 0 9 9]>>"] * 32_768)
    content = samples.one_page(page=f"/Annots[{links}]")
    copy = annotated(pages, content, everything(opened(pages, content).pages[0]))
    assert kinds(copy)[-4:] == ALL


@pytest.mark.parametrize(
    "outline",
    [
        "5 0 R",  # it ends nowhere: each entry is followed by the other
        "/Nothing",
        "[1 2 3]",
        "99 0 R",
    ],
)
def test_bookmarks_find_their_place_in_a_damaged_outline(pages: Pages, outline: str) -> None:
    content = samples.one_page(
        catalogue=f"/Outlines {outline}",
        more=[
            "<</Type/Outlines/First 6 0 R>>",
            "<</Title(mot)/Parent 5 0 R/Next 7 0 R>>",
            "<</Title(hai)/Parent 5 0 R/Next 6 0 R>>",
        ],
    )
    bookmark = Bookmark(title="Xem lại", page=0, x=10, y=190)
    copy = annotated(pages, content, (), [bookmark])
    assert copy.startswith(content)
    assert pymupdf.open("pdf", copy).get_toc()[-1] == [2, "Xem lại", 1]


def test_a_signature_holds_over_what_it_was_made_for(pages: Pages) -> None:
    content = signed(samples.prose(1))
    copy = annotated(pages, content, everything(opened(pages, content).pages[0]))
    assert copy.startswith(content)
    (signature,) = PdfFileReader(io.BytesIO(copy)).embedded_signatures
    told = validate_pdf_signature(signature, ValidationContext(trust_roots=[]))
    assert told.intact
    assert told.valid


def test_a_page_that_is_no_page_fails_and_the_rest_goes_on(pages: Pages) -> None:
    content = samples.raw(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        ]
    )
    paper = opened(pages, content)
    with pytest.raises(PageUnreadable):
        pages.annotate(paper, everything(paper.pages[0], 1), shelf="").result()
    assert kinds(b"".join(pages.annotate(paper, everything(paper.pages[0]), shelf="").result())) == ALL
