"""What the commands say: in Vietnamese and in English, and errors in the words of the windows."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def both(vietnamese: str, english: str) -> str:
    """A line of help, which is written before a language is chosen."""
    return f"{vietnamese} / {english}"


def tell(speak: Callable[[], str]) -> None:
    """Say something."""
    print(_in_both(speak))


def advise(speak: Callable[[], str]) -> None:
    """Say what comes next, beside an answer that programs may read."""
    print(_in_both(speak), file=sys.stderr)


def fail(speak: Callable[[], str], code: int = 1) -> NoReturn:
    """Say what went wrong, and leave with `code`."""
    print(f"✗ {_in_both(speak)}", file=sys.stderr)
    raise typer.Exit(code)


def _in_both(speak: Callable[[], str]) -> str:
    from ecabinet.client.ui import words

    return "\n  ".join(words.on_terminal(speak))


@contextmanager
def errors_told(*, is_joining: bool = False, has_asked: bool = False) -> Iterator[None]:
    """What the desk could not do, in the windows' words: what happened, what is safe, what to do.

    To somebody who `is_joining` nothing is said of papers and opinions that he can't have yet.
    """
    from ecabinet.client.desk.errors import DeskError, RemoteError, StorageUnusable
    from ecabinet.client.ui.explanations import explain, explain_joining

    def told(error: Exception) -> str:
        told = explain_joining(error, has_asked=has_asked) if is_joining else explain(error)
        return type(error).__name__ if told is None else told.whole

    try:
        yield
    except (DeskError, RemoteError, StorageUnusable) as error:
        met = error  # `error` ends with this clause
        fail(lambda: told(met))


@contextmanager
def missing_told() -> Iterator[None]:
    """What has to be installed first, where something that a command is made of is not there. Leaves with 1."""
    try:
        yield
    except ImportError as error:
        from ecabinet.client.ui.words import say

        missing, why = str(error.name).partition(".")[0], str(error)
        of_server = any(each.startswith("ecabinet.server") for each in _importing(error))
        if not isinstance(error, ModuleNotFoundError):
            words = _in_both(lambda: say("command.no_system_library", why=why))
        elif missing == "ecabinet":
            raise
        elif of_server:
            words = _in_both(lambda: say("command.no_server_parts", missing=missing, python=sys.executable))
        else:
            words = _in_both(lambda: say("command.no_client_parts", missing=missing, python=sys.executable))
        print(f"✗ {words}", file=sys.stderr)
        raise SystemExit(1) from error


def _importing(error: ImportError) -> Iterator[str]:
    """The modules that were at it."""
    place = error.__traceback__
    while place is not None:
        yield str(place.tb_frame.f_globals.get("__name__"))
        place = place.tb_next
