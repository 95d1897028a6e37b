"""A budget invented for the sample meeting: its totals for a submission, its 294 tables for a paper of 300 pages."""

from dataclasses import asdict
from functools import cache

from ecabinet.papers.sample.budget.detail import detail_sheets
from ecabinet.papers.sample.budget.model import Budget, build
from ecabinet.papers.sample.budget.summary import summary_sheets

__all__ = ["figures", "tables"]


@cache
def _budget() -> Budget:
    return build()


def figures() -> dict[str, object]:
    """The totals, in millions of đồng."""
    return dict(_budget().figures())


def tables() -> dict[str, object]:
    """Every table, one to a page, in order."""
    return {"sheets": [asdict(sheet) for sheet in (*summary_sheets(_budget()), *detail_sheets(_budget()))]}
