"""Nothing is left unsaid: every key the windows use exists in both languages, and every word is used."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import ecabinet.client.ui
from ecabinet.client.ui import words
from ecabinet.client.ui.words import Language, Names, number, say, size

UI = Path(ecabinet.client.ui.__file__).parent
COMMANDS = UI.parents[1] / "cli"
DEMO = UI.parents[1] / "demo"
VIETNAMESE_LETTERS = re.compile(r"[À-ỹĐđ]")


@cache
def code() -> dict[Path, ast.Module]:
    return {
        file: ast.parse(file.read_text("utf-8"))
        for file in [
            *sorted(UI.rglob("*.py")),
            UI.parent / "app.py",
            *sorted(COMMANDS.glob("*.py")),
            *sorted(DEMO.glob("*.py")),
        ]
    }


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    for file, tree in code().items():
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            spelt = (
                called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
            )
            if spelt == name and isinstance(node, ast.Call):
                yield file, node


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def names() -> list[Names]:  # type: ignore[type-arg]
    for module in pkgutil.walk_packages(ecabinet.client.ui.__path__, "ecabinet.client.ui."):
        importlib.import_module(module.name)
    importlib.import_module("ecabinet.demo.journey")
    return Names.made


@cache
def said() -> dict[str, set[str]]:
    """Every key said by name, with the fields it is given."""
    found: dict[str, set[str]] = {}
    for file, call in calls("say"):
        key = call.args[0] if call.args else None
        where = f"{file.name}:{call.lineno}"
        assert isinstance(key, ast.Constant), f"{where}: the key is not written out; use Names for a choice"
        assert isinstance(key.value, str), where
        assert all(keyword.arg for keyword in call.keywords), f"{where}: the fields are not written out"
        found.setdefault(key.value, set()).update(str(keyword.arg) for keyword in call.keywords)
    return found


@pytest.mark.parametrize("language", Language)
def test_every_key_that_is_said_is_written(language: Language) -> None:
    needed = set(said()).union(*(name.keys for name in names()))
    assert needed - set(words.read(language)) == set()


def test_both_languages_have_the_same_keys() -> None:
    vietnamese, english = (set(words.read(language)) for language in Language)
    assert vietnamese ^ english == set()


def test_no_words_are_left_over() -> None:
    needed = set(said()).union(*(name.keys for name in names()))
    assert set(words.read(Language.VIETNAMESE)) - needed == set()


def test_every_field_that_is_written_is_given_and_the_other_way_round() -> None:
    vietnamese, english = (words.read(language) for language in Language)
    wrong = {key: given for key, given in said().items() if fields(vietnamese[key]) | fields(english[key]) != given}
    assert wrong == {}


def test_no_words_stand_in_the_code() -> None:
    found = []
    for file, tree in code().items():
        if file == UI / "gallery.py":
            continue  # the sample's titles, which are data
        if file.parent in (COMMANDS, DEMO):
            continue  # what commands ask is in both languages at once; the demo presses what says this or that
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            f"{file.name}:{node.lineno} {node.value!r}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
            and len(node.value) > 1
            and VIETNAMESE_LETTERS.search(node.value)
        ]
    assert found == []


@pytest.mark.parametrize("language", Language)
def test_words_are_clean(language: Language) -> None:
    untidy = {
        key: text for key, text in words.read(language).items() if text != text.strip() or "  " in text or "..." in text
    }
    assert untidy == {}


def test_vietnamese_keeps_one_tone_style() -> None:
    old = re.compile(r"(?i)(o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?!\w)")
    assert {key: text for key, text in words.read(Language.VIETNAMESE).items() if old.search(text)} == {}


def test_a_key_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("ballots.nobody_wrote_this")


@pytest.mark.parametrize(
    ("language", "value", "decimals", "written"),
    [
        (Language.VIETNAMESE, 1234.5, 1, "1.234,5"),
        (Language.VIETNAMESE, 1_234_567, 0, "1.234.567"),
        (Language.ENGLISH, 1234.5, 1, "1,234.5"),
        (Language.VIETNAMESE, 0, 0, "0"),
        (Language.VIETNAMESE, -48_490, 0, "-48.490"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    language: Language, value: float, decimals: int, written: str
) -> None:
    words.use(language)
    assert number(value, decimals) == written


@pytest.mark.parametrize(
    ("octets", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_536, "2 KB"),
        (850 * 1024, "850 KB"),
        (13_000_000, "12,4 MB"),
        (500 * 1024**2, "500 MB"),
        (2 * 1024**3, "2,0 GB"),
    ],
)
def test_sizes_are_short(octets: int, written: str) -> None:
    assert size(octets) == written
