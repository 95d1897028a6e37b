"""A province's budget for one year, invented but whole: every sum is the sum of its parts.

`resources/sample/budget.json` gives names and the province's totals; what a commune, an agency or a project receives
is shared out from those totals by weights that depend on names alone, so the same source always gives the same budget.
All amounts are in millions of đồng.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ecabinet import resources

SOURCES = ("Vốn tập trung", "Tiền sử dụng đất", "Xổ số kiến thiết", "Ngân sách trung ương", "Vốn vay và khác")
_SOURCE_TOTALS = (980_000, 2_720_000, 500_000, 1_000_000, 580_000)
_PROJECTS = 154
_PARTS_OF_A_FIELD = (0.58, 0.22, 0.14, 0.06)  # pay, running costs, special tasks, purchases and repairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue:
    """One kind of revenue.

    `kept` percent of `total` stay in the province; of the part `local` that communes collect, `local_share` percent
    stay with them.
    """

    name: str
    short: str
    total: int
    kept: int
    last_year: int
    local: int = 0
    local_share: int = 0

    @property
    def kept_amount(self) -> int:
        return self.total * self.kept // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of spending, or one field of current spending, by level of government."""

    name: str
    province: int
    communes: int
    last_year: int
    short: str = ""
    code: str = ""

    @property
    def total(self) -> int:
        return self.province + self.communes


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A spending agency of the province: current spending by code of field."""

    name: str
    staff: int
    fields: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """An investment project; `plan` by source of capital for a provincial one, a single amount for a commune's."""

    name: str
    kind: str
    cost: int
    spent: int
    plan: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A spending unit of a commune: office, station or school. `pupils` is 0 for all but schools."""

    name: str
    staff: int
    pupils: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A commune or ward.

    `revenue` and `kept` follow the kinds of revenue collected there, `spending` the kinds of spending, `fields` the
    fields of current spending.
    """

    name: str
    is_ward: bool
    population: int
    area: int
    hamlets: int
    revenue: tuple[int, ...]
    kept: tuple[int, ...]
    spending: tuple[int, ...]
    fields: tuple[int, ...]
    targeted: int
    units: tuple[Unit, ...]
    projects: tuple[Project, ...]

    @property
    def full_name(self) -> str:
        """The name within a sentence."""
        return f"{'phường' if self.is_ward else 'xã'} {self.name}"

    @property
    def title(self) -> str:
        """The name at the head of a line."""
        return f"{'Phường' if self.is_ward else 'Xã'} {self.name}"

    @property
    def balance(self) -> int:
        """What the province adds so that the commune's budget balances."""
        return sum(self.spending) - sum(self.kept) - self.targeted


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The whole: revenue and spending of the province, its agencies and projects, its communes."""

    revenue: tuple[Revenue, ...]
    customs: int
    customs_last_year: int
    transfers: Mapping[str, int]
    transfers_last_year: Mapping[str, int]
    spending: tuple[Line, ...]
    fields: tuple[Line, ...]
    agencies: tuple[Agency, ...]
    unallocated: Agency
    projects: tuple[Project, ...]
    communes: tuple[Commune, ...]
    tasks: Mapping[str, Sequence[str]]
    programmes: tuple[str, ...]

    @property
    def local_revenue(self) -> tuple[Revenue, ...]:
        """The kinds of revenue that communes collect."""
        return tuple(kind for kind in self.revenue if kind.local)

    def figures(self) -> dict[str, int]:
        """The totals a submission quotes."""
        domestic = sum(kind.total for kind in self.revenue)
        return {
            "collected": domestic + self.customs,
            "domestic": domestic,
            "customs": self.customs,
            "collected_last_year": sum(kind.last_year for kind in self.revenue) + self.customs_last_year,
            "domestic_last_year": sum(kind.last_year for kind in self.revenue),
            "customs_last_year": self.customs_last_year,
            "kept": sum(kind.kept_amount for kind in self.revenue),
            "spent": sum(line.total for line in self.spending),
            "spent_last_year": sum(line.last_year for line in self.spending),
            "spent_province": sum(line.province for line in self.spending),
            "spent_communes": sum(line.communes for line in self.spending),
            "kept_communes": sum(sum(commune.kept) for commune in self.communes),
            "balance_communes": sum(commune.balance for commune in self.communes),
            "targeted_communes": sum(commune.targeted for commune in self.communes),
            **{f"transfer_{name}": amount for name, amount in self.transfers.items()},
        }


def share(total: int, weights: Sequence[float]) -> tuple[int, ...]:
    """`total` shared in whole units by `weights`, largest remainders first, so that the parts add up to it."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


