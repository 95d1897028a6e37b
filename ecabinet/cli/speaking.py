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
