"""The PIN of a token where something is signed: whatever its issuer made it, and what may be mended told beside it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from ecabinet.client.desk.desk import Me
from ecabinet.client.desk.errors import KeyFault, KeyUnusable, PinState, TokenFault, TokenUnusable, WrongPin
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.signing import is_told_beside, pin_that_signs
from ecabinet.client.ui.widgets import PinField

ME = Me(
    person="chu-tich",
    office="Chủ tịch UBND tỉnh",
    office_en="Chairman",
    body="H49.1",
    body_name="UBND tỉnh",
    body_name_en="People's Committee",
    time_zone="Asia/Ho_Chi_Minh",
    roles=frozenset(),
    may_prepare=False,
    may_enrol=False,
    signs_with_token=True,
)


@pytest.fixture
def field(dressed: QApplication, qtbot: QtBot) -> PinField:
    field = pin_that_signs(ME, "")
    qtbot.addWidget(field)
    field.show()
    return field


def said(field: PinField) -> str:
    return "\n".join(label.text() for label in field.findChildren(QLabel) if label.isVisible())


def test_a_tokens_pin_may_be_letters_and_short(field: PinField) -> None:
    line = field.findChild(QLineEdit)
    assert line is not None
    assert line.echoMode() is QLineEdit.EchoMode.Password
    entered: list[str] = []
    field.entered.connect(entered.append)
    QTest.keyClicks(line, "aB-1")
    QTest.keyClick(line, Qt.Key.Key_Return)
    QTest.keyClick(line, Qt.Key.Key_Return)  # typed on the token itself
    assert entered == ["aB-1", ""]
    assert "Mã PIN của thiết bị ký số" in said(field)


def test_the_pin_of_this_machine_is_of_digits(dressed: QApplication, qtbot: QtBot) -> None:
    field = pin_that_signs(replace(ME, signs_with_token=False), "trên máy này")
    qtbot.addWidget(field)
    field.show()
    line = field.findChild(QLineEdit)
    assert line is not None
    QTest.keyClicks(line, "a1b2")
    assert line.text() == "12"
    assert not field.is_complete
    assert "trên máy này" in said(field)


def test_what_may_be_mended_at_the_token_is_told_beside_the_pin(field: PinField) -> None:
    wrong = TokenUnusable(TokenFault.WRONG_PIN, PinState.FINAL_TRY)
    assert is_told_beside(field, wrong)
    assert "không đúng" in said(field)
    assert "chỉ còn một lần thử" in said(field)
    assert is_told_beside(field, TokenUnusable(TokenFault.REMOVED, None))
    assert "Chưa có gì được ký" in said(field)
    assert is_told_beside(field, WrongPin(3))


@pytest.mark.parametrize(
    "error",
    [
        KeyUnusable(KeyFault.REVOKED),
        *(TokenUnusable(each, None) for each in (TokenFault.PAUSED, TokenFault.FINAL_TRY, TokenFault.PIN_LOCKED)),
    ],
)
def test_what_may_not_is_told_by_the_screen(field: PinField, error: Exception) -> None:
    assert not is_told_beside(field, error)


@pytest.mark.parametrize("fault", TokenFault)
def test_every_fault_of_a_token_has_words_that_say_what_to_do(fault: TokenFault) -> None:
    told = explain(TokenUnusable(fault, None))
    assert told is not None
    assert told.happened
    assert told.to_do
    assert told.happened != told.to_do
