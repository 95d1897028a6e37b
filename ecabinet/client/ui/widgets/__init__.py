"""The kit every window is built from. Windows import from here; each module says what its part promises."""

from ecabinet.client.ui.widgets.buttons import Button, IconButton, Kind
from ecabinet.client.ui.widgets.cards import Card, Line
from ecabinet.client.ui.widgets.chips import Chip, ChipLabel, deadline_chip
from ecabinet.client.ui.widgets.drop import FileDrop
from ecabinet.client.ui.widgets.fields import ChoiceField, DateTimeField, Field, IconLabel, TextArea, TextField, TickBox
from ecabinet.client.ui.widgets.keys import Key, KeyCap, KeysSheet, bind
from ecabinet.client.ui.widgets.layout import Beside, Flow, Item, boxed, column, empty, flow, row, scrolled
from ecabinet.client.ui.widgets.notices import EmptyState, Notice
from ecabinet.client.ui.widgets.options import Choice, OptionCards
from ecabinet.client.ui.widgets.pin import PinField
from ecabinet.client.ui.widgets.progress import Bar, ProgressRow
from ecabinet.client.ui.widgets.rows import Entry, Row, RowList, Section
from ecabinet.client.ui.widgets.sheets import Confirmation, Sheet
from ecabinet.client.ui.widgets.short import Below, Capped, Footed, headed
from ecabinet.client.ui.widgets.split import Split
from ecabinet.client.ui.widgets.status import Status, StatusLine
from ecabinet.client.ui.widgets.steps import StepHeader
from ecabinet.client.ui.widgets.tabbing import InOrder
from ecabinet.client.ui.widgets.table import Column, Record, Table
from ecabinet.client.ui.widgets.text import Heading, Muted, Text, Title
from ecabinet.client.ui.widgets.toolbar import Toolbar

__all__ = [
    "Bar",
    "Below",
    "Beside",
    "Button",
    "Capped",
    "Card",
    "Chip",
    "ChipLabel",
    "Choice",
    "ChoiceField",
    "Column",
    "Confirmation",
    "DateTimeField",
    "EmptyState",
    "Entry",
    "Field",
    "FileDrop",
    "Flow",
    "Footed",
    "Heading",
    "IconButton",
    "IconLabel",
    "InOrder",
    "Item",
    "Key",
    "KeyCap",
    "KeysSheet",
    "Kind",
    "Line",
    "Muted",
    "Notice",
    "OptionCards",
    "PinField",
    "ProgressRow",
    "Record",
    "Row",
    "RowList",
    "Section",
    "Sheet",
    "Split",
    "Status",
    "StatusLine",
    "StepHeader",
    "Table",
    "Text",
    "TextArea",
    "TextField",
    "TickBox",
    "Title",
    "Toolbar",
    "bind",
    "boxed",
    "column",
    "deadline_chip",
    "empty",
    "flow",
    "headed",
    "row",
    "scrolled",
]
