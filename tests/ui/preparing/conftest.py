"""The secretary at a desk, and her hands at the windows there."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.body import SECRETARY, Body, Sitter
from tests.ui.office import OfficeHands, at_office


@pytest.fixture
def secretary(body: Body, dressed: QApplication) -> Iterator[Sitter]:
    """As up to date as the program keeps a desk by itself: other tests may have enrolled somebody."""
    secretary = body.sitter(SECRETARY)
    secretary.sync()
    yield secretary
    for sheet in QApplication.topLevelWidgets():
        if sheet.isModal() and sheet.isVisible():
            sheet.close()
    secretary.close_frame()
    if secretary.relay.is_cut:
        secretary.relay.mend()
    assert secretary.unexpected == []


@pytest.fixture
def hands(secretary: Sitter) -> OfficeHands:
    return at_office(secretary)
