"""The second part of the table system: two pages for each agency, three for each commune."""

from collections.abc import Iterator
from itertools import count

from ecabinet.papers.sample.budget.model import Agency, Budget, Commune, Project, between, parts_of_field, share
from ecabinet.papers.sample.budget.sheet import Row, Sheet, figures, marked

_GROUPS_OF_ITEMS = (
    "Tiền lương, phụ cấp và các khoản đóng góp theo lương",
    "Chi hoạt động theo định mức",
    "Chi nghiệp vụ, nhiệm vụ đặc thù",
    "Mua sắm, sửa chữa tài sản",
)
_SHORT_GROUPS = ("Tiền lương, đóng góp", "Chi hoạt động", "Nghiệp vụ, nhiệm vụ", "Mua sắm, sửa chữa")


def _named(commune: Commune) -> str:
    return ("Phường " if commune.is_ward else "Xã ") + commune.name


def detail_sheets(budget: Budget) -> Iterator[Sheet]:
    """Forms 15 and 16: every agency, every commune."""
    for number, agency in enumerate(budget.agencies, 1):
        yield from _agency(budget, f"15.{number:02}", agency)
    for number, commune in enumerate(budget.communes, 1):
        yield from _commune(budget, f"16.{number:02}", commune)


def _agency(budget: Budget, number: str, agency: Agency) -> Iterator[Sheet]:
    rows: list[Row] = []
    sums = [0]
    tasks: list[Row] = []
    task_sums = [0]
    parts = {code: parts_of_field(amount, agency.name, code) for code, amount in agency.fields.items()}
    fields = [field for field in budget.fields if field.code in parts]
    for at, field in enumerate(fields, 1):
        pay, running, special, purchases = parts[field.code]
        sums.append(len(rows) + 1)
        rows.append((str(at), field.name, field.code, agency.fields[field.code]))
        rows += [("-", name, "", amount) for name, amount in zip(_GROUPS_OF_ITEMS, parts[field.code], strict=True)]
        rows.append(("", "Trong đó: kinh phí thực hiện chế độ tự chủ", "", pay + running))
        rows.append(("", "Kinh phí không thực hiện chế độ tự chủ", "", special + purchases))
        names = budget.tasks[field.code]
        weights = [between(40, 160, agency.name, name) for name in names]
        task_sums.append(len(tasks) + 1)
        tasks.append((str(at), field.name, special + purchases, None, None))
        tasks += [
            ("-", name, amount, *share(amount, (between(20, 40, agency.name, name), 60)))
            for name, amount in zip(names, share(special + purchases, weights), strict=True)
        ]
    total = sum(agency.fields.values())
    saved = sum(parts[code][1] for code in parts) // 10
    people = () if not agency.staff else (("", "Biên chế, số người làm việc được giao (người)", "", agency.staff),)
    yield Sheet(
        form=f"Biểu số {number}a",
        title=f"Dự toán chi ngân sách năm 2027: {agency.name}",
        heads=("STT", "Nội dung", "Mã loại", "Dự toán năm 2027"),
        widths=(12, 0, 20, 34),
        rows=(
            ("", "TỔNG SỐ", "", total),
            *rows,
            *people,
            ("", "Tiết kiệm 10% chi hoạt động để tạo nguồn cải cách tiền lương", "", saved),
        ),
        sums=tuple(sums),
        lettered=3,
        size=11.5,
        entry=agency.name,
    )
    yield Sheet(
        form=f"Biểu số {number}b",
        title=f"Nhiệm vụ chi không thực hiện chế độ tự chủ năm 2027: {agency.name}",
        heads=(
            "STT",
            "Nội dung",
            "Dự toán năm 2027",
            "Phân bổ đầu năm",
            "Phân bổ khi giao nhiệm vụ",
        ),
        widths=(10, 0, 24, 24, 30),
        rows=(("", "TỔNG SỐ", sum(parts[code][2] + parts[code][3] for code in parts), *figures(tasks, 3)), *tasks),
        sums=tuple(task_sums),
        flipped=False,
        size=10.5,
    )


