"""Files a person asks for: whole or not at all, and for nobody but that person to read."""

import os
from collections.abc import Iterable
from pathlib import Path


def save_whole(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Writes a file from its parts, in place of one that may be there. Raises OSError and whatever `parts` raises."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
