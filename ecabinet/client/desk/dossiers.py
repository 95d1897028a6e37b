"""Hồ sơ lấy ý kiến, beside the evidence it is made from.

It is made from the saved file, whose digest it names: a time stamp that was added on saving changes the file.
"""

import hashlib
from pathlib import Path

from ecabinet.client.desk.saving import save_whole
from ecabinet.core.evidence import UnreadableBundle, read


class NoDossier(Exception):
    """None could be made of this bundle: it can't be read, does not prove right, or could not be set."""


def dossier_beside(bundle: Path) -> Path:
    """Where the dossier of a bundle goes: `phieu.asice` has `phieu-ho-so.pdf`."""
    return bundle.with_name(f"{bundle.stem}-ho-so.pdf")


def save_dossier(bundle: Path, out: Path) -> None:
    """Makes the dossier of the bundle in a file, and writes it to `out`. Raises OSError, NoDossier."""
    # Typst takes 80 ms to load, for which nobody shall wait who makes no dossier.
    from ecabinet.papers.dossier import UnprovenBundle, typeset_dossier  # noqa: PLC0415
    from ecabinet.papers.forms import TypesettingError  # noqa: PLC0415

    try:
        with bundle.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            made = typeset_dossier(read(file), digest=digest, size=size)
    except (UnreadableBundle, UnprovenBundle, TypesettingError) as error:
        raise NoDossier from error
    save_whole(out, [made])
