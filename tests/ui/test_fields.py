"""What stands in a field is seen, and stands in line with what stands in the fields above and below it."""

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ecabinet.client.ui import theme
from ecabinet.client.ui.preparing.people import NumberField
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import TextArea, TextField, column


def test_a_number_is_seen_whole(dressed: QApplication, qtbot: QtBot) -> None:
    field = NumberField(999)
    qtbot.addWidget(field)
    field.show()
    line = field.lineEdit()
    margins = line.textMargins()
    assert line.width() - margins.left() - margins.right() > line.fontMetrics().horizontalAdvance(line.text())


def test_text_of_every_field_begins_at_the_same_place(dressed: QApplication, qtbot: QtBot) -> None:
    line, area, number = TextField("144"), TextArea("144"), NumberField(144)
    window = QWidget()
    qtbot.addWidget(window)
    window.setLayout(column(line, area, number))
    window.show()
    window.setFocus()  # no cursor in any of them
    assert _first_ink(line) == _first_ink(area) == _first_ink(number)


def _first_ink(field: QWidget) -> int:
    """The first column of pixels, right of the border, that is not all paper."""
    painted = field.grab().toImage()
    edge = theme.px(Space.SMALL)
    within = range(edge, painted.height() - edge)
    return next(x for x in range(edge, painted.width()) if len({painted.pixel(x, y) for y in within}) > 1)
