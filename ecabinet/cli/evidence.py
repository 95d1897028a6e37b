"""Commands on evidence in files. Checking it is `ecabinet-verify`'s."""

from pathlib import Path
from typing import Annotated

import typer

from ecabinet.cli.speaking import both, fail, tell


def dossier(
    bundle: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help=both("Tệp hồ sơ chứng cứ, .asice.", "The evidence, .asice.")),
    ],
    out: Annotated[
        Path | None,
        typer.Argument(
            help=both("Tệp PDF sẽ ghi; mặc định ở bên cạnh.", "The PDF to write; beside the bundle by default.")
        ),
    ] = None,
) -> None:
    """Write a bundle's dossier (Hồ sơ lấy ý kiến), one PDF/A for reading, printing and filing."""
    from ecabinet.client.desk.dossiers import NoDossier, dossier_beside, save_dossier
    from ecabinet.client.ui.words import say

    path = out or dossier_beside(bundle)
    if path.exists() and path.samefile(bundle):
        fail(lambda: say("command.dossier_over_bundle", file=str(path)))
    try:
        save_dossier(bundle, path)
    except NoDossier:
        fail(lambda: say("command.no_dossier", file=str(bundle)))
    except OSError as error:
        file, why = bundle if error.filename == str(bundle) else path, error.strerror or str(error)
        fail(lambda: say("command.dossier_file", file=str(file), why=why))
    tell(lambda: say("command.dossier_made", file=str(path)))
