"""Waiting for the registrar: the phrase to read out, and a look at the server every few seconds."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent

from ecabinet.client.background import Lane
from ecabinet.client.desk.access import Profile, Stage
from ecabinet.client.desk.errors import Unreachable
from ecabinet.client.ui.explanations import Explanation, explain_joining
from ecabinet.client.ui.gate import Gate, GateScreen
from ecabinet.client.ui.roles import office_said
from ecabinet.client.ui.theme import Tone, Type, Weight
from ecabinet.client.ui.widgets import Button, Card, Confirmation, Item, Kind, Muted, Notice, Text
from ecabinet.client.ui.words import say

_LOOK_AGAIN_MS = 4_000


class Waiting(GateScreen):
    """One profile that is not confirmed yet, or was declined."""

    confirmed = Signal(object)
    forgotten = Signal()
    others = Signal()

    def __init__(self, gate: Gate, profile: Profile) -> None:
        super().__init__(gate, say("waiting.title"))
        self._profile = profile
        self._is_asking = False
        self._state = Muted()
        self._state.setObjectName("waiting_state")
        self._again = QTimer(self, interval=_LOOK_AGAIN_MS)
        self._again.timeout.connect(self._look)

    def load(self) -> None:
        self._show()
        self._look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()

    def explain(self, error: Exception) -> Explanation:
        return explain_joining(error, has_asked=True) or super().explain(error)

    def _look(self) -> None:
        if self._is_asking or self._profile.stage is Stage.DECLINED:
            return
        self._is_asking = True
        profile = self._profile
        # Not through `ask`: it comes round every few seconds, and says so in a line of its own.
        self._background.run(
            Lane.NETWORK,
            lambda _: self.gate.access.ask_again(profile),
            then=self._take,
            failed=self._fail,
            owner=self,
        )

    def _take(self, profile: Profile) -> None:
        self._is_asking = False
        has_changed, self._profile = profile != self._profile, profile
        if profile.stage is Stage.CONFIRMED:
            self._again.stop()
            self.confirmed.emit(profile)
        elif has_changed:
            self.reload()
        else:
            self._state.setText(say("waiting.state"))

    def _fail(self, error: Exception) -> None:
        self._is_asking = False
        if isinstance(error, Unreachable):
            self._state.setText(say("waiting.unreachable"))
        else:
            self._again.stop()
            self.show_error(error)

    def _show(self) -> None:
        forget = Button(say("waiting.forget"), Kind.PLAIN)
        forget.setObjectName("forget_profile")
        forget.clicked.connect(self._ask_to_forget)
        others = Button(say("waiting.others"), Kind.PLAIN)
        others.setObjectName("other_profile")
        others.clicked.connect(self.others)
        if self._profile.stage is Stage.DECLINED:
            declined = Notice(Tone.WARNING, say("waiting.declined"), to_do=say("waiting.declined_to_do"))
            first = self._first_of(forget, others)
            self.present(say("waiting.declined_title"), declined, ways=[others, forget], first=first)
            return
        look = Button(say("waiting.look"), icon="refresh-cw")
        look.setObjectName("ask_again")
        look.clicked.connect(self.reload)
        phrase = Text(self._profile.phrase, size=Type.DISPLAY, weight=Weight.SEMIBOLD)
        phrase.setObjectName("phrase")
        phrase.setAccessibleName(say("waiting.phrase_spoken", phrase=self._profile.phrase))
        self._state = Muted(say("waiting.state"))
        self._state.setObjectName("waiting_state")
        who: list[Item] = []
        if self._profile.office:
            who.append(
                Text(
                    say(
                        "waiting.who",
                        office=office_said(self._profile.office, self._profile.office_en),
                        body=self._profile.body_name,
                    )
                )
            )
        items = [*who, Text(say("waiting.what_to_do")), Card(say("waiting.phrase"), phrase), self._state]
        ways = [others, forget, look]
        self.present(say("waiting.title"), *items, ways=ways, first=self._first_of(look, others, forget))

    def _first_of(self, usual: Button, *others: Button) -> Button:
        """The way on which the keyboard is: what comes from the server takes it from nobody."""
        here = [button.objectName() for button in self.content.findChildren(Button) if button.hasFocus()]
        return next((way for way in others if way.objectName() in here), usual)

    def _ask_to_forget(self) -> None:
        Confirmation(
            self,
            say("waiting.forget_question"),
            say("waiting.forget_consequence"),
            do=say("waiting.forget"),
            then=self._forget,
        ).open()

    def _forget(self) -> None:
        profile = self._profile
        self._again.stop()
        self.ask(say("waiting.forgetting"), lambda _: self.gate.access.forget(profile), lambda _: self.forgotten.emit())
