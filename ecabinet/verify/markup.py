"""HTML that can't be written by what it is about: every child that this module has not made is text, and is escaped.

A page holds no script and asks nothing of any other place, and says so to the browser.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

from ecabinet.verify.text import clean

Pair: TypeAlias = tuple[str, str]
"""Vietnamese and English."""

_STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; color: #111; background: #fff;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
h1, h2, h3 { line-height: 1.3; break-after: avoid }
.en { color: #444; font-style: italic } h1 .en, h2 .en, h3 .en, th .en { font-weight: normal; font-size: .85em }
h1 .en, th .en, .verdict p .en { display: block }
.verdict { border: 2px solid #111; border-left-width: 12px; padding: .75rem 1rem; break-inside: avoid }
.verdict p { margin: .25rem 0 } .verdict .words { font-size: 1.2rem; font-weight: bold }
.proven { border-color: #14632d } .incomplete { border-color: #8a5a00 }
.disproven, .unreadable { border-color: #a11212 }
.failed { font-weight: bold; color: #a11212 } .not_checked { font-weight: bold; color: #6e4800 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
th, td { border: 1px solid #777; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { background: #eee } thead { display: table-header-group } tr { break-inside: avoid }
td.number { text-align: right; white-space: nowrap } th[scope=row] { width: 30% }
.digest { font-family: "Noto Sans Mono", Consolas, monospace; font-size: .85em }
ul { margin: .25rem 0; padding-left: 1.25rem }
@page { size: A4; margin: 20mm 15mm } @media print { body { margin: 0; padding: 0; max-width: none; font-size: 11pt } }
"""


class Markup(str):
    """What this module made: HTML, not text."""

    __slots__ = ()


def page(title: str, *body: str) -> str:
    """A whole file."""
    head = element(
        "head",
        _void("meta", charset="utf-8"),
        _void(
            "meta",
            http_equiv="Content-Security-Policy",
            content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        ),
        _void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(_STYLE)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, element('body', *body), lang='vi')}"


def element(tag: str, *children: str, **attributes: str) -> Markup:
    """An element. A child that is no Markup is text; so is every attribute. `class_` and `http_equiv` as in Python."""
    return Markup(f"{_void(tag, **attributes)}{markup(*children)}</{tag}>\n")


def markup(*children: str) -> Markup:
    """One after the other."""
    return Markup("".join(each if isinstance(each, Markup) else _text(each) for each in children))


def both(pair: Pair) -> Markup:
    """Vietnamese, and English beside it; once, where both are the same."""
    vietnamese, english = pair
    if vietnamese == english:
        return markup(vietnamese)
    return markup(vietnamese, Markup(f' <span class="en" lang="en">{_text(english)}</span>'))


def heading(tag: str, pair: Pair) -> Markup:
    """`h1`, `h2` or `h3`."""
    return element(tag, both(pair))


def broken(*parts: str) -> Markup:
    """Each on a line of its own."""
    return Markup(_void("br").join(markup(each) for each in parts if each))


def table(heads: Sequence[Pair], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> Markup:
    """With a head that every printed page repeats. With `numbers`, all but the first column are."""
    head = element("thead", element("tr", *(element("th", both(each), scope="col") for each in heads)))
    return element("table", head, element("tbody", *(_row(each, numbers=numbers) for each in rows)))


def _row(cells: Sequence[str], *, numbers: bool) -> Markup:
    styles = ({"class_": "number"} if numbers and place else {} for place in range(len(cells)))
    return element("tr", *(element("td", cell, **style) for cell, style in zip(cells, styles, strict=True)))


def pairs(*rows: tuple[Pair, str]) -> Markup:
    """A table of names and values; a value that is empty is left out."""
    written = (
        element("tr", element("th", both(name), scope="row"), element("td", value)) for name, value in rows if value
    )
    return element("table", element("tbody", *written))


def digest(value: str) -> str:
    """A digest as it may be compared; empty as it is."""
    return element("span", value, class_="digest") if value else ""


def _void(tag: str, **attributes: str) -> Markup:
    written = (f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{''.join(written)}>")


def _text(text: str) -> str:
    """On as many lines as it has, without control characters."""
    return "<br>".join(escape(clean(line)) for line in text.split("\n"))
