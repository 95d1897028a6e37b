"""A person at a windowed client, as the conductor sees one: what is pressed, typed, awaited and photographed."""

import time
from collections.abc import Sequence
from pathlib import Path

from ecabinet.demo.stage import Actor, StageError

PATIENCE = 40.0
"""Seconds a window has to show what is awaited."""
_LOOK_AGAIN = 0.05


class Hands:
    """Presses keys and buttons in one client."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def wait(self, widget: str, text: str = "", seconds: float = PATIENCE) -> str:
        """Waits until a widget with this text can be used; what it says."""
        meant = f"was to show {_named(widget)}{_saying(text)}"
        return str(self._actor.do("wait", meant=meant, widget=widget, text_has=text, seconds=seconds)["text"])

    def wait_gone(self, widget: str, text: str = "", seconds: float = PATIENCE) -> None:
        meant = f"was to put {_named(widget)}{_saying(text)} away"
        self._actor.do("wait", meant=meant, widget=widget, text_has=text, gone=True, seconds=seconds)

    def click(self, widget: str, text: str = "", seconds: float = PATIENCE) -> None:
        meant = f"was to offer {_named(widget)}{_saying(text)} to press"
        self._actor.do("click", meant=meant, widget=widget, text_has=text, seconds=seconds)

    def open_row(self, rows: str, text: str, seconds: float = PATIENCE) -> None:
        """Clicks the row of a list that has these words."""
        meant = f"was to offer, in {_named(rows)}, a row{_saying(text)}"
        self._actor.do("open_row", meant=meant, widget=rows, row_has=text, seconds=seconds)

    def wait_row(self, rows: str, text: str, *, lacks: str | None = None, seconds: float = PATIENCE) -> None:
        """Waits until a list has a row with these words, and without those others."""
        meant = f"was to show, in {_named(rows)}, a row{_saying(text)}"
        self._actor.do("find_row", meant=meant, widget=rows, row_has=text, row_lacks=lacks, seconds=seconds)

    def fill(self, widget: str, text: str, seconds: float = PATIENCE) -> None:
        """Goes to a field, takes out what stands in it, and types."""
        self._actor.do(
            "type", meant=f"was to offer {_named(widget)} to type in", widget=widget, text="", seconds=seconds
        )
        self.press("Ctrl+A")
        self._actor.do("type", text=text, seconds=seconds)

    def choose(self, widget: str, place: int, seconds: float = PATIENCE) -> None:
        """Takes one of what drops down, by its place from the top, the first being 0."""
        meant = f"was to offer {_named(widget)} to choose from"
        self._actor.do("type", meant=meant, widget=widget, text="", seconds=seconds)
        self.press("Home")
        self.press("Down", place)

    def type(self, text: str) -> None:
        """Types where the keyboard is."""
        self._actor.do("type", text=text)

    def press(self, keys: str, times: int = 1) -> None:
        for _ in range(times):
            self._actor.do("press", keys=keys)

    def drop(self, widget: str, files: Sequence[Path], seconds: float = PATIENCE) -> None:
        meant = f"was to take {len(files)} files at {_named(widget)}"
        self._actor.do("drop", meant=meant, widget=widget, files=[str(file) for file in files], seconds=seconds)

    def texts(self, widget: str) -> list[str]:
        """What all widgets of this name say."""
        return list(self._actor.do("texts", widget=widget)["texts"])

    def photograph(self, file: Path) -> None:
        """Keeps a picture of the window in front."""
        self._actor.do("grab", meant="was to be photographed", file=str(file))

    def save(self, button: str, file: Path, *, last: Path | None = None, seconds: float = PATIENCE) -> None:
        """Presses a button that asks where to save, answers, and waits for the file, or the `last` of several."""
        self.click(button, seconds=seconds)
        self.fill("fileNameEdit", str(file.absolute()))  # the dialogue opens where documents are
        self.press("Return")
        until = time.monotonic() + seconds
        awaited = last or file
        while not awaited.exists():
            if time.monotonic() > until:
                raise StageError(f"{awaited.name} was not saved")
            time.sleep(_LOOK_AGAIN)


def _named(widget: str) -> str:
    return f"“{widget.replace('_', ' ').replace('.', ' ')}”"


def _saying(text: str) -> str:
    return f" with the words “{text}”" if text else ""
