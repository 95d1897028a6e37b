"""The first part of the table system: the province as a whole, and tables with a row for each commune."""

from collections.abc import Iterator, Sequence

from ecabinet.papers.sample.budget.model import SOURCES, Budget, between, share
from ecabinet.papers.sample.budget.sheet import Row, Sheet, continued, figures, marked, ratio

_COMPARED = (12, 0, 26, 26, 26, 20)
_NARROW = 20


def summary_sheets(budget: Budget) -> Iterator[Sheet]:
    """Forms 01 to 14: the budget's balance, its lines, and what each commune, agency and project receives."""
    yield _balance(budget)
    yield _revenue(budget)
    yield _spending(budget)
    yield _levels(budget)
    yield from _communes(budget)
    yield from _agencies(budget)
    yield from _projects(budget)
    yield from _programmes(budget)
    yield _debt(budget)
    yield from _basics(budget)


def _balance(budget: Budget) -> Sheet:
    last_kept = sum(kind.last_year * kind.kept // 100 for kind in budget.revenue)
    kept = sum(kind.kept_amount for kind in budget.revenue)

    def compared(mark: str, name: str, before: int, now: int) -> Row:
        return (mark, name, before, now, now - before, ratio(now, before))

    transfers = {
        "balance": "Thu bổ sung cân đối từ ngân sách trung ương",
        "targeted": "Thu bổ sung có mục tiêu từ ngân sách trung ương",
        "wage_reserve": "Thu chuyển nguồn cải cách tiền lương từ năm trước",
    }
    received = [
        compared(str(at), name, budget.transfers_last_year[key], budget.transfers[key])
        for at, (key, name) in enumerate(transfers.items(), 2)
    ]
    spent = [compared(str(at), line.name, line.last_year, line.total) for at, line in enumerate(budget.spending, 1)]
    borrowed = budget.transfers_last_year["borrowing"], budget.transfers["borrowing"]
    rows: tuple[Row, ...] = (
        compared(
            "A",
            "TỔNG NGUỒN THU NGÂN SÁCH ĐỊA PHƯƠNG",
            sum(line.last_year for line in budget.spending) - borrowed[0],
            sum(line.total for line in budget.spending) - borrowed[1],
        ),
        compared("1", "Thu ngân sách địa phương được hưởng theo phân cấp", last_kept, kept),
        *received,
        compared(
            "B",
            "TỔNG CHI NGÂN SÁCH ĐỊA PHƯƠNG",
            sum(line.last_year for line in budget.spending),
            sum(line.total for line in budget.spending),
        ),
        *spent,
        compared("C", "BỘI CHI NGÂN SÁCH ĐỊA PHƯƠNG", *borrowed),
        compared("D", "TỔNG MỨC VAY CỦA NGÂN SÁCH ĐỊA PHƯƠNG", borrowed[0] + 64_000, borrowed[1] + 66_000),
        compared("1", "Vay để bù đắp bội chi", *borrowed),
        compared("2", "Vay để trả nợ gốc", 64_000, 66_000),
    )
    return Sheet(
        form="Biểu số 01",
        title="Cân đối ngân sách địa phương năm 2027",
        heads=("STT", "Nội dung", "Dự toán năm 2026", "Dự toán năm 2027", "Tăng (+), giảm (-)", "So sánh (%)"),
        widths=_COMPARED,
        size=12,
        rows=rows,
        sums=marked(rows, "A", "B", "C", "D"),
        entry="Cân đối ngân sách địa phương năm 2027",
    )


def _revenue(budget: Budget) -> Sheet:
    domestic: list[Row] = [
        (str(at), kind.name, kind.last_year, kind.total, kind.kept_amount, ratio(kind.total, kind.last_year))
        for at, kind in enumerate(budget.revenue, 1)
    ]
    inside = figures([row[:5] for row in domestic], 2)
    customs = (budget.customs_last_year, budget.customs, 0)
    collected = [a + b for a, b in zip(inside, customs, strict=True)]
    return Sheet(
        form="Biểu số 02",
        title="Dự toán thu ngân sách nhà nước trên địa bàn theo lĩnh vực năm 2027",
        heads=(
            "STT",
            "Nội dung",
            "Dự toán năm 2026",
            "Dự toán năm 2027",
            "Trong đó: ngân sách địa phương hưởng",
            "So sánh 2027/2026 (%)",
        ),
        widths=_COMPARED,
        size=12,
        rows=(
            ("", "TỔNG THU NGÂN SÁCH NHÀ NƯỚC TRÊN ĐỊA BÀN", *collected, ratio(collected[1], collected[0])),
            ("I", "Thu nội địa", *inside, ratio(inside[1], inside[0])),
            *domestic,
            ("II", "Thu từ hoạt động xuất khẩu, nhập khẩu", *customs, ratio(customs[1], customs[0])),
        ),
        sums=(0, 1, len(domestic) + 2),
        entry="Dự toán thu ngân sách nhà nước trên địa bàn theo lĩnh vực",
    )


def _spending(budget: Budget) -> Sheet:
    fields: list[Row] = [
        ("-", f.name, f.total, f.province, f.communes, ratio(f.communes, f.total)) for f in budget.fields
    ]
    rows: tuple[Row, ...] = ()
    for at, line in enumerate(budget.spending, 1):
        rows += ((str(at), line.name, line.total, line.province, line.communes, ratio(line.communes, line.total)),)
        if line.name == "Chi thường xuyên":
            rows += tuple(fields)
    total = figures([row[:5] for row in rows if row[0] != "-"], 2)
    return Sheet(
        form="Biểu số 03",
        title="Dự toán chi ngân sách địa phương theo lĩnh vực và cấp ngân sách năm 2027",
        heads=("STT", "Nội dung", "Tổng số", "Ngân sách cấp tỉnh", "Ngân sách cấp xã", "Tỷ trọng cấp xã (%)"),
        widths=_COMPARED,
        size=12,
        rows=(("", "TỔNG CHI NGÂN SÁCH ĐỊA PHƯƠNG", *total, ratio(total[2], total[0])), *rows),
        sums=(0, *(at for at, row in enumerate(rows, 1) if row[0] != "-")),
        entry="Dự toán chi ngân sách địa phương theo lĩnh vực và cấp ngân sách",
    )


def _levels(budget: Budget) -> Sheet:
    f = budget.figures()
    own = f["kept"] - f["kept_communes"]
    down = f["balance_communes"] + f["targeted_communes"]
    central = sum(budget.transfers[key] for key in ("balance", "targeted"))
    rows = (
        ("A", "NGÂN SÁCH CẤP TỈNH", None),
        ("I", "Nguồn thu ngân sách cấp tỉnh", own + central + f["transfer_wage_reserve"]),
        ("1", "Thu ngân sách cấp tỉnh hưởng theo phân cấp", own),
        ("2", "Thu bổ sung từ ngân sách trung ương", central),
        ("-", "Bổ sung cân đối", f["transfer_balance"]),
        ("-", "Bổ sung có mục tiêu", f["transfer_targeted"]),
        ("3", "Thu chuyển nguồn cải cách tiền lương", f["transfer_wage_reserve"]),
        ("II", "Chi ngân sách cấp tỉnh", f["spent_province"] + down),
        ("1", "Chi thuộc nhiệm vụ của ngân sách cấp tỉnh", f["spent_province"]),
        ("2", "Chi bổ sung cho ngân sách cấp xã", down),
        ("-", "Bổ sung cân đối", f["balance_communes"]),
        ("-", "Bổ sung có mục tiêu", f["targeted_communes"]),
        ("III", "Bội chi ngân sách cấp tỉnh", f["transfer_borrowing"]),
        ("B", "NGÂN SÁCH CẤP XÃ", None),
        ("I", "Nguồn thu ngân sách cấp xã", f["kept_communes"] + down),
        ("1", "Thu ngân sách cấp xã hưởng theo phân cấp", f["kept_communes"]),
        ("2", "Thu bổ sung cân đối từ ngân sách cấp tỉnh", f["balance_communes"]),
        ("3", "Thu bổ sung có mục tiêu từ ngân sách cấp tỉnh", f["targeted_communes"]),
        ("II", "Chi ngân sách cấp xã", f["spent_communes"]),
    )
    return Sheet(
        form="Biểu số 04",
        title="Cân đối nguồn thu, chi dự toán ngân sách cấp tỉnh và ngân sách cấp xã năm 2027",
        heads=("STT", "Nội dung", "Dự toán năm 2027"),
        widths=(14, 0, 40),
        rows=rows,
        sums=marked(rows, "A", "B", "I", "II", "III"),
        size=12,
        entry="Cân đối nguồn thu, chi ngân sách cấp tỉnh và ngân sách cấp xã",
    )


def _per_commune(
    budget: Budget, form: str, title: str, heads: Sequence[str], amounts: Sequence[Sequence[int]]
) -> Iterator[Sheet]:
    """A table with a row for each commune, over three landscape pages; its first column of figures is the row's sum."""
    rows: tuple[Row, ...] = tuple(
        (str(at), commune.title, sum(row), *row)
        for at, (commune, row) in enumerate(zip(budget.communes, amounts, strict=True), 1)
    )
    width = max(14, min(30, 190 // len(heads)))
    size = 11.5 if width > _NARROW else 10
    yield from continued(
        Sheet(
            form=form,
            title=title,
            heads=("STT", "Xã, phường", "Tổng số", *heads),
            rows=rows,
            flipped=True,
            size=size,
            widths=(10, 0, 20, *(width for _ in heads)),
        ),
        20,
        ("", "TỔNG SỐ", *figures(rows, 2)),
    )


def _communes(budget: Budget) -> Iterator[Sheet]:
    kinds = budget.local_revenue
    communes = budget.communes
    yield from _per_commune(
        budget,
        "Biểu số 05",
        "Dự toán thu ngân sách nhà nước giao từng xã, phường năm 2027",
        [kind.short for kind in kinds],
        [c.revenue for c in communes],
    )
    yield from _per_commune(
        budget,
        "Biểu số 06",
        "Thu ngân sách từng xã, phường được hưởng theo tỷ lệ phân chia năm 2027",
        [f"{kind.short} ({kind.local_share}%)" for kind in kinds],
        [c.kept for c in communes],
    )
    yield from _per_commune(
        budget,
        "Biểu số 07",
        "Dự toán chi ngân sách từng xã, phường năm 2027",
        ["Đầu tư phát triển", "Thường xuyên", "Dự phòng", "Nguồn cải cách tiền lương", "Chương trình mục tiêu"],
        [[amount for amount, line in zip(c.spending, budget.spending, strict=True) if line.communes] for c in communes],
    )
    yield from _per_commune(
        budget,
        "Biểu số 08",
        "Dự toán chi thường xuyên của từng xã, phường theo lĩnh vực năm 2027",
        [f.short for f in budget.fields if f.communes],
        [[amount for amount, f in zip(c.fields, budget.fields, strict=True) if f.communes] for c in communes],
    )
    yield from _per_commune(
        budget,
        "Biểu số 09",
        "Cân đối nguồn của ngân sách từng xã, phường năm 2027",
        ["Thu được hưởng theo phân cấp", "Bổ sung cân đối từ ngân sách cấp tỉnh", "Bổ sung có mục tiêu"],
        [(sum(c.kept), c.balance, c.targeted) for c in communes],
    )


def _agencies(budget: Budget) -> Iterator[Sheet]:
    codes = [field.code for field in budget.fields]
    rows = tuple(
        (str(at), agency.name, sum(agency.fields.values()), *(agency.fields.get(code) for code in codes))
        for at, agency in enumerate([*budget.agencies, budget.unallocated], 1)
    )
    yield from continued(
        Sheet(
            form="Biểu số 10",
            title="Dự toán chi thường xuyên ngân sách cấp tỉnh theo cơ quan, đơn vị năm 2027",
            heads=("STT", "Cơ quan, đơn vị", "Tổng số", *(field.short for field in budget.fields)),
            widths=(8, 0, 20, *(15 for _ in codes)),
            rows=rows,
            flipped=True,
            size=9,
        ),
        19,
        ("", "TỔNG SỐ", *figures(rows, 2)),
    )


def _projects(budget: Budget) -> Iterator[Sheet]:
    rows = tuple(
        (
            str(at),
            project.name,
            project.kind,
            project.cost,
            project.spent,
            sum(project.plan),
            *(n or None for n in project.plan),
        )
        for at, project in enumerate(budget.projects, 1)
    )
    yield from continued(
        Sheet(
            form="Biểu số 11",
            title="Danh mục dự án sử dụng vốn đầu tư công ngân sách cấp tỉnh năm 2027",
            heads=(
                "STT",
                "Tên dự án",
                "Lĩnh vực",
                "Tổng mức đầu tư",
                "Lũy kế bố trí đến hết năm 2026",
                "Kế hoạch năm 2027",
                *SOURCES,
            ),
            widths=(9, 0, 36, 21, 20, 20, *(18 for _ in SOURCES)),
            rows=rows,
            lettered=3,
            flipped=True,
            size=9.5,
        ),
        11,
        ("", "TỔNG SỐ", "", *figures(rows, 3)),
    )


def _programmes(budget: Budget) -> Iterator[Sheet]:
    figures = [
        share(c.spending[-1], [between(30, 100, c.name, programme) for programme in budget.programmes])
        for c in budget.communes
    ]
    yield from _per_commune(
        budget,
        "Biểu số 12",
        "Kinh phí thực hiện các chương trình mục tiêu của từng xã, phường năm 2027",
        budget.programmes,
        figures,
    )


def _debt(budget: Budget) -> Sheet:
    owed, repaid, interest = 742_000, 66_000, budget.spending[2].province
    borrowed = budget.transfers["borrowing"] + repaid
    kept = sum(kind.kept_amount for kind in budget.revenue)
    limit = kept * 60 // 100
    rows = (
        ("I", "Thu ngân sách địa phương được hưởng theo phân cấp", kept),
        ("II", "Chi trả nợ lãi trong năm", interest),
        ("III", "Mức dư nợ vay tối đa (60% mục I)", limit),
        ("IV", "Dư nợ đầu năm 2027", owed),
        ("-", "Vay lại vốn vay nước ngoài của Chính phủ", 531_000),
        ("-", "Vay tín dụng trong nước", 211_000),
        ("V", "Trả nợ gốc trong năm", repaid),
        ("-", "Từ nguồn vay để trả nợ gốc", repaid),
        ("VI", "Tổng mức vay trong năm", borrowed),
        ("-", "Vay để bù đắp bội chi", budget.transfers["borrowing"]),
        ("-", "Vay để trả nợ gốc", repaid),
        ("VII", "Dư nợ cuối năm 2027", owed - repaid + borrowed),
        ("VIII", "Mức dư nợ còn được vay so với mức tối đa", limit - owed + repaid - borrowed),
    )
    return Sheet(
        form="Biểu số 13",
        title="Kế hoạch vay và trả nợ của ngân sách địa phương năm 2027",
        heads=("STT", "Nội dung", "Số tiền"),
        widths=(16, 0, 40),
        rows=rows,
        sums=tuple(at for at, row in enumerate(rows) if row[0] != "-"),
        size=12,
        entry="Kế hoạch vay và trả nợ của ngân sách địa phương",
    )


def _basics(budget: Budget) -> Iterator[Sheet]:
    rows = tuple(
        (
            str(at),
            c.title,
            c.population,
            c.area,
            c.hamlets,
            sum(1 for unit in c.units if unit.pupils),
            sum(unit.pupils for unit in c.units),
            sum(unit.staff for unit in c.units),
            sum(c.spending) * 1000 // c.population,
        )
        for at, c in enumerate(budget.communes, 1)
    )
    people = sum(c.population for c in budget.communes)
    sums = figures(rows, 2)[:-1]
    yield from continued(
        Sheet(
            form="Biểu số 14",
            title="Số liệu cơ bản làm căn cứ tính dự toán của từng xã, phường năm 2027",
            heads=(
                "STT",
                "Xã, phường",
                "Dân số (người)",
                "Diện tích (km²)",
                "Số thôn, tổ dân phố",
                "Số trường học",
                "Số trẻ em, học sinh",
                "Biên chế, số người làm việc",
                "Chi ngân sách bình quân đầu người (nghìn đồng)",
            ),
            widths=(10, 0, 26, 24, 24, 22, 28, 30, 38),
            rows=rows,
            flipped=True,
            size=11.5,
        ),
        20,
        ("", "TOÀN TỈNH", *sums, sum(sum(c.spending) for c in budget.communes) * 1000 // people),
    )
