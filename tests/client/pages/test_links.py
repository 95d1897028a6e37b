"""What a link leads to: a place, an address, nothing, or what is never opened. Hostile pages cost a second at most."""

import time

import pytest

from ecabinet.client.pages import Link, LinkKind, Pages
from tests.client.pages import samples
from tests.client.pages.samples import reader


@pytest.fixture(scope="module")
def pages() -> object:
    with Pages() as started:
        yield started


def links_of(pages: Pages, content: bytes, page: int = 0) -> tuple[Link, ...]:
    paper = pages.open(len(content), reader(content))
    try:
        return pages.links(paper, page).result()
    finally:
        pages.close(paper)


def linked(*annotations: str, pages: int = 3, catalogue: str = "") -> bytes:
    """A paper with these link annotations on its first page; its pages are objects 4 and on."""
    kids = " ".join(f"{4 + index} 0 R" for index in range(pages))
    whole = " ".join(f"<</Type/Annot/Subtype/Link/Rect[10 20 60 40]{each}>>" for each in annotations)
    return samples.raw(
        [
            f"<</Type/Catalog/Pages 2 0 R {catalogue}>>",
            f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
            samples.stream("", b"0 0 50 50 re f"),
            *(
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 3 0 R{f'/Annots[{whole}]' * (not index)}>>"
                for index in range(pages)
            ),
        ]
    )


def test_links_lead_where_the_paper_says(pages: Pages) -> None:
    found = links_of(
        pages,
        linked(
            "/Dest[5 0 R/XYZ 0 150 0]",
            "/A<</S/GoTo/D[6 0 R/Fit]>>",
            "/A<</S/GoTo/D(muc)>>",
            "/Dest[1/FitH 99]",
            "/A<</S/URI/URI(https://chinhphu.vn/?a=1)>>",
            catalogue="/Names<</Dests<</Names[(muc)<</D[4 0 R/FitR 0 10 90 120]>>]>>>>",
        ),
    )
    assert [(each.kind, each.page, each.y) for each in found[:4]] == [
        (LinkKind.PLACE, 1, 150.0),
        (LinkKind.PLACE, 2, None),
        (LinkKind.PLACE, 0, 120.0),
        (LinkKind.PLACE, 1, 99.0),
    ]
    assert (found[4].kind, found[4].address) == (LinkKind.ADDRESS, "https://chinhphu.vn/?a=1")
    assert (found[0].box.x0, found[0].box.y1) == (10, 40)
    assert links_of(pages, linked("/Dest[5 0 R/Fit]"), page=1) == ()


def test_files_programs_and_scripts_are_forbidden_and_the_rest_leads_nowhere(pages: Pages) -> None:
    forbidden = (
        "/A<</S/Launch/F(a.exe)>>",
        "/A<</S/JavaScript/JS(app.alert)>>",
        "/A<</S/GoToR/F(b.pdf)/D[0/Fit]>>",
        "/A<</S/SubmitForm>>",
    )
    nowhere = ("/Dest[99 0 R/Fit]", "/Dest[-1/Fit]", "/Dest(khong-co)", "", "/Dest 4 0 R", "/A<</S/GoTo/D<</D<<>>>>>>")
    found = links_of(pages, linked(*forbidden, *nowhere))
    assert [each.kind for each in found] == [LinkKind.FORBIDDEN] * 4 + [LinkKind.NOWHERE] * 6
    assert {(each.page, each.address) for each in found} == {(None, "")}


def test_names_in_a_circle_and_mad_boxes_do_no_harm(pages: Pages) -> None:
    circle = "/Names<</Dests 7 0 R>>"
    content = samples.raw(
        [
            f"<</Type/Catalog/Pages 2 0 R {circle}>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Annots[5 0 R 6 0 R 5 0 R]>>",
            samples.stream("", b"0 0 50 50 re f"),
            "<</Type/Annot/Subtype/Link/Rect[1 2 3 4]/Dest(a)>>",
            "<</Type/Annot/Subtype/Link/Rect[1e38 0 1e39 nan]/Dest[3 0 R/XYZ 0 1e38 0]>>",
            "<</Kids[7 0 R]/Limits[(a)(z)]>>",
        ]
    )
    found = links_of(pages, content)
    assert all(each.kind is LinkKind.NOWHERE or each.y is None for each in found)


def test_thousands_of_links_with_thousands_of_names_take_a_second_at_most(pages: Pages) -> None:
    names = " ".join(f"(n{(each * 7919) % 20000:05}) [4 0 R/Fit]" for each in range(20_000))
    content = linked(*(f"/Dest(z{each})" for each in range(30_000)), catalogue=f"/Names<</Dests<</Names[{names}]>>>>")
    paper = pages.open(len(content), reader(content))
    pages.render(paper, 1, 0.1).result()
    worker, begun_at = pages.worker, time.monotonic()
    found = pages.links(paper, 0).result()
    assert 0 < len(found) <= 5_000
    assert time.monotonic() - begun_at < 4
    assert pages.worker == worker
    pages.close(paper)
