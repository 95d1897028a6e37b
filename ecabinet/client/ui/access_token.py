"""On the first run: whether the signing key is made on this machine, or is one on a token."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.errors import PinState
from ecabinet.client.desk.tokens import SeenTokens, TokenChoice, TokenKeyLine, TokenLine
from ecabinet.client.ui.explanations import explain_token, token_left
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Button, ChoiceField, Field, Notice, PinField, boxed, column, empty, row
from ecabinet.client.ui.words import number, say


class TokenForm(QWidget):
    """A key of this machine's own, until the person looks for tokens and chooses a key on one."""

    looks = Signal()
    """The person wants to see which tokens are plugged in."""
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        look = Button(say("token.look"))
        look.setObjectName("look_for_tokens")
        look.clicked.connect(self.looks)
        self._keys = ChoiceField()
        self._keys.setObjectName("token_key")
        self._keys.currentIndexChanged.connect(self._fit)
        self._pin = PinField(say("token.pin"), say("token.pin_help"), of_token=True)
        self._pin.setObjectName("token_pin")
        self._pin.entered.connect(self._enter)
        self._entered = ""
        self._told = column()
        self._keys_field = Field(say("token.key"), self._keys)
        self.setLayout(column(row(look, None), boxed(self._told), self._keys_field, self._pin))
        self._keys.addItem(say("token.here"), "")
        self._fit()

    def show_tokens(self, seen: SeenTokens) -> None:
        """Offer the keys that are plugged in, and tell what kept others from being seen."""
        empty(self._told)
        for _, error in seen.troubles:
            told = explain_token(error)
            self._told.addWidget(Notice(Tone.WARNING, told.happened, to_do=told.to_do))
        found = [(token, key) for token in seen.tokens for key in token.keys]
        unfit = sum(token.unfit_keys for token in seen.tokens)
        if unfit:
            self._told.addWidget(Notice(Tone.WARNING, say("token.unfit_keys", count=number(unfit))))
        elif not found:
            self._told.addWidget(Notice(Tone.WARNING, say("token.none") if not seen.tokens else say("token.empty")))
        for token in seen.tokens:
            if token.pin is not PinState.USUAL:
                self._told.addWidget(Notice(Tone.WARNING, f"{token.label}: {token_left(token.pin)}"))
        while self._keys.count() > 1:
            self._keys.removeItem(1)
        for token, key in found:
            self._keys.addItem(_told(token, key), key.address)
        if found:
            self._keys.setCurrentIndex(1)
            self._pin.setFocus()
        self._fit()

    def choice(self) -> TokenChoice | None:
        """The key on a token that was chosen, with its PIN, which is forgotten here; None for one of this machine."""
        pin, self._entered = self._entered or self._pin.take(), ""
        address = self._keys.currentData()
        return TokenChoice(address=address, pin=pin) if address else None

    def _enter(self, pin: str) -> None:
        self._entered = pin
        self.entered.emit()

    def _fit(self) -> None:
        self._keys_field.setVisible(self._keys.count() > 1)
        self._pin.setVisible(bool(self._keys.currentData()))


def _told(token: TokenLine, key: TokenKeyLine) -> str:
    return " · ".join(filter(None, (token.label, key.label, key.kind, key.certified)))
