"""Makes the sample's PDFs from their sources."""

from collections.abc import Mapping
from functools import cache

from ecabinet.papers import forms
from ecabinet.papers.sample import budget
from ecabinet.papers.sample.catalogue import Paper


def make(paper: Paper) -> bytes:
    """The PDF of a paper: set in type, or as a scan of it."""
    if paper.is_scan:
        from ecabinet.papers.sample import scan  # noqa: PLC0415 - Pillow makes the sample: papers do without

        images = forms.page_images(paper.source, _data(paper.data), dots_per_inch=scan.DOTS_PER_INCH)
        return scan.scanned(images, title=paper.title, made_at=paper.made_at.utctimetuple())
    # Tags weigh ten times the figures of three hundred pages of tables.
    is_tagged = paper.data != "budget_tables"
    return forms.typeset_source(paper.source, _data(paper.data), made_at=paper.made_at, is_tagged=is_tagged)


@cache
def _data(name: str | None) -> Mapping[str, object]:
    match name:
        case None:
            return {}
        case "budget":
            return {"figures": budget.figures()}
        case "budget_tables":
            return {"figures": budget.figures(), **budget.tables()}
        case _:
            raise ValueError(name)
