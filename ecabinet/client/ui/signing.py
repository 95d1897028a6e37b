"""The sheet that asks for the PIN before something is signed: it says what, and signs nothing else."""

from collections.abc import Callable
from typing import Any, TypeVar

from ecabinet.client.background import Call, Lane
from ecabinet.client.desk.desk import Me
from ecabinet.client.desk.errors import TokenFault, TokenUnusable, WrongPin
from ecabinet.client.ui.explanations import explain_token
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space
from ecabinet.client.ui.widgets import Button, Item, Kind, PinField, Sheet, Text, boxed, column
from ecabinet.client.ui.words import say

T = TypeVar("T")

_TRIED_AGAIN = frozenset(
    {TokenFault.WRONG_PIN, TokenFault.PIN_LENGTH, TokenFault.TOKEN_MISSING, TokenFault.REMOVED, TokenFault.REFUSED}
)
"""What the person mends at the token, and types the PIN once more."""


def pin_that_signs(me: Me, help_text: str) -> PinField:
    """Where the PIN is typed that signs: this machine's, or that of the token with the key."""
    if me.signs_with_token:
        return PinField(say("token.pin"), say("token.pin_help"), of_token=True)
    return PinField(help_text=help_text)


def is_told_beside(pin: PinField, error: Exception) -> bool:
    """Whether an error is one after which the PIN may be typed again: it is told beside it."""
    match error:
        case WrongPin():
            pin.refuse(error.tries_left)
        case TokenUnusable() if error.fault in _TRIED_AGAIN:
            told = explain_token(error)
            pin.fail(f"{told.happened} {told.to_do}")
            pin.setFocus()
        case _:
            return False
    return True


class PinSheet(Sheet):
    """Asks for the PIN and signs with it; a wrong one is told with the tries left, and may be typed again.

    `sign` is given the PIN on the UI thread, where it may read the fields, and gives back the work for the lane; where
    it `reports`, that work is given `report`. The PIN is not used before the fields are in order.
    """

    def __init__(
        self,
        over: Screen,
        seat: Seat,
        title: str,
        consequence: str,
        *,
        do: str,
        sign: Callable[[str], Callable[..., T]],
        then: Callable[[T], None],
        lane: Lane = Lane.SERIAL,
        extra: tuple[Item, ...] = (),
        in_order: Callable[[], bool] = lambda: True,
        reports: bool = False,
        doing: str = "",
    ) -> None:
        self._screen, self._lane, self._reports = over, lane, reports
        self._doing = doing or say("signing.working")
        self._sign: Callable[[str], Callable[..., Any]] = sign
        self._then: Callable[[Any], None] = then
        self._in_order = in_order
        self._is_working = False
        self._pin = pin_that_signs(seat.me, say("signing.pin_help"))
        self._pin.setObjectName("pin")
        self._pin.entered.connect(self._try)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        act = Button(do, Kind.PRIMARY)
        act.setObjectName("sign")
        act.clicked.connect(self._pin.enter)
        self._fields = boxed(column(*extra, self._pin, gap=Space.LARGE))
        self._progress = column(gap=0)
        self._buttons = (leave, act)
        super().__init__(over, title, Text(consequence), self._fields, self._progress, buttons=self._buttons)
        self.setObjectName("pin_sheet")
        self._pin.setFocus()

    def reject(self) -> None:
        if not self._is_working:
            super().reject()

    def _try(self, pin: str) -> None:
        if not self._in_order():
            return
        self._let_work(is_working=True)

        def do(call: Call) -> Any:
            return work(report=call.report) if self._reports else work()

        def signed(result: Any) -> None:
            self._is_working = False
            self.accept()
            self._then(result)

        def failed(error: Exception) -> None:
            self._let_work(is_working=False)
            if not is_told_beside(self._pin, error):
                self.reject()
                self._screen.show_error(error)

        work = self._sign(pin)
        self._screen.ask(self._doing, do, signed, failed=failed, lane=self._lane, show=self._progress.addWidget)

    def _let_work(self, *, is_working: bool) -> None:
        self._is_working = is_working
        for part in (self._fields, *self._buttons):
            part.setEnabled(not is_working)
