"""Every widget of the kit in the frame, on the sample body: for looking at, and for copying from."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ecabinet.client.background import Background, Progress
from ecabinet.client.ui import theme
from ecabinet.client.ui.frame import Frame, Identity
from ecabinet.client.ui.navigation import Place
from ecabinet.client.ui.priorities import priority_chip
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.screens import picture
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.times import Times
from ecabinet.client.ui.widgets import (
    Beside,
    Button,
    Card,
    Chip,
    ChipLabel,
    Choice,
    ChoiceField,
    Column,
    Confirmation,
    DateTimeField,
    Field,
    FileDrop,
    Heading,
    Key,
    Kind,
    Muted,
    Notice,
    OptionCards,
    PinField,
    ProgressRow,
    Record,
    Row,
    RowList,
    Section,
    Split,
    Status,
    StepHeader,
    Table,
    Text,
    TextArea,
    TextField,
    TickBox,
    Toolbar,
    boxed,
    column,
    deadline_chip,
    flow,
    row,
    scrolled,
)
from ecabinet.core.ballots import Priority

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
TIMES = Times(zone=ZoneInfo("Asia/Ho_Chi_Minh"), clock=lambda: NOW)

_LAND = "Về dự thảo Nghị quyết của HĐND tỉnh sửa đổi, bổ sung Bảng giá đất áp dụng từ ngày 01/01/2027"
_FLOOD = "Về sử dụng dự phòng ngân sách cấp tỉnh năm 2026 để khắc phục hậu quả mưa lũ"
_LIGHT = "Về dự thảo Quyết định của UBND tỉnh quy định phân cấp quản lý hệ thống chiếu sáng đô thị"
_LIST = "Về Danh mục văn bản gửi bản điện tử không kèm bản giấy giữa các cơ quan trong tỉnh"
_MEETING = "Phiên họp thường kỳ tháng 11 năm 2026 của UBND tỉnh"


class Sample(Screen):
    """A screen that knows what it shows."""

    def __init__(
        self,
        title: str,
        subtitle: str,
        make: Callable[["Sample"], QWidget],
        panes: Callable[[QWidget], Sequence[QWidget]] = lambda content: (content,),
    ) -> None:
        super().__init__(Background(unhandled=self.show_error), title, subtitle)
        self._make, self._find_panes = make, panes
        self._panes: Sequence[QWidget] = ()

    def load(self) -> None:
        content = self._make(self)
        self._panes = self._find_panes(content)
        self.show_content(content)

    def panes(self) -> Sequence[QWidget]:
        return self._panes

    def keys(self) -> Sequence[Key]:
        return [
            Key(keys="F2", name="Trả lời phiếu"),
            Key(keys="Ctrl+1", name="Chọn phương án thứ nhất (đến Ctrl+9)"),
            Key(keys="Ctrl+Return", name="Sang bước tiếp theo"),
            Key(keys="Ctrl+F", name="Tìm trong tài liệu"),
        ]


def framed(screen: Sample, at: Place, status: Status | None = None) -> Frame:
    """A frame with one screen, as the Chairman sees it."""
    makers = {place: (lambda: Sample("", "", lambda _: QWidget())) for place in Place if place is not at}
    makers[at] = lambda: screen
    menu = [QAction("Khóa máy"), QAction("Cài đặt")]
    frame = Frame(
        {place: makers[place] for place in Place},
        Identity(office="Chủ tịch UBND tỉnh", body="UBND tỉnh Bình Minh"),
        TIMES,
        menu,
    )
    for action in menu:
        action.setParent(frame)
    frame.show_counts({Place.ATTENTION: 4, Place.BALLOTS: 3, Place.PREPARE: 12})
    frame.show_status(
        status
        or Status(
            updated_at=NOW - timedelta(minutes=28), papers_here=42, papers=42, ready_until=NOW + timedelta(days=7)
        )
    )
    frame.go(at)
    return frame


@picture("kit-attention")
def attention(_desk: Any) -> QWidget:
    """The list of what waits, in the order of its deadlines."""

    def make(_screen: Sample) -> QWidget:
        rows = RowList("Việc cần xử lý")
        rows.show_rows(
            [
                Section(title="Quá hạn"),
                Row(
                    key="3",
                    icon="vote",
                    title=_LIGHT,
                    detail="Sở Xây dựng · Tờ trình số 203/TTr-SXD ngày 13/11/2026",
                    chips=(deadline_chip(TIMES, NOW - timedelta(days=3)),),
                ),
                Section(title="Hôm nay"),
                Row(
                    key="2",
                    icon="vote",
                    is_new=True,
                    title=_FLOOD,
                    detail="Sở Tài chính · Tờ trình số 430/TTr-STC ngày 20/11/2026",
                    chips=(priority_chip(Priority.FLASH), deadline_chip(TIMES, NOW + timedelta(hours=2))),
                ),
                Row(
                    key="m",
                    icon="calendar-days",
                    title=_MEETING,
                    detail="Phòng họp số 1 · 12 tài liệu, 3 tài liệu mới",
                    chips=(Chip(text="Đang họp", tone=Tone.POSITIVE, icon="circle-check"),),
                ),
                Section(title="3 ngày tới"),
                Row(
                    key="1",
                    icon="vote",
                    title=_LAND,
                    detail="Sở Nông nghiệp và Môi trường · Tờ trình số 412/TTr-SNNMT ngày 16/11/2026",
                    chips=(priority_chip(Priority.URGENT), deadline_chip(TIMES, NOW + timedelta(days=2, hours=7))),
                ),
                Section(title="Sau đó"),
                Row(
                    key="4",
                    icon="vote",
                    title=_LIST,
                    detail="Sở Khoa học và Công nghệ · Tờ trình số 155/TTr-SKHCN ngày 18/11/2026",
                    chips=(priority_chip(Priority.NORMAL), deadline_chip(TIMES, NOW + timedelta(days=8))),
                ),
            ]
        )
        return boxed(column(rows, pad=Space.LARGE))

    return framed(Sample("Cần xử lý", "5 việc, 1 việc quá hạn", make), Place.ATTENTION)


@picture("kit-ballot")
def ballot(_desk: Any) -> QWidget:
    """A ballot: what is asked at the left, the answer at the right."""

    def make(_screen: Sample) -> QWidget:
        left = column(
            row(priority_chip_label(Priority.FLASH), ChipLabel(deadline_chip(TIMES, NOW + timedelta(hours=2))), None),
            Heading(_FLOOD),
            Muted("Căn cứ: Tờ trình số 430/TTr-STC ngày 20/11/2026 của Sở Tài chính"),
            Card(
                "Tóm tắt",
                Text(
                    "Mưa lũ từ ngày 14 đến ngày 17/11/2026 làm hư hỏng đường giao thông, đê điều, kênh mương. "
                    "Sở Tài chính trình sử dụng 48 tỷ đồng từ dự phòng ngân sách cấp tỉnh năm 2026."
                ),
            ),
            Card(
                "Ý kiến khác nhau",
                Text("Sở Xây dựng đề nghị ưu tiên giao thông; Sở Nông nghiệp và Môi trường đề nghị ưu tiên đê điều."),
            ),
            None,
            pad=Space.LARGE,
        )
        options = OptionCards(
            "Câu 2. Danh mục ưu tiên",
            [
                Choice(key="agree", label="Đồng ý"),
                Choice(key="disagree", label="Không đồng ý"),
                Choice(key="other", label="Ý kiến khác", note="Cần ghi rõ ý kiến ở ô bên dưới"),
            ],
        )
        options.choose("agree")
        forth = Button("Tiếp: đọc lại", Kind.PRIMARY)
        right = column(
            Heading("Câu 1. Tổng mức 48 tỷ đồng"),
            OptionCards(
                "Câu 1. Tổng mức 48 tỷ đồng",
                [
                    Choice(key="agree", label="Đồng ý"),
                    Choice(key="disagree", label="Không đồng ý"),
                    Choice(key="other", label="Ý kiến khác", note="Cần ghi rõ ý kiến ở ô bên dưới"),
                ],
            ),
            Heading("Câu 2. Danh mục ưu tiên"),
            options,
            Field("Ý kiến của tôi", TextArea(lines=3)),
            row(Button("Đóng", Kind.PLAIN), None, forth),
            None,
            pad=Space.LARGE,
        )
        steps = StepHeader(["Chọn", "Đọc lại", "Mã PIN", "Biên nhận"])
        head = row(steps)
        head.setContentsMargins(
            theme.px(Space.LARGE), theme.px(Space.SMALL), theme.px(Space.LARGE), theme.px(Space.SMALL)
        )
        whole = column(head, Split(scrolled(boxed(left)), scrolled(boxed(right)), side_width=480), gap=0)
        whole.setStretch(1, 1)
        return boxed(whole)

    screen = Sample("Phiếu lấy ý kiến: khắc phục hậu quả mưa lũ", "Trả lời với tư cách Chủ tịch UBND tỉnh", make)
    return framed(screen, Place.BALLOTS)


def priority_chip_label(priority: Priority) -> ChipLabel:
    """A priority as a widget."""
    return ChipLabel(priority_chip(priority))


@picture("kit-fields")
def fields(_desk: Any) -> QWidget:
    """What is filled in."""

    def make(_screen: Sample) -> QWidget:
        wrong = Field("Hạn trả lời", DateTimeField(TIMES.zone, NOW - timedelta(days=1)))
        wrong.fail("Hạn trả lời đã qua. Chọn một thời điểm sau 09:30 hôm nay.")
        choice = ChoiceField()
        choice.addItems(["Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc"])
        off = TextField("Sở Tài chính")
        off.setEnabled(False)
        tick = TickBox("Gửi cả cho thư ký giúp việc của thành viên")
        tick.setChecked(True)
        pin = PinField()
        pin.refuse(4)
        disabled = Button("Gửi phiếu", Kind.PRIMARY)
        disabled.setEnabled(False)
        left = column(
            Field("Trích yếu", TextField(_FLOOD), help_text="Ghi như trên tờ trình."),
            Field("Cơ quan trình", off),
            wrong,
            Field("Độ khẩn", choice),
            Field("Ghi chú của lãnh đạo", TextArea("Đồng ý lấy ý kiến thành viên UBND tỉnh.", lines=3)),
            None,
        )
        right = column(
            pin,
            tick,
            TickBox("Cho xem ý kiến của thành viên khác trước khi trả lời"),
            FileDrop("Thả tệp PDF vào đây", "Hoặc chọn từ máy; tối đa 2 GB một tệp."),
            row(Button("Gửi phiếu", Kind.PRIMARY, icon="check"), Button("Lưu bản nháp"), None),
            row(Button("Hủy phiếu", Kind.DANGER), Button("Đóng", Kind.PLAIN), disabled, None),
            None,
        )
        return scrolled(boxed(column(Beside(boxed(left), boxed(right)), pad=Space.HUGE)))

    return framed(Sample("Soạn phiếu lấy ý kiến", _FLOOD, make), Place.PREPARE)


@picture("kit-notices")
def notices(_desk: Any) -> QWidget:
    """What a person is told."""

    def make(_screen: Sample) -> QWidget:
        going = ProgressRow("Đang tải tài liệu của phiên họp")
        going.show_progress(Progress(done=1_204, total=3_360))
        return scrolled(
            boxed(
                column(
                    Notice(
                        Tone.DANGER,
                        "Máy chủ không nhận ý kiến này: phiếu đã đóng lúc 11:30.",
                        safe="Ý kiến đã ký vẫn còn nguyên trên máy và được đánh dấu là gửi sau hạn.",
                        to_do="Hãy liên hệ thư ký phụ trách nếu ý kiến cần được ghi vào hồ sơ.",
                        actions=(Button("Xem ý kiến đã ký"), Button("Thử lại", Kind.PLAIN, icon="refresh-cw")),
                        is_closable=True,
                    ),
                    Notice(
                        Tone.WARNING,
                        "Tài liệu 421/TTr-STC có bản mới: 3 trang thay đổi.",
                        safe="Ghi chú đã được chuyển sang bản mới; 1 ghi chú không còn chỗ bám được giữ riêng.",
                    ),
                    Notice(Tone.POSITIVE, "Đã ghi nhận 4 phiếu.", is_closable=True),
                    Notice(Tone.ACCENT, "Đồng chí thư ký đã soạn sẵn câu trả lời.", actions=(Button("Xem bản soạn"),)),
                    Notice(Tone.NEUTRAL, "Phiếu này đã có ý kiến của 12/30 thành viên."),
                    going,
                    ProgressRow("Đang kiểm tra chữ ký số"),
                    flow(
                        *(ChipLabel(Chip(text=tone.value, tone=tone, icon="info")) for tone in Tone),
                        *(priority_chip_label(priority) for priority in Priority),
                    ),
                    None,
                    pad=Space.LARGE,
                )
            )
        )

    status = Status(
        updated_at=NOW - timedelta(hours=20),
        papers_here=36,
        papers=42,
        is_offline=True,
        waiting_to_be_sent=2,
        ready_until=NOW + timedelta(days=7),
    )
    return framed(Sample("Thông báo", "", make), Place.MEETINGS, status)


@picture("kit-table")
def table(_desk: Any) -> QWidget:
    """Who has answered what."""

    def make(_screen: Sample) -> QWidget:
        tools = Toolbar("Công cụ theo dõi phiếu")
        for icon, name in (
            ("refresh-cw", "Cập nhật"),
            ("search", "Tìm"),
            ("clock", "Gia hạn"),
            ("file-text", "Xem phiếu"),
            ("upload", "Thêm tài liệu"),
            ("calendar-days", "Đưa ra phiên họp"),
        ):
            tools.add_tool(icon, name)  # type: ignore[arg-type]
        switch = tools.add_tool("user-round", "Chỉ người chưa trả lời", is_switch=True)
        switch.setChecked(True)
        board = Table(
            "Theo dõi phiếu",
            [
                Column(title="Thành viên", stretches=True),
                Column(title="Trạng thái"),
                Column(title="Gửi lúc"),
                Column(title="Số lần sửa", is_number=True),
            ],
        )
        answered = Chip(text="Đã trả lời", tone=Tone.POSITIVE, icon="circle-check")
        waiting = Chip(text="Sắp đến hạn", tone=Tone.WARNING, icon="clock-alert")
        late = Chip(text="Quá hạn", tone=Tone.DANGER, icon="triangle-alert")
        board.show_records(
            [
                Record(key="a", cells=("Chủ tịch UBND tỉnh", answered, "08:12", "0")),
                Record(key="b", cells=("Phó Chủ tịch Thường trực UBND tỉnh", answered, "08:40", "1")),
                Record(key="c", cells=("Giám đốc Sở Tài chính", waiting, "", "0")),
                Record(
                    key="d",
                    cells=(
                        "Giám đốc Sở Nông nghiệp và Môi trường, Trưởng Ban Chỉ huy Phòng thủ dân sự",
                        waiting,
                        "",
                        "0",
                    ),
                ),
                Record(key="e", cells=("Giám đốc Sở Xây dựng", late, "", "0")),
            ]
        )
        whole = column(tools, board, pad=Space.LARGE)
        whole.setStretch(1, 1)
        return boxed(whole)

    status = Status(updated_at=NOW, papers_here=12, papers=42, progress=Progress(done=12, total=42), ready_until=None)
    return framed(Sample("Theo dõi phiếu", _LAND, make), Place.PREPARE, status)


@picture("kit-empty")
def nothing(_desk: Any) -> QWidget:
    """A place where nothing waits."""
    return framed(_Nothing("Phiếu lấy ý kiến", "", lambda _: QWidget()), Place.BALLOTS)


class _Nothing(Sample):
    def load(self) -> None:
        self.show_empty(
            "vote",
            "Không có phiếu nào đang chờ trả lời",
            "Khi Văn phòng gửi phiếu mới, phiếu sẽ hiện ở đây và ở mục Cần xử lý.",
            Button("Xem phiếu đã trả lời"),
        )


@picture("kit-confirmation")
def confirmation(_desk: Any) -> QWidget:
    """A question before what cannot be taken back."""
    frame = attention(None)
    sheet = Confirmation(
        frame,
        "Đóng phiếu này ngay bây giờ?",
        "Sau khi đóng, ý kiến gửi đến được ghi là gửi sau hạn. Còn 18/30 thành viên chưa trả lời.",
        do="Đóng phiếu",
        then=frame.close,
    )
    QTimer.singleShot(0, sheet, sheet.open)
    return frame


@picture("kit-keys")
def keys(_desk: Any) -> QWidget:
    """All keys that work here."""
    frame = attention(None)
    assert isinstance(frame, Frame)  # noqa: S101 - for the type alone
    QTimer.singleShot(0, frame, frame.show_keys)
    return frame
