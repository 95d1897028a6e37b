"""`ecabinet-verify BUNDLE --trust PEM`: is this evidence true? No network, no server, no database.

Exit status: 0 proven, 1 disproven, 2 unreadable, 3 nothing failed but something was not checked.
"""

import argparse
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.canonical import LARGEST_STATEMENT
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
from ecabinet.core.evidence.report import FORMAT
from ecabinet.core.fork import ForkFacts, ForkVerdict, UnreadableEvidence, check_fork, read_fork
from ecabinet.verify import html, text
from ecabinet.verify.words import Language, Phrase, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Why there are no checks."""

    flaw: Flaw
    place: str
    culprit: Culprit = Culprit.BUNDLE
    """What is no bundle was made so by whoever made it, or had it in his hands since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What `--json` prints: docs/evidence.md has the schema."""

    format: int
    exit: int
    unreadable: Unreadable | None
    checks: tuple[CheckResult, ...]
    facts: Facts | None

    def text(self) -> str:
        return json.dumps(codec.to_value(self), ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkOutput:
    """What `--json` prints of evidence that a log signed two histories."""

    format: int
    exit: int
    fork: ForkFacts
    culprit: Culprit | None
    """The log, if the evidence convicts it."""

    def text(self) -> str:
        return json.dumps(codec.to_value(self), ensure_ascii=False, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; its exit status."""
    options = _parser().parse_args(arguments)
    language = Language(options.language or Language.VIETNAMESE)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a Windows console's own code page may lack Vietnamese
    given = (options.bundle, options.trust, options.policy, options.time_trust)
    if options.html is not None and options.html.resolve() in {each.resolve() for each in given if each is not None}:
        return _refuse(Phrase.CANNOT_WRITE, options.html, options, ValueError("a file that was given to be read"))
    try:
        anchors = _certificates(options.trust)
    except (OSError, ValueError) as error:
        return _refuse(Phrase.BAD_TRUST, options.trust, options, error)
    try:
        time_anchors = () if options.time_trust is None else _certificates(options.time_trust)
    except (OSError, ValueError) as error:
        return _refuse(Phrase.BAD_TIME_TRUST, options.time_trust, options, error)
    policy = None
    if options.policy is not None:
        try:
            policy = codec.from_value(Policy, json.loads(options.policy.read_bytes()))
        except (OSError, ValueError, RecursionError) as error:
            return _refuse(Phrase.BAD_POLICY, options.policy, options, error)
    return _verify(options, _Trust(anchors, time_anchors, policy), language)


@dataclass(frozen=True, slots=True)
class _Trust:
    """What the verifier goes by."""

    anchors: tuple[bytes, ...]
    time_anchors: tuple[bytes, ...]
    policy: Policy | None


def _certificates(path: Path) -> tuple[bytes, ...]:
    """Those in a PEM file, DER. Raises OSError, ValueError."""
    return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(path.read_bytes()))


def _verify(options: argparse.Namespace, trust: _Trust, language: Language) -> int:
    file = html.File(name=options.bundle.name, digest="", size=0)
    try:
        with options.bundle.open("rb") as opened:
            if options.html is not None:
                file = _measured(opened, file)
            if opened.peek(1)[:1] == b"{":
                return _verify_fork(options, opened.read(LARGEST_STATEMENT + 1), file, trust.anchors, language)
            bundle = read(opened)
    except OSError as error:
        return _refuse(Phrase.CANNOT_OPEN, options.bundle, options, error)
    except UnreadableBundle as error:
        if options.json:
            unreadable = Unreadable(flaw=error.flaw, place=error.place)
            code = ExitCode.UNREADABLE
            said = Output(format=FORMAT, exit=code, unreadable=unreadable, checks=(), facts=None).text()
        else:
            said = text.write_unreadable(options.bundle.name, error, language)
        unread = error  # `error` ends with this clause
        return _tell(options, said, lambda: html.write_unreadable(file, unread), ExitCode.UNREADABLE, language)
    report = check(bundle, trust.anchors, trust.policy, trust.time_anchors)
    if options.json:
        code = report.exit_code
        said = Output(format=FORMAT, exit=code, unreadable=None, checks=report.checks, facts=report.facts).text()
    else:
        said = text.write(options.bundle.name, report, language)
    return _tell(options, said, lambda: html.write(file, bundle, report, trust.anchors), report.exit_code, language)


