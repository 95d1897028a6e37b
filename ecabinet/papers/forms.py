"""Typesetting: a form and its data become a PDF, always the same one.

Forms are Typst sources of ours under `resources/`, and they import no packages; data reach them as JSON values, never as
Typst code, so no text can act as a command. Files outside `resources/` can't be reached. Only the fonts in
`resources/fonts` are used, and a letter they lack is an error. What comes out is tagged PDF/A-2a and PDF/UA-1 with the
creation time it was given.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import typst

from ecabinet import resources


class TypesettingFailed(Exception):
    """A form could not be set. `reason` is Typst's diagnosis; it may quote the data, so it never goes to a log."""

    def __init__(self, form: str, reason: str) -> None:
        super().__init__(f"the form {form} could not be set")
        self.form = form
        self.reason = reason


def typeset(form: str, data: Mapping[str, object], *, made_at: datetime) -> bytes:
    """Set the form `resources/forms/{form}.typ` with `data`, which must be JSON values, and return the PDF.

    Text is set in NFC. `made_at` (aware) becomes the PDF's creation time. Raises TypesettingFailed.
    """
    return typeset_source(resources.path("forms", f"{form}.typ"), data, made_at=made_at)


def typeset_source(source: Path, data: Mapping[str, object], *, made_at: datetime) -> bytes:
    """Set a Typst source anywhere below `resources/` as `typeset` sets a form."""
    return _compile(source, data, made_at, "pdf")[0]


def page_images(source: Path, data: Mapping[str, object], *, made_at: datetime, dots_per_inch: int) -> list[bytes]:
    """The pages of a source as PNG files, one each."""
    return _compile(source, data, made_at, "png", float(dots_per_inch))


def _compile(
    source: Path,
    data: Mapping[str, object],
    made_at: datetime,
    output: Literal["pdf", "png"],
    ppi: float | None = None,
) -> list[bytes]:
    if made_at.tzinfo is None:
        raise ValueError("made_at must say its zone")
    try:
        compiler = typst.Compiler(
            source,
            root=resources.path(),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": unicodedata.normalize("NFC", json.dumps(data, ensure_ascii=False))},
        )
        made, warnings = compiler.compile_with_warnings(
            format=output, ppi=ppi, pdf_standards=["a-2a", "ua-1"], timestamp=int(made_at.timestamp())
        )
    except typst.TypstError as error:
        raise TypesettingFailed(source.stem, error.diagnostic) from error
    if warnings:
        raise TypesettingFailed(source.stem, "\n".join(warning.diagnostic for warning in warnings))
    if made is None:
        raise TypesettingFailed(source.stem, "nothing was set")
    return made if isinstance(made, list) else [made]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[resources.path("fonts")])