def _commune(budget: Budget, number: str, commune: Commune) -> Iterator[Sheet]:
    where = commune.full_name
    kinds = budget.local_revenue
    earned = [
        (str(at), kind.name, amount, f"{kind.local_share}", kept)
        for at, (kind, amount, kept) in enumerate(zip(kinds, commune.revenue, commune.kept, strict=True), 1)
    ]
    spent = [(line.name, amount) for line, amount in zip(budget.spending, commune.spending, strict=True) if amount]
    numbers = map(str, count(1))
    rows: list[Row] = [
        ("A", "TỔNG NGUỒN THU NGÂN SÁCH", None, "", sum(commune.spending)),
        ("I", "Thu ngân sách trên địa bàn", sum(commune.revenue), "", sum(commune.kept)),
        *earned,
        ("II", "Thu bổ sung từ ngân sách cấp tỉnh", None, "", commune.balance + commune.targeted),
        ("1", "Bổ sung cân đối", None, "", commune.balance),
        ("2", "Bổ sung có mục tiêu", None, "", commune.targeted),
        ("B", "TỔNG CHI NGÂN SÁCH", None, "", sum(commune.spending)),
    ]
    for name, amount in spent:
        rows.append((next(numbers), name, None, "", amount))
        if name == "Chi thường xuyên":
            rows += [
                ("-", field.name, None, "", part)
                for field, part in zip(budget.fields, commune.fields, strict=True)
                if part
            ]
    yield Sheet(
        form=f"Biểu số {number}a",
        title=f"Cân đối thu, chi ngân sách {where} năm 2027",
        heads=("STT", "Nội dung", "Thu trên địa bàn", "Tỷ lệ hưởng (%)", "Dự toán ngân sách cấp xã"),
        widths=(11, 0, 26, 20, 28),
        rows=tuple(rows),
        sums=marked(rows, "A", "B", "I", "II"),
        size=11.5,
        entry=commune.title,
    )
    units = [
        (
            str(at),
            unit.name,
            unit.staff,
            unit.pupils or None,
            unit.amount,
            *parts_of_field(unit.amount, commune.name, unit.name),
        )
        for at, unit in enumerate(commune.units, 1)
    ]
    yield Sheet(
        form=f"Biểu số {number}b",
        title=f"Dự toán chi thường xuyên theo đơn vị sử dụng ngân sách năm 2027: {where}",
        heads=(
            "STT",
            "Đơn vị sử dụng ngân sách",
            "Biên chế, số người làm việc",
            "Số trẻ em, học sinh",
            "Dự toán năm 2027",
            *_SHORT_GROUPS,
        ),
        widths=(10, 0, 25, 22, 26, *(26 for _ in _SHORT_GROUPS)),
        rows=(("", "TỔNG SỐ", *figures(units, 2)), *units),
        sums=(0,),
        flipped=True,
        size=12,
    )
    works = [_work(at, project) for at, project in enumerate(commune.projects, 1)]
    yield Sheet(
        form=f"Biểu số {number}c",
        title=f"Danh mục công trình đầu tư của ngân sách {where} năm 2027",
        heads=(
            "STT",
            "Tên công trình",
            "Tổng mức đầu tư",
            "Lũy kế bố trí đến hết năm 2026",
            "Kế hoạch năm 2027",
            "Còn lại sau năm 2027",
            "Thời gian thực hiện",
        ),
        widths=(10, 0, 30, 32, 30, 30, 30),
        rows=(("", "TỔNG SỐ", *figures([work[:6] for work in works], 2), ""), *works),
        sums=(0,),
        flipped=True,
        size=12,
    )


def _work(at: int, project: Project) -> Row:
    planned = sum(project.plan)
    rest = project.cost - project.spent - planned
    years = f"2026 - {2027 if rest * 4 < project.cost else 2028}"
    return (str(at), project.name, project.cost, project.spent, planned, rest, years)
