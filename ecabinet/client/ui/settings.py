"""Settings: how the program looks and when it locks, whether one may travel with it, and one's own keys."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ecabinet.client.desk.desk import TravelCheck
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.own_keys import OwnKeysShown, own_keys_cards, read_own_keys
from ecabinet.client.ui.preferences import LOCKS_AFTER, SCALES, Preferences
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Mode, Space, Tone
from ecabinet.client.ui.widgets import (
    Beside,
    Button,
    Card,
    ChoiceField,
    Field,
    Kind,
    Muted,
    Notice,
    Text,
    boxed,
    column,
    empty,
    row,
    scrolled,
)
from ecabinet.client.ui.words import Language, Names, number, say

_mode = Names("settings.mode", Mode)
_language = Names("settings.language", Language)
_MOST_TITLES = 5


class SettingsScreen(Screen):
    """What is chosen is told to `apply` at once; everything is then shown anew."""

    nouns: ClassVar[frozenset[str]] = frozenset({"register"})

    def __init__(self, seat: Seat, preferences: Preferences, apply: Callable[[Preferences], None]) -> None:
        super().__init__(seat.background, say("settings.title"))
        self._seat, self._apply = seat, apply
        self._language = _choice("language", [(_language(each), each.value) for each in Language], preferences.language)
        self._mode = _choice("mode", [(_mode(each), each.value) for each in Mode], preferences.mode)
        scales = [(say("settings.per_cent", scale=scale), scale) for scale in SCALES]
        self._scale = _choice("scale", scales, preferences.scale)
        minutes = [(say("settings.minutes", count=count), count) for count in LOCKS_AFTER]
        self._locks = _choice("locks_after", minutes, preferences.locks_after)
        self._check = Button(say("settings.travel.check"), icon="refresh-cw")
        self._check.setObjectName("check_for_travel")
        self._check.clicked.connect(self._check_for_travel)
        self._checked, self._keys = column(), column(gap=Space.LARGE)
        self.show_content(scrolled(boxed(self._cards())))

    def load(self) -> None:
        self.ask(say("settings.loading"), lambda _: read_own_keys(self._seat), self._show_keys)

    def panes(self) -> Sequence[QWidget]:
        return (self._language,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _cards(self) -> QVBoxLayout:
        apply = Button(say("settings.apply"), Kind.PRIMARY)
        apply.setObjectName("apply_settings")
        apply.clicked.connect(self._choose)
        applied = Beside(Muted(say("settings.locks_help")), apply, folds_below=400, gap=Space.LARGE, shares=(1, 0))
        looks = Card(
            say("settings.looks"),
            Beside(
                Field(say("settings.language_title"), self._language),
                Field(say("settings.mode_title"), self._mode),
                folds_below=400,
                gap=Space.LARGE,
            ),
            Beside(
                Field(say("settings.scale_title"), self._scale),
                Field(say("settings.locks_title"), self._locks),
                folds_below=400,
                gap=Space.LARGE,
            ),
            applied,
        )
        travel = Card(
            say("settings.travel.title"), Text(say("settings.travel.what")), row(self._check, None), self._checked
        )
        return column(looks, travel, boxed(self._keys), None, gap=Space.LARGE, pad=Space.LARGE)

    def _choose(self) -> None:
        self._apply(
            Preferences(
                language=Language(self._language.currentData()),
                mode=Mode(self._mode.currentData()),
                scale=int(self._scale.currentData()),
                locks_after=int(self._locks.currentData()),
            )
        )

    # Whether one may travel.

    def _check_for_travel(self) -> None:
        self._check.setEnabled(False)
        self.ask(
            say("settings.travel.checking"),
            lambda _: self._seat.desk.check_for_travel(),
            self._show_travel,
            failed=self._fail_travel,
        )

    def _fail_travel(self, error: Exception) -> None:
        self._check.setEnabled(True)
        self.show_error(error)

    def _show_travel(self, check: TravelCheck) -> None:
        self._check.setEnabled(True)
        empty(self._checked)
        if check.is_ready and check.ready_until is not None:
            happened = say("settings.travel.ready_until", when=self._seat.times.exact(check.ready_until))
        elif check.is_ready:
            happened = say("settings.travel.ready")
        else:
            happened = say("settings.travel.not_ready")
        notice = Notice(Tone.POSITIVE if check.is_ready else Tone.WARNING, happened)
        notice.setObjectName("travel_result")
        self._checked.addWidget(notice)
        for line in _travel_lines(check):
            self._checked.addWidget(Text(line))
        notice.announce()

    # One's own keys.

    def _show_keys(self, shown: OwnKeysShown) -> None:
        empty(self._keys)
        for card in own_keys_cards(self, self._seat, shown):
            self._keys.addWidget(card)


def _travel_lines(check: TravelCheck) -> list[str]:
    here = check.papers - len(check.missing_papers) - len(check.damaged_papers)
    lines = [say("settings.travel.papers", here=number(here), total=number(check.papers))]
    for title, papers in (
        (say("settings.travel.missing"), check.missing_papers),
        (say("settings.travel.damaged"), check.damaged_papers),
    ):
        shown = [*papers[:_MOST_TITLES]]
        if len(papers) > _MOST_TITLES:
            shown.append(say("settings.travel.more", count=number(len(papers) - _MOST_TITLES)))
        if papers:
            lines.append(say("settings.travel.titles", what=title, titles="; ".join(shown)))
    lines.append(
        say("settings.travel.ballots", count=number(check.ballots), unanswered=number(check.unanswered_ballots))
    )
    lines.append(say("settings.travel.can_sign") if check.can_sign else say("settings.travel.cannot_sign"))
    if check.waiting_to_send:
        lines.append(say("settings.travel.waiting", count=number(check.waiting_to_send)))
    return lines


def _choice(name: str, choices: Sequence[tuple[str, str | int]], chosen: str | int) -> ChoiceField:
    field = ChoiceField()
    field.setObjectName(name)
    for words, value in choices:
        field.addItem(words, value)
    field.setCurrentIndex([value for _, value in choices].index(chosen))
    return field
