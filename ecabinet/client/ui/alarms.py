"""Alarms: what the server, or somebody in its place, did that it must not be able to do. They stay, and convict."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from ecabinet.client.desk.syncing import Alarm, AlarmKind
from ecabinet.client.ui.explanations import explain
from ecabinet.client.ui.files import choose_where_to_save
from ecabinet.client.ui.screen import Explanation, Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Button, Notice, boxed, column, scrolled
from ecabinet.client.ui.words import Names, say

_happened = Names("alarms.happened", AlarmKind)
_safe = Names("alarms.safe", AlarmKind)
_to_do = Names("alarms.to_do", AlarmKind)


class AlarmsScreen(Screen):
    """Every alarm there ever was, the latest first, each with its evidence to be saved and handed on."""

    nouns: ClassVar[frozenset[str]] = frozenset({"alarms"})

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat.background, say("alarms.title"))
        self._seat = seat
        self._first: QWidget | None = None

    def load(self) -> None:
        self.ask(say("alarms.loading"), lambda _: self._seat.desk.syncing.alarms(), self._show)

    def panes(self) -> Sequence[QWidget]:
        return () if self._first is None else (self._first,)

    def explain(self, error: Exception) -> Explanation:
        return explain(error) or super().explain(error)

    def _show(self, alarms: Sequence[Alarm]) -> None:
        if not alarms:
            self.show_empty("circle-check", say("alarms.none"))
            return
        notices = [self._notice(alarm) for alarm in alarms]
        self._first = boxed(column(*notices, None, gap=Space.LARGE, pad=Space.LARGE))
        self.show_content(scrolled(self._first))

    def _notice(self, alarm: Alarm) -> Notice:
        save = Button(say("alarms.save"), icon="file-text")
        save.setObjectName("save_alarm")
        save.clicked.connect(lambda: self._save(alarm))
        when = self._seat.times.exact(alarm.raised_at)
        notice = Notice(
            Tone.DANGER,
            _happened(alarm.kind, subject=alarm.subject),
            safe=say("alarms.when", when=when, safe=_safe(alarm.kind)),
            to_do=_to_do(alarm.kind),
            actions=(save,),
        )
        notice.setObjectName("alarm")
        return notice

    def _save(self, alarm: Alarm) -> None:
        def save(file: Path) -> None:
            self.ask(
                say("alarms.saving"),
                lambda _: file.write_bytes(alarm.evidence),
                lambda _: self.show_notice(
                    Notice(Tone.POSITIVE, say("alarms.saved", file=file.name), is_closable=True)
                ),
            )

        choose_where_to_save(self, say("files.alarm"), say("alarms.file_name"), save)
