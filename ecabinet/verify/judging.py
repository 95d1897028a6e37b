"""Judging files: what is said of each, and how the command then ends. Several are shared out over all cores."""

import gc
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ecabinet.core import codec
from ecabinet.core.evidence import (
    CheckResult,
    Culprit,
    ExitCode,
    Facts,
    Flaw,
    Policy,
    UnreadableBundle,
    check,
    read,
)
from ecabinet.core.evidence.memory import Memory
from ecabinet.core.evidence.report import FORMAT
from ecabinet.verify import html, saved, text
from ecabinet.verify.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Why there are no checks."""

    flaw: Flaw
    place: str
    culprit: Culprit | None = Culprit.BUNDLE
    """What is no bundle was made so by whoever made it, or had it in his hands since. None of what is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What `--json` prints: docs/evidence.md has the schema."""

    format: int
    exit: int
    unreadable: Unreadable | None
    checks: tuple[CheckResult, ...]
    facts: Facts | None


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier goes by."""

    anchors: tuple[bytes, ...]
    time_anchors: tuple[bytes, ...]
    revocations: tuple[bytes, ...]
    policy: Policy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How it is to be told."""

    language: Language
    is_json: bool
    has_page: bool
    """Whether an HTML page is asked for."""
    is_one_of_several: bool = False
    """Then a report is headed by the file's path, and JSON takes one line, which begins with it."""

    def heading(self, path: Path) -> str:
        """What the file is called: alone by its name, among others as it was given."""
        return str(path) if self.is_one_of_several else path.name


@dataclass(frozen=True, slots=True)
class Told:
    """Of one file. `page` is the HTML, where it was asked for."""

    code: ExitCode
    said: str
    page: str | None


_PDF = b"%PDF-"


def judge(path: Path, trust: Trust, wish: Wish, memory: Memory | None = None) -> Told:
    """Of a bundle, or of what a client saved beside one. Raises OSError when it can't be read."""
    file, is_pdf = html.File(name=path.name, digest="", size=0), False
    try:
        with path.open("rb") as opened:
            if wish.has_page:
                file = _measured(opened, file)
            start = _beginning(opened)
            is_pdf = start.startswith(_PDF)
            if saved.is_saved(start):
                return _judge_saved(path, saved.judge_saved(opened, start, trust.anchors), file, wish)
            bundle = read(opened)
            report = check(
                bundle,
                trust.anchors,
                trust.policy,
                time_anchors=trust.time_anchors,
                revocations=trust.revocations,
                memory=memory,
            )
            code = report.exit_code
            output = Output(format=FORMAT, exit=code, unreadable=None, checks=report.checks, facts=report.facts)
            said = _said(
                path, output, wish, lambda: text.write(wish.heading(path), bundle, report, trust.anchors, wish.language)
            )
            return _told(code, said, lambda: html.write(file, bundle, report, trust.anchors), wish)
    except UnreadableBundle as error:
        unread, code = error, ExitCode.UNREADABLE  # `error` ends with this clause
        flaw = Unreadable(flaw=unread.flaw, place=unread.place)
        output = Output(format=FORMAT, exit=code, unreadable=flaw, checks=(), facts=None)
        said = _said(
            path, output, wish, lambda: text.write_unreadable(wish.heading(path), unread, wish.language, is_pdf=is_pdf)
        )
        return _told(code, said, lambda: html.write_unreadable(file, unread, is_pdf=is_pdf), wish)


def unopened(path: Path, error: OSError, wish: Wish) -> Told:
    """Of one of several that can't be read: in words nothing, in JSON a line as every other has."""
    code = ExitCode.UNREADABLE
    flaw = Flaw.NO_FILE if isinstance(error, FileNotFoundError) else Flaw.NOT_OPENED
    unreadable = Unreadable(flaw=flaw, place="", culprit=None)
    output = Output(format=FORMAT, exit=code, unreadable=unreadable, checks=(), facts=None)
    return Told(code, _said(path, output, replace(wish, is_one_of_several=True), str), None)


def judge_each(paths: Sequence[Path], trust: Trust, wish: Wish) -> Iterator[Told | OSError]:
    """Of each file, in their order."""
    work = partial(_judge_one, trust=trust, wish=replace(wish, has_page=False, is_one_of_several=True))
    yield from over_cores(work, paths)


def over_cores(work: Callable[[Path], Any], paths: Sequence[Path]) -> Iterator[Any]:
    """What `work` gives of each path, in their order, all cores at work. Each process keeps what it may."""
    cores = min(os.cpu_count() or 1, len(paths))
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    if cores == 1:
        yield from map(work, paths)
        return
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - who checks one bundle does without

    with ProcessPoolExecutor(cores, initializer=settle) as processes:
        yield from processes.map(work, paths, chunksize=max(1, min(16, len(paths) // (4 * cores))))


MEMORY = Memory()
"""Of this process."""


def _judge_one(path: Path, trust: Trust, wish: Wish) -> Told | OSError:
    try:
        return judge(path, trust, wish, MEMORY)
    except OSError as error:
        return error


_MANY_OBJECTS = 1_000_000


def settle() -> None:
    """Has the collector pass over what stays, and seldom come by: what a bundle leaves behind has no cycles.

    Of a process that does nothing but judge, which takes a quarter less time then.
    """
    gc.freeze()
    gc.set_threshold(_MANY_OBJECTS)


def _judge_saved(path: Path, found: saved.Saved, file: html.File, wish: Wish) -> Told:
    said = _said(path, found.output, wish, lambda: saved.write(wish.heading(path), found, wish.language))
    return _told(found.code, said, lambda: html.write_saved(file, found), wish)


def _said(path: Path, output: Output | saved.SavedOutput, wish: Wish, in_words: Callable[[], str]) -> str:
    if not wish.is_json:
        return in_words()
    value = codec.to_value(output)
    if wish.is_one_of_several and isinstance(value, dict):
        return json.dumps({"bundle": str(path), **value}, ensure_ascii=False) + "\n"
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _told(code: ExitCode, said: str, page: Callable[[], str], wish: Wish) -> Told:
    return Told(code, said, page() if wish.has_page else None)


def _beginning(opened: io.BufferedReader) -> bytes:
    """What tells which kind of file it is, still to be read. Raises UnreadableBundle where there is nothing."""
    start = opened.peek(saved.BEGINNING)
    if not start:
        raise UnreadableBundle(Flaw.EMPTY)
    return start


def _measured(opened: io.BufferedReader, file: html.File) -> html.File:
    """With the digest of all its bytes, which are still to be read; as it is, where they can be read only once."""
    if not opened.seekable():
        return file
    digest = hashlib.file_digest(opened, "sha256").hexdigest()
    size = opened.tell()
    opened.seek(0)
    return html.File(name=file.name, digest=digest, size=size)
