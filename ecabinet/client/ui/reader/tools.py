"""The tools above the pages: where one is, what one writes with, how the pages are shown."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QIntValidator

from ecabinet.client.desk.reading import Arrangement
from ecabinet.client.ui import icons, theme
from ecabinet.client.ui.reader.noting import Noting
from ecabinet.client.ui.reader.palette import ColourButton, Tool
from ecabinet.client.ui.reader.view import PageView
from ecabinet.client.ui.widgets import Key, Line, Muted, TextField, Toolbar, bind
from ecabinet.client.ui.words import Names, number, say

tool_name = Names("reader.tool", Tool)
arrangement_name = Names("reader.arrangement", Arrangement)
_TOOLS: tuple[tuple[Tool, icons.Name, str], ...] = (
    (Tool.HIGHLIGHT, "highlighter", "F8"),
    (Tool.UNDERLINE, "underline", "Shift+F8"),
    (Tool.STRIKE_OUT, "strikethrough", "Ctrl+F8"),
    (Tool.PEN, "pen-line", "Ctrl+F9"),
    (Tool.ERASER, "eraser", "Ctrl+Shift+F9"),
    (Tool.BOX, "square", "Shift+F9"),
)
_ARRANGEMENTS: tuple[tuple[Arrangement, icons.Name, str], ...] = (
    (Arrangement.COLUMN, "gallery-vertical", "Ctrl+6"),
    (Arrangement.SINGLE, "rectangle-vertical", "Ctrl+7"),
    (Arrangement.FACING, "book-open", "Ctrl+8"),
)


class Tools(Toolbar):
    """The reader's toolbar. It follows the view and what is in hand, and moves them."""

    wanted = Signal()
    """A key leads to a field here: it must be seen."""
    full_screen = Signal()
    printing = Signal()

    def __init__(self, view: PageView, noting: Noting) -> None:
        super().__init__(say("reader.tools"))
        self._view, self._noting = view, noting
        self._page, self._pages, self._zoom = self._page_field(), Muted(), Muted()
        for label in (self._pages, self._zoom):
            label.setWordWrap(False)
        self._zoom.setMinimumWidth(theme.px(60))
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.add_tool("chevron-left", say("reader.key.previous"), lambda: view.turn_page(-1), keys="Left")
        self.add_widget(self._page)
        self.add_widget(self._pages, is_needed=False)
        self.add_tool("chevron-right", say("reader.key.next"), lambda: view.turn_page(1), keys="Right")
        self.add_widget(Line(Qt.Orientation.Vertical), is_needed=False)
        self._in_hand = {tool: self._add_tool_to_hand(tool, icon, keys) for tool, icon, keys in _TOOLS}
        self._colour = ColourButton()
        self._colour.chosen.connect(noting.use)
        self.add_widget(self._colour)
        self.add_tool("message-square-text", say("reader.key.note"), noting.write, keys="F9")
        self._undo = self.add_tool("undo-2", say("reader.key.undo"), noting.undo, keys="Ctrl+Z")
        self._redo = self.add_tool("redo-2", say("reader.key.redo"), noting.redo, keys="Ctrl+Y")
        self.add_widget(Line(Qt.Orientation.Vertical), is_needed=False)
        self.add_tool("zoom-out", say("reader.key.zoom_out"), lambda: view.zoom_by(-1), keys="Ctrl+-")
        self.add_widget(self._zoom, is_needed=False)
        self.add_tool("zoom-in", say("reader.key.zoom_in"), lambda: view.zoom_by(1), keys="Ctrl++")
        self.add_tool("bookmark", say("reader.key.bookmark"), noting.bookmark, keys="Ctrl+D")
        self.add_tool("move-horizontal", say("reader.key.fit_width"), view.fit_width, keys="Ctrl+0")
        self.add_tool("scan", say("reader.key.fit_page"), view.fit_page, keys="Ctrl+9")
        self.add_tool("rotate-cw", say("reader.key.turn"), view.turn, keys="Ctrl+R")
        self._night = self.add_tool("moon", say("reader.key.night"), keys="Ctrl+I", is_switch=True)
        self._night.toggled.connect(view.set_night)
        view.look_changed.connect(lambda: self._night.setChecked(view.is_night))
        self._back = self.add_tool("arrow-left", say("reader.key.back"), view.places.back, keys="Ctrl+Left")
        self._forward = self.add_tool("arrow-right", say("reader.key.forward"), view.places.forward, keys="Ctrl+Right")
        self._tell_places(can_go_back=False, can_go_forward=False)
        view.places.changed.connect(self._tell_places)
        self._arrangements = {each: self._add_arrangement(each, icon, keys) for each, icon, keys in _ARRANGEMENTS}
        self._tell_arrangement(view.arrangement)
        view.arranged.connect(self._tell_arrangement)
        self.add_tool("printer", say("reader.key.print"), self.printing.emit, keys="Ctrl+P")
        self.add_tool("maximize", say("reader.key.full_screen"), self.full_screen.emit, keys="F11")
        view.page_changed.connect(self._tell_page)
        view.zoom_changed.connect(self._tell_zoom)
        noting.tool_changed.connect(self._tell_tool)
        noting.colour_changed.connect(self._colour.show_colour)
        noting.steps_changed.connect(self._tell_steps)
        self._tell_steps(can_undo=False, can_redo=False)

    def _add_tool_to_hand(self, tool: Tool, icon: icons.Name, keys: str) -> QAction:
        action = self.add_tool(icon, tool_name(tool), partial(self._choose, tool), keys=keys, is_switch=True)
        action.setObjectName(tool.name.lower())
        return action

    def _tell_places(self, can_go_back: bool, can_go_forward: bool) -> None:  # noqa: FBT001 - a slot
        self._back.setEnabled(can_go_back)
        self._forward.setEnabled(can_go_forward)

    def _add_arrangement(self, arrangement: Arrangement, icon: icons.Name, keys: str) -> QAction:
        action = self.add_tool(
            icon, arrangement_name(arrangement), partial(self._arrange, arrangement), keys=keys, is_switch=True
        )
        action.setObjectName(f"arrange_{arrangement.value}")
        return action

    def _arrange(self, arrangement: Arrangement) -> None:
        self._view.arrange(arrangement)
        self._tell_arrangement(arrangement)  # a switch that is pressed again stays on

    def _tell_arrangement(self, arrangement: Arrangement) -> None:
        for each, action in self._arrangements.items():
            action.setChecked(each is arrangement)

    def _choose(self, tool: Tool) -> None:
        self._noting.choose(tool)
        self._view.setFocus()

    def _tell_tool(self, tool: Tool | None) -> None:
        for each, action in self._in_hand.items():
            action.setChecked(each is tool)

    def _tell_steps(self, can_undo: bool, can_redo: bool) -> None:  # noqa: FBT001 - a slot
        self._undo.setEnabled(can_undo)
        self._redo.setEnabled(can_redo)

    def keys(self) -> tuple[Key, ...]:
        """Those that work wherever the keyboard is in the reader."""
        view, noting = self._view, self._noting
        return (
            *(Key(keys=keys, name=tool_name(tool), act=partial(noting.choose, tool)) for tool, _, keys in _TOOLS),
            Key(keys="F9", name=say("reader.key.note"), act=noting.write),
            Key(keys="Ctrl+D", name=say("reader.key.bookmark"), act=noting.bookmark),
            *self._colour.keys(),
            Key(keys="Ctrl+Z", name=say("reader.key.undo"), act=noting.undo),
            Key(keys="Ctrl+Shift+Z", name=say("reader.key.redo"), act=noting.redo),
            Key(keys="Ctrl+Y", name=say("reader.key.redo"), act=noting.redo),
            Key(keys="Ctrl+G", name=say("reader.key.go_to"), act=self._ask_page),
            Key(keys="Ctrl+K", name=say("reader.key.next_link"), act=view.links.choose_next),
            Key(keys="Ctrl+Shift+K", name=say("reader.key.previous_link"), act=partial(view.links.choose_next, -1)),
            Key(keys="Ctrl+Left", name=say("reader.key.back"), act=view.places.back),
            Key(keys="Ctrl+Right", name=say("reader.key.forward"), act=view.places.forward),
            Key(keys="Ctrl+0", name=say("reader.key.fit_width"), act=view.fit_width),
            Key(keys="Ctrl+9", name=say("reader.key.fit_page"), act=view.fit_page),
            *(
                Key(keys=keys, name=arrangement_name(each), act=partial(self._arrange, each))
                for each, _, keys in _ARRANGEMENTS
            ),
            Key(keys="Ctrl++", name=say("reader.key.zoom_in")),
            Key(keys="Ctrl+-", name=say("reader.key.zoom_out")),
            Key(keys="Ctrl+R", name=say("reader.key.turn"), act=view.turn),
            Key(keys="Ctrl+I", name=say("reader.key.night"), act=self._night.toggle),
        )

    def show_paper(self, pages: int) -> None:
        """Tell how many pages there are, and where the view is."""
        self._pages.setText(say("reader.of_pages", pages=number(pages)))
        self._tell_page(self._view.page)
        self._tell_zoom(self._view.zoom)

    def _page_field(self) -> TextField:
        field = TextField()
        field.setObjectName("page_number")
        field.setAccessibleName(say("reader.page"))
        field.setToolTip(say("reader.page_hint"))
        field.setFixedWidth(theme.px(64))
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setValidator(QIntValidator(1, 99_999, field))
        field.returnPressed.connect(self._go_to_page)
        bind(field, [Key(keys="Escape", name=say("reader.key.go_to"), act=self._view.setFocus)])
        return field

    def _tell_page(self, page: int) -> None:
        self._page.setText(str(page + 1))

    def _tell_zoom(self, zoom: float) -> None:
        self._zoom.setText(say("reader.zoom", percent=number(zoom * 100)))

    def _ask_page(self) -> None:
        self.wanted.emit()
        self._page.setFocus()
        self._page.selectAll()

    def _go_to_page(self) -> None:
        self._view.places.leap(int(self._page.text()) - 1)
        self._tell_page(self._view.page)
        self._view.setFocus()
