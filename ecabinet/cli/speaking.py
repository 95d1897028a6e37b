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
def errors_told() -> Iterator[None]:
    """What the desk could not do, in the windows' words: what happened, what is safe, what to do."""
    from ecabinet.client.desk.errors import DeskError, RemoteError, StorageUnusable
    from ecabinet.client.ui.explanations import explain

    try:
        yield
    except (DeskError, RemoteError, StorageUnusable) as error:
        told = error  # `error` ends with this clause
        fail(lambda: explanation.whole if (explanation := explain(told)) else type(told).__name__)
