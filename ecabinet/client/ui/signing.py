"""The sheet that asks for the PIN before something is signed: it says what, and signs nothing else."""

from collections.abc import Callable
from typing import Any, TypeVar

from ecabinet.client.background import Lane
from ecabinet.client.desk.errors import WrongPin
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.widgets import Button, Item, Kind, PinField, Sheet, Text
from ecabinet.client.ui.words import say

T = TypeVar("T")


class PinSheet(Sheet):
    """Asks for the PIN and signs with it; a wrong one is told with the tries left, and may be typed again.

    `sign` is given the PIN on the UI thread, where it may read the fields, and gives back the work for the lane.
    """

    def __init__(
        self,
        over: Screen,
        title: str,
        consequence: str,
        *,
        do: str,
        sign: Callable[[str], Callable[[], T]],
        then: Callable[[T], None],
        lane: Lane = Lane.SERIAL,
        extra: tuple[Item, ...] = (),
    ) -> None:
        self._screen, self._lane = over, lane
        self._sign: Callable[[str], Callable[[], Any]] = sign
        self._then: Callable[[Any], None] = then
        self._pin = PinField(help_text=say("signing.pin_help"))
        self._pin.setObjectName("pin")
        self._pin.entered.connect(self._try)
        leave = Button(say("signing.leave"))
        leave.clicked.connect(self.reject)
        act = Button(do, Kind.PRIMARY)
        act.setObjectName("sign")
        act.clicked.connect(self._pin.enter)
        super().__init__(over, title, Text(consequence), *extra, self._pin, buttons=(leave, act))
        self.setObjectName("pin_sheet")
        self._pin.setFocus()

    def _try(self, pin: str) -> None:
        self.setEnabled(False)

        def signed(result: Any) -> None:
            self.accept()
            self._then(result)

        def failed(error: Exception) -> None:
            self.setEnabled(True)
            if isinstance(error, WrongPin):
                self._pin.refuse(error.tries_left)
            else:
                self.reject()
                self._screen.show_error(error)

        work = self._sign(pin)
        self._screen.ask(say("signing.working"), lambda _: work(), signed, failed=failed, lane=self._lane)
