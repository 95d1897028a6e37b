"""Typesetting: a form and its data become a PDF, always the same one.

Forms are Typst sources of ours under `resources/`, and they import no packages; data reach them as JSON values, never
as Typst code, so no text can act as a command. Files outside `resources/` can't be reached. Only the fonts in
`resources/fonts` are used, and a letter they lack is an error. What comes out is tagged PDF/A-2a and PDF/UA-1, or
PDF/A-2u where tags would outweigh the text, with the creation time it was given.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from ecabinet import resources

_UNPRINTABLE = re.compile(
    "[^\n\x20-\x7e\xa0-\xac\xae-\u024f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20ab\u2190-\u2195\u2212\u2260\u2264\u2265]"
)


class TypesettingError(Exception):
    """A form could not be set. `reason` is Typst's diagnosis; it may quote the data, so it never goes to a log."""

    def __init__(self, form: str, reason: str) -> None:
        super().__init__(f"the form {form} could not be set")
        self.form = form
        self.reason = reason


def typeset(form: str, data: Mapping[str, object], *, made_at: datetime) -> bytes:
    """Set the form `resources/forms/{form}.typ` with `data`, which must be JSON values, and return the PDF.

    Text is set in NFC. `made_at` (aware) becomes the PDF's creation time. Raises TypesettingError.
    """
    return typeset_source(resources.path("forms", f"{form}.typ"), data, made_at=made_at)


def typeset_source(source: Path, data: Mapping[str, object], *, made_at: datetime, is_tagged: bool = True) -> bytes:
    """Set a Typst source anywhere below `resources/` as `typeset` sets a form."""
    with _failures_named(source):
        made, warnings = _compiler(source, data).compile_with_warnings(
            format="pdf",
            pdf_standards=["a-2a", "ua-1"] if is_tagged else ["a-2u"],
            pdf_tags=is_tagged,
            timestamp=_seconds(made_at),
        )
    return _flawless(source, made, warnings)[0]


def page_images(source: Path, data: Mapping[str, object], *, dots_per_inch: int) -> list[bytes]:
    """The pages of a source as PNG files, one each."""
    with _failures_named(source):
        made, warnings = _compiler(source, data).compile_with_warnings(format="png", ppi=float(dots_per_inch))
    return _flawless(source, made, warnings)


def printable(value: Any) -> Any:
    """JSON values with every letter that the typeface lacks written as its code point, [U+1F600]."""
    match value:
        case str():
            composed = unicodedata.normalize("NFC", value).replace("\r\n", "\n")
            return _UNPRINTABLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", composed)
        case dict():
            return {key: printable(member) for key, member in value.items()}
        case list() | tuple():
            return [printable(member) for member in value]
        case _:
            return value


def _compiler(source: Path, data: Mapping[str, object]) -> typst.Compiler:
    return typst.Compiler(
        source,
        root=resources.path(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": unicodedata.normalize("NFC", json.dumps(data, ensure_ascii=False))},
    )


@contextmanager
def _failures_named(source: Path) -> Iterator[None]:
    try:
        yield
    except typst.TypstError as error:
        raise TypesettingError(source.stem, error.diagnostic) from error


def _flawless(source: Path, made: bytes | list[bytes] | None, warnings: list[typst.TypstWarning]) -> list[bytes]:
    if warnings or made is None:
        raise TypesettingError(source.stem, "\n".join(warning.diagnostic for warning in warnings))
    return made if isinstance(made, list) else [made]


def _seconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("the time a paper is made must say its zone")
    return int(moment.timestamp())


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[resources.path("fonts")])
