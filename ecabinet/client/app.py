"""The client, assembled here and nowhere else: one window, the lanes, the keystore, the profiles.

What a person sees first is painted before most of the program is even read from the disk: the entrance is brought in
once the window is there, and all that is behind it while the PIN is typed.
"""

import gc
import importlib
import logging
import platform
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QTimer
from PySide6.QtWidgets import QApplication

from ecabinet.client.background import Background, Lane
from ecabinet.client.ui import qt_words, theme, words
from ecabinet.client.ui.collecting import Collector
from ecabinet.client.ui.preferences import Preferences
from ecabinet.client.ui.theme import Mode, Tone
from ecabinet.client.ui.widgets import Notice
from ecabinet.client.ui.window import Window
from ecabinet.client.ui.words import Language, say

if TYPE_CHECKING:
    from ecabinet.client.desk import Access
    from ecabinet.client.desk.desk import Desk, Me
    from ecabinet.client.ui.sitting import Sitting

_PREFERENCES = "preferences.json"
_BRING_IN_AFTER_MS = 400
_PARTING_MS = 10_000
"""How long closing waits for what is signed to be sent and the vault to be closed, at most."""
_SWITCH_EVERY = 0.001
"""Seconds for which a lane may keep the interpreter while the window wants it: a fifth of what Python grants."""
_log = logging.getLogger("ecabinet.client")


class Application:
    """From the start of the process to its end."""

    def __init__(
        self, *, folder: Path, service: str = "ecabinet", language: Language | None = None, mode: Mode | None = None
    ) -> None:
        """`folder` keeps everything of this installation, `service` begins the names of its secrets in the keystore.

        Language and mode that are not given are as the person chose them last.
        """
        self._folder, self._service = folder, service
        existing = QApplication.instance()
        self._qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        self._qt.setApplicationName("ecabinet")
        self._qt.setQuitOnLastWindowClosed(False)
        chosen = self._read_preferences()
        self._preferences = replace(chosen, language=language or chosen.language, mode=mode or chosen.mode)
        self._dress()
        self._background = Background(unhandled=self._tell_unhandled)
        self._access: Access | None = None
        self._sitting: Sitting | None = None
        self._is_closing = self._has_ended = False
        self._collector = Collector()
        self.window = Window()
        self.window.setObjectName("window")
        self.window.setWindowTitle(say("frame.program"))
        self.window.closing.connect(self._close)
        self.window.appeared.connect(self._enter)

    def start(self) -> None:
        """Show the window, and then what belongs into it."""
        self.window.show()

    def run(self) -> int:
        """Start, and serve until the window is closed or the process is asked to end; the exit code."""
        for asked in (signal.SIGINT, signal.SIGTERM):
            signal.signal(asked, lambda *_: self.window.close())
        sys.setswitchinterval(_SWITCH_EVERY)
        self.start()
        return self._qt.exec()

    @property
    def has_ended(self) -> bool:
        """Whether the window is closed, what was signed sent as far as could be, and every thread joined."""
        return self._has_ended

    # Before a profile is unlocked, and after it was locked.

    def _enter(self) -> None:
        if self._has_ended:
            return
        from ecabinet.client.desk import Access
        from ecabinet.client.ui.entrance import Entrance
        from ecabinet.client.ui.gate import Gate
        from ecabinet.keys.os_keystore import Keystore

        if self._access is None:
            keystore = Keystore(self._service)
            self._access = Access(self._folder, keystore, serially=self._background.serially)
            QTimer.singleShot(_BRING_IN_AFTER_MS, self.window, self._bring_in)
        gate = Gate(access=self._access, background=self._background, device_name=platform.node())
        entrance = Entrance(gate)
        entrance.unlocked.connect(self._sit)
        entrance.language_chosen.connect(self._speak)
        self.window.show_inside(entrance)
        entrance.start()

    def _bring_in(self) -> None:
        """Read what is behind the entrance from the disk while the PIN is typed."""
        if self._has_ended:
            return
        self._background.run(
            Lane.SERIAL,  # where unlocking waits for it: two threads that import the same may see halves of it
            lambda _: importlib.import_module("ecabinet.client.ui.sitting"),
            then=lambda _: gc.freeze(),  # what stays for ever need not be looked through again and again
            owner=self.window,
        )

    def _speak(self, language: Language) -> None:
        self._prefer(replace(self._preferences, language=language))
        QTimer.singleShot(0, self.window, self._enter)  # the button that was pressed goes with the old entrance

    def _sit(self, desk: "Desk") -> None:
        def begin(me: "Me") -> None:
            from ecabinet.client.ui.sitting import Sitting

            sitting = Sitting(desk, me, self._background, self.window, self._preferences)
            sitting.locked.connect(self._leave)
            sitting.failed.connect(self._tell_unhandled)
            sitting.preferences_chosen.connect(self._change)
            self._sitting = sitting

        self._background.run(Lane.SERIAL, lambda _: desk.me(), then=begin, owner=self.window)

    def _leave(self) -> None:
        if self._sitting is not None:
            self._sitting.deleteLater()
            self._sitting = None
        if self._is_closing:
            self._finish()
        else:
            self._enter()

    # Preferences.

    def _change(self, preferences: Preferences) -> None:
        self._prefer(preferences)
        if self._sitting is not None:
            QTimer.singleShot(0, self._sitting, lambda: self._begin_anew(preferences))

    def _begin_anew(self, preferences: Preferences) -> None:
        if self._sitting is not None:
            self._sitting.begin_anew(preferences)

    def _prefer(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._dress()
        folder, written = self._folder, preferences.written()

        def keep(_call: object) -> None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _PREFERENCES).write_text(written, "utf-8")

        self._background.run(Lane.SERIAL, keep, then=lambda _: None, owner=self.window)

    def _read_preferences(self) -> Preferences:
        """The only file the UI thread ever opens: nothing can be painted before it."""
        try:
            return Preferences.read((self._folder / _PREFERENCES).read_text("utf-8"))
        except OSError:
            return Preferences()

    def _dress(self) -> None:
        words.use(self._preferences.language)
        QLocale.setDefault(QLocale("vi_VN" if self._preferences.language is Language.VIETNAMESE else "en_GB"))
        qt_words.use(self._qt)
        theme.use(self._qt, self._preferences.theme)

    # The end.

    def _close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self.window.hide()
        if self._sitting is None:
            self._finish()
        else:
            QTimer.singleShot(_PARTING_MS, self.window, self._finish)
            self._sitting.lock()

    def _finish(self) -> None:
        if self._has_ended:
            return
        self.window.close_for_good()
        self._background.stop()
        self._collector.stop()
        self._has_ended = True
        self._qt.quit()

    def _tell_unhandled(self, error: Exception) -> None:
        """Nothing of what a paper or an opinion says stands in a traceback's lines; in an error's message it might."""
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("unhandled %s\n%s", type(error).__name__, frames)
        if not self._is_closing:
            told = Notice(
                Tone.DANGER,
                say("sitting.unhandled", name=type(error).__name__),
                safe=say("sitting.unhandled_safe"),
                to_do=say("sitting.unhandled_to_do"),
                is_closable=True,
            )
            self.window.tell("unhandled", told)
