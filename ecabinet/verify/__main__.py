"""`ecabinet-verify BUNDLE… --trust PEM`: is this evidence true? No network, no server, no database.

It judges bundles, what clients saved from an alarm, and receipts (docs/evidence.md §6).

Exit status: 0 proven, 1 disproven, 2 unreadable, 3 nothing failed but something was not checked; of several bundles the
worst, in the order 1, 2, 3, 0.
"""

import argparse
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.evidence import ExitCode, Policy
from ecabinet.core.revocation import read_answer
from ecabinet.verify.judging import Told, Trust, Wish, judge, judge_each, settle, unopened
from ecabinet.verify.words import Language, Phrase, in_short, say


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; its exit status."""
    if arguments is None:  # as a command, not from within a program
        settle()
    parser = _parser()
    options = parser.parse_args(arguments)
    language = Language(options.language or Language.VIETNAMESE)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a Windows console's own code page may lack Vietnamese
    if options.html is not None and len(options.bundle) > 1:
        parser.error("--html: một tệp mỗi lần / one bundle at a time")
    given = (*options.bundle, *options.revocations, options.trust, options.policy, options.time_trust)
    if options.html is not None and options.html.resolve() in {each.resolve() for each in given if each is not None}:
        return _refuse(Phrase.OVER_INPUT, options.html, options, ValueError("a file that was given to be read"))
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
    revocations = []
    for path in options.revocations:
        try:
            revocations.append(read_answer(path.read_bytes()))
        except (OSError, ValueError) as error:
            return _refuse(Phrase.BAD_REVOCATIONS, path, options, error)
    return _verify(options, Trust(anchors, time_anchors, tuple(revocations), policy), language)


def _certificates(path: Path) -> tuple[bytes, ...]:
    """Those in a PEM file, DER. Raises OSError, ValueError.

    The library finds certificates in the middle of whatever it is given. So a bundle, which has its registrar's within,
    would vouch for itself: what is trusted is text, and nothing else.
    """
    text = path.read_bytes().decode("utf-8")
    if not all(character.isprintable() or character.isspace() for character in text):
        raise ValueError("not a text")
    return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(text.encode()))


def _verify(options: argparse.Namespace, trust: Trust, language: Language) -> int:
    wish = Wish(language=language, is_json=options.json, has_page=options.html is not None)
    if len(options.bundle) > 1:
        return _verify_each(options, trust, wish)
    (path,) = options.bundle
    try:
        told = judge(path, trust, wish)
    except OSError as error:
        return _refuse(Phrase.CANNOT_OPEN, path, options, error)
    return _tell(options, told, language)


def _verify_each(options: argparse.Namespace, trust: Trust, wish: Wish) -> int:
    """Of several: each report, then how many came to what; the worst is how the command ends."""
    codes = Counter[ExitCode]()
    for path, told in zip(options.bundle, judge_each(options.bundle, trust, wish), strict=True):
        if isinstance(told, OSError):
            _refuse(Phrase.CANNOT_OPEN, path, options, told)
            told = unopened(path, told, wish)  # noqa: PLW2901 - told all the same
        codes[told.code] += 1
        apart = told if wish.is_json or not told.said else replace(told, said=f"{told.said}\n")
        if _tell(options, apart, wish.language) != told.code:
            return ExitCode.INCOMPLETE
    if not wish.is_json:
        summary = "".join(f"{in_short(code, codes[code], wish.language)}\n" for code in _WORST_FIRST if codes[code])
        if _tell(options, Told(ExitCode.PROVEN, summary, None), wish.language) != ExitCode.PROVEN:
            return ExitCode.INCOMPLETE
    return next(code for code in _WORST_FIRST if codes[code])


_WORST_FIRST = (ExitCode.DISPROVEN, ExitCode.UNREADABLE, ExitCode.INCOMPLETE, ExitCode.PROVEN)


def _tell(options: argparse.Namespace, told: Told, language: Language) -> int:
    """Writes the report; the exit status. Who hears no more of it, as `head` does, changes no verdict."""
    code = told.code
    try:
        if told.page is not None:
            options.html.write_text(told.page, "utf-8")
    except OSError as error:
        _tell_unwritten(options.html, error, options)
        code = ExitCode.INCOMPLETE
    try:
        sys.stdout.write(told.said)
        sys.stdout.flush()
    except BrokenPipeError:
        _close_output()
    except OSError as error:  # a verdict whose reasons nobody can read is none
        _close_output()
        print(f"{say(Phrase.CANNOT_WRITE, language)}: {error.strerror}", file=sys.stderr)
        return ExitCode.INCOMPLETE
    return code


def _tell_unwritten(path: Path, error: OSError, options: argparse.Namespace) -> None:
    """Where, and the system's own reason, which is in words of ours where it is the usual one."""
    for language in Language if options.language is None else [Language(options.language)]:
        is_nowhere = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = say(Phrase.NO_SUCH_FOLDER, language) if is_nowhere else error.strerror
        print(f"{say(Phrase.CANNOT_WRITE, language)}: {path} ({why})", file=sys.stderr)


def _close_output() -> None:
    """So that nothing is tried again at the end, and fails again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    parser.add_argument(
        "bundle",
        type=Path,
        nargs="+",
        metavar="BUNDLE",
        help="*.asice; hoặc chứng cứ đã lưu từ cảnh báo, giấy ghi nhận receipt.zip / "
        "or the evidence that an alarm saved, or a receipt.zip",
    )
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
    parser.add_argument(
        "--revocations",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="danh sách thu hồi (CRL) hoặc trả lời OCSP của tổ chức cấp chứng thư bên ngoài; dùng được nhiều lần / "
        "a CRL or an OCSP answer of an outside authority; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="in báo cáo dạng JSON / print the report as JSON")
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="ghi thêm báo cáo song ngữ ra một tệp HTML / also write a report in both languages to an HTML file",
    )
    parser.add_argument(
        "--language",
        choices=[each.value for each in Language],
        help="ngôn ngữ của báo cáo; mặc định là tiếng Việt / of the report; Vietnamese by default",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