def _measured(opened: io.BufferedReader, file: html.File) -> html.File:
    """With the digest of all its bytes, which are still to be read; as it is, where they can be read only once."""
    if not opened.seekable():
        return file
    digest = hashlib.file_digest(opened, "sha256").hexdigest()
    size = opened.tell()
    opened.seek(0)
    return html.File(name=file.name, digest=digest, size=size)


def _tell(options: argparse.Namespace, said: str, page: Callable[[], str], code: ExitCode, language: Language) -> int:
    """Writes the report; the exit status. Who hears no more of it, as `head` does, changes no verdict."""
    try:
        if options.html is not None:
            options.html.write_text(page(), "utf-8")
    except OSError as error:
        print(f"{say(Phrase.CANNOT_WRITE, language)}: {error.strerror}", file=sys.stderr)
        code = ExitCode.INCOMPLETE
    try:
        sys.stdout.write(said)
        sys.stdout.flush()
    except BrokenPipeError:
        _close_output()
    except OSError as error:  # a verdict whose reasons nobody can read is none
        _close_output()
        print(f"{say(Phrase.CANNOT_WRITE, language)}: {error.strerror}", file=sys.stderr)
        return ExitCode.INCOMPLETE
    return code


def _close_output() -> None:
    """So that nothing is tried again at the end, and fails again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _verify_fork(
    options: argparse.Namespace, data: bytes, file: html.File, anchors: tuple[bytes, ...], language: Language
) -> int:
    """Of a client's evidence that it was shown two histories: proven, if the log signed them.

    Raises UnreadableBundle.
    """
    try:
        facts = check_fork(read_fork(data), anchors)
    except UnreadableEvidence as error:
        raise UnreadableBundle(Flaw.NOT_A_BUNDLE) from error
    code = _FORK_CODES.get(facts.verdict, ExitCode.DISPROVEN)
    if options.json:
        culprit = Culprit.LOG if facts.verdict is ForkVerdict.CONVICTED else None
        said = ForkOutput(format=FORMAT, exit=code, fork=facts, culprit=culprit).text()
    else:
        said = text.write_fork(options.bundle.name, facts, language)
    return _tell(options, said, lambda: html.write_fork(file, facts, code), code, language)


_FORK_CODES = {
    ForkVerdict.CONVICTED: ExitCode.PROVEN,
    ForkVerdict.CUT_SHORT: ExitCode.PROVEN,
    ForkVerdict.OPEN: ExitCode.INCOMPLETE,
}


def _refuse(phrase: Phrase, path: Path, options: argparse.Namespace, error: Exception) -> int:
    """Says why a file that was named is of no use, in both languages unless one was asked for."""
    if isinstance(error, FileNotFoundError):
        phrase = Phrase.NO_SUCH_FILE
    elif isinstance(error, OSError):
        phrase = Phrase.CANNOT_OPEN
    for language in Language if options.language is None else [Language(options.language)]:
        print(f"{say(phrase, language)}: {path}", file=sys.stderr)
    return ExitCode.UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ecabinet-verify",
        description="Kiểm tra hồ sơ chứng cứ của một phiếu lấy ý kiến. / Check the evidence of an opinion ballot.",
        epilog="0: proven · 1: disproven · 2: unreadable · 3: nothing failed, but something was not checked",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="*.asice")
    parser.add_argument(
        "--trust",
        type=Path,
        required=True,
        metavar="PEM",
        help="chứng thư của người phụ trách đăng ký, hoặc của nơi cấp / the registrar's certificate, or its issuer's",
    )
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help="quy định của người kiểm tra, thay cho quy định đã ký / your policy in place of the one that was signed",
    )
    parser.add_argument(
        "--time-trust",
        type=Path,
        metavar="PEM",
        help="tổ chức cấp dấu thời gian đáng tin / the time-stamp authorities you trust, or their issuers",
    )
    parser.add_argument("--json", action="store_true", help="in báo cáo dạng JSON / print the report as JSON")
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="ghi thêm báo cáo song ngữ ra một tệp HTML / also write a report in both languages to an HTML file",
    )
    parser.add_argument("--language", choices=[each.value for each in Language])
    return parser


if __name__ == "__main__":
    sys.exit(main())
