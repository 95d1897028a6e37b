"""A budget invented for the sample meeting: its totals for a submission, its 294 tables for a paper of 300 pages."""

from dataclasses import asdict
from functools import cache

from ecabinet.papers.sample.budget.detail import detail_sheets
from ecabinet.papers.sample.budget.model import SOURCES, Budget, build
from ecabinet.papers.sample.budget.summary import summary_sheets

__all__ = ["figures", "tables"]


@cache
def _budget() -> Budget:
    return build()


def figures() -> dict[str, object]:
    """The totals, in millions of đồng, and how spending is made up: by line, field, kind of project, source."""
    budget = _budget()
    kinds: dict[str, list[int]] = {}
    for project in budget.projects:
        kinds.setdefault(project.kind, []).append(sum(project.plan))
    plans = zip(*(project.plan for project in budget.projects), strict=True)
    return {
        **budget.figures(),
        "lines": [(line.name, line.last_year, line.total, line.province, line.communes) for line in budget.spending],
        "fields": [(line.name, line.last_year, line.total, line.province, line.communes) for line in budget.fields],
        "revenue": [(kind.name, kind.last_year, kind.total, kind.kept_amount) for kind in budget.revenue],
        "kinds": [(kind, len(amounts), sum(amounts)) for kind, amounts in kinds.items()],
        "sources": [(name, sum(plan)) for name, plan in zip(SOURCES, plans, strict=True)],
    }


def tables() -> dict[str, object]:
    """Every table, one to a page, in order."""
    return {"sheets": [asdict(sheet) for sheet in (*summary_sheets(_budget()), *detail_sheets(_budget()))]}