def between(low: int, high: int, *key: object) -> int:
    """A whole number from `low` to `high` that depends on `key` alone."""
    digest = sha256("\x1f".join(map(str, key)).encode()).digest()
    return low + int.from_bytes(digest[:8]) % (high - low + 1)


def parts_of_field(amount: int, *key: object) -> tuple[int, ...]:
    """The amount of a field as pay, running costs, special tasks, purchases and repairs."""
    return share(amount, [part * between(88, 112, *key, at) for at, part in enumerate(_PARTS_OF_A_FIELD)])


def build() -> Budget:
    """The sample budget."""
    source: dict[str, Any] = json.loads(resources.path("sample", "budget.json").read_text("utf-8"))
    revenue = tuple(Revenue(**kind) for kind in source["revenue"])
    spending = tuple(Line(**line) for line in source["spending"])
    fields = tuple(Line(**field) for field in source["fields"])
    *agencies, unallocated = _agencies([*source["agencies"], {**source["unallocated"], "staff": 0}], fields)
    kept = sum(kind.kept_amount for kind in revenue)
    kept_last_year = sum(kind.last_year * kind.kept // 100 for kind in revenue)
    return Budget(
        revenue=revenue,
        customs=source["customs"]["total"],
        customs_last_year=source["customs"]["last_year"],
        transfers=_balanced(source["transfers"], sum(line.total for line in spending) - kept),
        transfers_last_year=_balanced(
            source["transfers_last_year"], sum(line.last_year for line in spending) - kept_last_year
        ),
        spending=spending,
        fields=fields,
        agencies=tuple(agencies),
        unallocated=unallocated,
        projects=_projects(source),
        communes=_communes(source, [kind for kind in revenue if kind.local], spending, fields),
        tasks=source["tasks"],
        programmes=tuple(source["programmes"]),
    )


def _balanced(transfers: Mapping[str, int], missing: int) -> dict[str, int]:
    return {"balance": missing - sum(transfers.values()), **transfers}


def _agencies(named: Sequence[dict[str, Any]], fields: Sequence[Line]) -> list[Agency]:
    amounts: list[dict[str, int]] = [{} for _ in named]
    for field in fields:
        spenders = [at for at, agency in enumerate(named) if field.code in agency["fields"]]
        weights = [
            named[at]["fields"][field.code] * between(960, 1040, named[at]["name"], field.code) for at in spenders
        ]
        for at, amount in zip(spenders, share(field.province, weights), strict=True):
            amounts[at][field.code] = amount
    return [
        Agency(name=agency["name"], staff=agency["staff"], fields=found)
        for agency, found in zip(named, amounts, strict=True)
    ]


def _projects(source: dict[str, Any]) -> tuple[Project, ...]:
    kinds = source["provincial_projects"]
    places = [*source["communes"], *source["wards"]]
    named: list[tuple[str, str]] = []
    for kind, count in zip(kinds, share(_PROJECTS, [kind["weight"] for kind in kinds]), strict=True):
        for number in range(count):
            pattern = kind["names"][number % len(kind["names"])]
            first = between(0, len(places) - 1, kind["kind"], pattern) + number
            named.append(
                (
                    kind["kind"],
                    pattern.format(
                        a=places[first % len(places)],
                        b=places[(first * 7 + 11) % len(places)],
                        road=300 + between(1, 40, pattern, number),
                    ),
                )
            )
    weights = [_weights(kind, name) for kind, name in named]
    columns = [share(total, column) for total, column in zip(_SOURCE_TOTALS, zip(*weights, strict=True), strict=True)]
    plans = zip(*columns, strict=True)
    return tuple(_project(kind, name, plan) for (kind, name), plan in zip(named, plans, strict=True))


def _weights(kind: str, name: str) -> list[int]:
    """What a project may draw from each source: all of them land fees, each perhaps one source more."""
    social = kind.startswith(("Giáo dục", "Y tế", "Văn hóa"))
    chances = (25, 100, 70 if social else 0, 0 if social else 35, 12)
    return [
        between(200, 1200, name, source) if between(0, 99, name, source, "drawn") < chance else 0
        for source, chance in zip(SOURCES, chances, strict=True)
    ]


def _project(kind: str, name: str, plan: tuple[int, ...]) -> Project:
    spent = sum(plan) * between(20, 160, name, "spent") // 100
    cost = (sum(plan) + spent) * between(105, 190, name, "cost") // 100
    return Project(name=name, kind=kind, cost=cost, spent=spent, plan=plan)


def _communes(
    source: dict[str, Any], kinds: Sequence[Revenue], spending: Sequence[Line], fields: Sequence[Line]
) -> tuple[Commune, ...]:
    names = [(name, True) for name in source["wards"]] + [(name, False) for name in source["communes"]]
    people = [between(26_000, 54_000, name) if ward else between(14_500, 31_000, name) for name, ward in names]

    def shares(total: int, what: str, spread: int) -> tuple[int, ...]:
        return share(
            total,
            [
                count * between(100 - spread, 100 + spread, name, what)
                for count, (name, _) in zip(people, names, strict=True)
            ],
        )

    collected = [shares(kind.local, kind.name, 35) for kind in kinds]
    by_field = [shares(field.communes, field.name, 12) for field in fields]
    by_kind = [
        tuple(map(sum, zip(*by_field, strict=True)))
        if line.name == "Chi thường xuyên"
        else shares(line.communes, line.name, 20)
        for line in spending
    ]
    targeted = shares(source["targeted_to_communes"], "targeted", 30)
    return tuple(
        Commune(
            name=name,
            is_ward=ward,
            population=people[at],
            area=between(6, 24, name, "area") if ward else between(28, 96, name, "area"),
            hamlets=between(9, 18, name, "hamlets"),
            revenue=tuple(column[at] for column in collected),
            kept=tuple(column[at] * kind.local_share // 100 for kind, column in zip(kinds, collected, strict=True)),
            spending=tuple(column[at] for column in by_kind),
            fields=tuple(column[at] for column in by_field),
            targeted=targeted[at],
            units=_units(source["units"]["ward" if ward else "commune"], name, people[at], [c[at] for c in by_field]),
            projects=_local_projects(
                source["local_projects"]["ward" if ward else "commune"],
                name,
                "tổ dân phố" if ward else "thôn",
                by_kind[0][at],
            ),
        )
        for at, (name, ward) in enumerate(names)
    )


def _units(offices: Sequence[str], name: str, people: int, fields: Sequence[int]) -> tuple[Unit, ...]:
    """The units that spend a commune's current budget: its schools share education, its offices the rest."""
    education, others = fields[0], sum(fields[1:])
    levels = (("Mầm non", 3, 52), ("Tiểu học", 2, 88), ("Trung học cơ sở", 2, 64))
    schools = [
        (f"Trường {level} {name}" + (f" {number}" if many > 1 else ""), people * rate // 1000 // many, level)
        for level, many, rate in levels
        for number in range(1, many + 1)
    ]
    pupils = [count * between(85, 115, school) // 100 for school, count, _ in schools]
    per_pupil = {"Mầm non": 1.25, "Tiểu học": 1.0, "Trung học cơ sở": 1.1}
    paid = share(education, [n * per_pupil[level] for n, (_, _, level) in zip(pupils, schools, strict=True)])
    weights = [
        between(80, 120, name, office) * (3 if office.startswith(("Văn phòng", "Phòng")) else 1) for office in offices
    ]
    given = share(others, weights)
    return (
        *(
            Unit(name=office, staff=between(7, 15, name, office, "staff"), pupils=0, amount=amount)
            for office, amount in zip(offices, given, strict=True)
        ),
        *(
            Unit(name=school, staff=n // 17 + 5, pupils=n, amount=amount)
            for (school, _, _), n, amount in zip(schools, pupils, paid, strict=True)
        ),
    )


def _local_projects(patterns: Sequence[str], name: str, hamlet: str, total: int) -> tuple[Project, ...]:
    first = between(0, len(patterns) - 1, name, "first")
    named = [
        patterns[(first + at) % len(patterns)].format(name=name, hamlet=f"{hamlet} {between(1, 9, name, at, 'hamlet')}")
        for at in range(between(12, 14, name, "projects"))
    ]
    plans = share(total, [between(40, 160, name, project) for project in named])
    return tuple(_project("", project, (plan,)) for project, plan in zip(named, plans, strict=True))
