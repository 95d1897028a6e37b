"""`ecabinet-verify` as a stranger runs it."""

import hashlib
import json
import ssl
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ecabinet.core.envelope import parse
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Flaw, Verdict
from ecabinet.core.people import Role
from ecabinet.core.register import WitnessPolicy
from ecabinet.keys.certificates import Authority
from ecabinet.verify.__main__ import main
from ecabinet.verify.certificates import name_in_words
from ecabinet.verify.words import Language, Phrase, say
from tests.bundles import sealed
from tests.cabinet import Cabinet

ROOT = Path(__file__).parents[2]


def run(folder: Path, bundle: str, *options: str) -> int:
    return main([str(folder / bundle), "--trust", str(folder / "anchors.pem"), *options])


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (["honest.asice"], ExitCode.PROVEN, ("ĐÃ CHỨNG MINH", "PROVEN")),
        (["forged.asice"], ExitCode.DISPROVEN, ("BÁC BỎ", "DISPROVEN")),
        (["none.asice"], ExitCode.UNREADABLE, ("KHÔNG ĐỌC ĐƯỢC", "UNREADABLE")),
        (["honest.asice", "--policy", "policy.json"], ExitCode.INCOMPLETE, ("CHƯA KẾT LUẬN", "NOT CONCLUDED")),
    ],
)
def test_it_says_and_returns_what_it_found(
    given: list[str], code: ExitCode, words: tuple[str, str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vietnamese, english = words
    bundle, *options = given
    given = [str(folder / each) if each.endswith(".json") else each for each in options]
    assert run(folder, bundle, *given) == code
    assert vietnamese in capsys.readouterr().out
    assert run(folder, bundle, *given, "--language", "en") == code
    assert english in capsys.readouterr().out
    assert run(folder, bundle, *given, "--json") == code
    output = json.loads(capsys.readouterr().out)
    assert (output["format"], output["exit"]) == (1, code)
    assert (output["unreadable"] is None) == (code is not ExitCode.UNREADABLE)


def test_a_time_stamp_is_asked_for_by_naming_an_authority(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "honest.asice", "--time-trust", str(folder / "anchors.pem"), "--language", "en") == 3
    assert "[Not checked] Time stamp" in capsys.readouterr().out
    assert run(folder, "honest.asice", "--time-trust", str(folder / "policy.json")) == ExitCode.UNREADABLE
    assert say(Phrase.BAD_TIME_TRUST, Language.VIETNAMESE) in capsys.readouterr().err


def test_what_an_authority_says_is_a_list_or_an_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = folder / "list.crl"
    authority = Authority.found(body="CA", at=datetime.now(UTC), valid_for=timedelta(days=1))
    listed.write_bytes(authority.revocation_list({}, number=1, at=datetime.now(UTC), valid_for=timedelta(days=1)))
    assert run(folder, "honest.asice", "--revocations", str(listed), "--language", "en") == ExitCode.PROVEN
    assert "[Not applicable] Outside certificates" in capsys.readouterr().out
    assert run(folder, "honest.asice", "--revocations", str(folder / "policy.json")) == ExitCode.UNREADABLE
    assert say(Phrase.BAD_REVOCATIONS, Language.VIETNAMESE) in capsys.readouterr().err


def test_a_judge_reads_who_did_what_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, "forged.asice")
    text = capsys.readouterr().out
    line = next(line for line in text.splitlines() if "chữ ký số không đúng" in line)
    assert "opinion.json" in line
    assert say(Culprit.BUNDLE, Language.VIETNAMESE) in line


def test_a_judge_reads_what_the_ballot_came_to(
    folder: Path, cabinet: Cabinet, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "honest.asice", "--language", "en")
    text = capsys.readouterr().out
    for part in (
        cabinet.asked.subject,
        "2026-11-20 08:10:00+07:00",
        "Đồng ý 2, Không đồng ý 1, Ý kiến khác 1, no answer 1 → not passed: no option reached",
        "Đồng ý 4, Không đồng ý 0, Ý kiến khác 0, no answer 1 → Đồng ý: passed",
        "Giám đốc Sở Nội vụ: no answer",
    ):
        assert part in text


def test_nothing_is_called_carried_when_too_few_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cabinet = Cabinet.with_open_ballot()
    for person in ("chair", "finance", "construction"):  # more than half of five agree, of whom two thirds must answer
        cabinet.answer(person)
    cabinet.close()
    cabinet.announce()
    (tmp_path / "few.asice").write_bytes(sealed(cabinet))
    (tmp_path / "anchors.pem").write_bytes(ssl.DER_cert_to_PEM_cert(cabinet.anchors[0]).encode())
    assert run(tmp_path, "few.asice", "--language", "en") == ExitCode.PROVEN
    text = capsys.readouterr().out
    assert text.count("Đồng ý: chosen, but without effect, as too few answered") == 2


def test_the_json_has_the_documented_members(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, "forged.asice", "--json")
    output = json.loads(capsys.readouterr().out)
    assert output.keys() == {"format", "exit", "unreadable", "checks", "facts"}
    assert [each["check"] for each in output["checks"]] == [each.value for each in Check]
    (container,) = (each for each in output["checks"] if each["check"] == "container")
    assert container["verdict"] == "failed"
    assert container["findings"][0].keys() == {"verdict", "fault", "culprit", "who", "place", "detail"}
    run(folder, "honest.asice", "--json")
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert facts["opinions"][0]["answers"][0] == {"question": "total", "option": "agree", "text": ""}
    run(folder, "none.asice", "--json")
    assert json.loads(capsys.readouterr().out)["unreadable"] == {
        "flaw": "cut_short",
        "place": "",
        "culprit": "bundle",
    }


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["honest.asice", "--trust", "absent.pem"], Phrase.NO_SUCH_FILE),
        (["honest.asice", "--trust", "none.asice"], Phrase.BAD_TRUST),
        (["absent.asice", "--trust", "anchors.pem"], Phrase.NO_SUCH_FILE),
        ([".", "--trust", "anchors.pem"], Phrase.CANNOT_OPEN),
        (["honest.asice", "--trust", "anchors.pem", "--policy", "absent.json"], Phrase.NO_SUCH_FILE),
        (["honest.asice", "--trust", "anchors.pem", "--policy", "anchors.pem"], Phrase.BAD_POLICY),
    ],
)
def test_what_it_can_not_use_it_names(
    arguments: list[str], phrase: Phrase, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [each if each.startswith("--") else str(folder / each) for each in arguments]
    assert main(given) == ExitCode.UNREADABLE
    said = capsys.readouterr().err
    assert [each for each in Language if say(phrase, each) not in said] == []
    main([*given, "--language", "en"])
    assert capsys.readouterr().err.startswith(f"{say(phrase, Language.ENGLISH)}: {folder}")


def test_a_wrong_trust_is_not_only_the_bundles_fault(
    folder: Path, cabinet: Cabinet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Cabinet.with_result().anchors[0]
    (tmp_path / "other.pem").write_text(ssl.DER_cert_to_PEM_cert(other))
    main([str(folder / "honest.asice"), "--trust", str(tmp_path / "other.pem")])
    text = capsys.readouterr().out
    assert say(Phrase.OR_WRONG_TRUST, Language.VIETNAMESE) in text
    for phrase, certificate in ((Phrase.TRUSTED, other), (Phrase.REGISTRAR_NAMED, cabinet.anchors[0])):
        named = text.partition(f"{say(phrase, Language.VIETNAMESE)}: chức vụ: Chánh Văn phòng UBND tỉnh;")[2]
        assert named.splitlines()[1] == f"      SHA-256 {hashlib.sha256(certificate).digest().hex(':').upper()}"


@pytest.mark.parametrize("option", ["--trust", "--time-trust"])
def test_no_bundle_vouches_for_itself(
    option: str, folder: Path, cabinet: Cabinet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, anchors = folder / "honest.asice", tmp_path / "anchors.pem"
    anchors.write_text("Người phụ trách đăng ký\n" + ssl.DER_cert_to_PEM_cert(cabinet.anchors[0]), "utf-8")
    assert main([str(bundle), "--trust", str(anchors)]) == ExitCode.PROVEN
    capsys.readouterr()
    assert main([str(bundle), "--trust", str(anchors), option, str(bundle)]) == ExitCode.UNREADABLE
    told = capsys.readouterr()
    assert (told.out, f"Tệp {option} không chứa chứng thư dạng PEM" in told.err) == ("", True)


def test_a_name_is_said_in_its_parts_and_none_passes_for_another() -> None:
    title = "Giám đốc Sở Tài chính, Chủ tịch Hội đồng; cơ quan: Văn phòng Chính phủ"
    parts = {NameOID.ORGANIZATION_NAME: "UBND tỉnh", NameOID.TITLE: title, NameOID.COMMON_NAME: "Giám đốc Sở…"}
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])
    said = "title: Giám đốc Sở Tài chính, Chủ tịch Hội đồng, cơ quan: Văn phòng Chính phủ; organisation: UBND tỉnh"
    assert name_in_words(name, Language.ENGLISH) == said
    assert name_in_words(x509.Name.from_rfc4514_string(name.rfc4514_string()), Language.ENGLISH) == said


@pytest.mark.parametrize(
    ("begins", "phrase"),
    [(b"%PDF-1.7\n", Phrase.IS_PDF), (None, Phrase.GET_AGAIN)],
)
def test_what_to_do_about_a_file_that_is_no_bundle_is_said(
    begins: bytes | None,
    phrase: Phrase,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    honest = (folder / "honest.asice").read_bytes()
    given = tmp_path / "given.asice"
    given.write_bytes(begins or honest[: len(honest) // 3])
    assert main([str(given), "--trust", str(folder / "anchors.pem")]) == ExitCode.UNREADABLE
    text = capsys.readouterr().out
    assert say(phrase, Language.VIETNAMESE) in text
    assert say(Culprit.BUNDLE, Language.VIETNAMESE) not in text
    assert begins or f"{say(Flaw.CUT_SHORT, Language.VIETNAMESE)}: " in text


@pytest.mark.parametrize(("data", "flaw"), [(b"", Flaw.EMPTY), (b'{"known', Flaw.NOT_SAVED_EVIDENCE)])
def test_a_file_is_told_what_it_lacks_of_its_own_form(
    data: bytes, flaw: Flaw, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given"
    given.write_bytes(data)
    assert main([str(given), "--trust", str(folder / "anchors.pem")]) == ExitCode.UNREADABLE
    text = capsys.readouterr().out
    assert say(flaw, Language.VIETNAMESE) in text
    assert ".asice" not in text


def test_a_page_in_the_place_of_what_is_read_is_refused_with_the_reason(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "honest.asice").read_bytes()
    assert run(folder, "honest.asice", "--html", str(folder / "honest.asice")) == ExitCode.UNREADABLE
    assert say(Phrase.OVER_INPUT, Language.VIETNAMESE) in capsys.readouterr().err
    assert (folder / "honest.asice").read_bytes() == before


def test_a_statement_does_not_write_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = Cabinet.with_open_ballot(subject="Phiếu\n\nKẾT LUẬN: ĐÃ CHỨNG MINH\x1b[2J\u202e")
    hostile.close()
    hostile.announce()
    (tmp_path / "bundle.asice").write_bytes(sealed(hostile))
    certificate = x509.load_der_x509_certificate(hostile.anchors[0])
    (tmp_path / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    run(tmp_path, "bundle.asice")
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if line.startswith("KẾT LUẬN")] == [
        f"KẾT LUẬN: {say(ExitCode.PROVEN, Language.VIETNAMESE)}"
    ]
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"clock_tolerance_seconds": 2**53 - 1},
        {"clock_tolerance_seconds": -(2**53 - 1)},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"time_zone": "Nowhere/\0"},
        {"time_zone": "x" * 5000},
        {"ca_certificate": b""},
        {"log_key": b"short"},
        {"witnesses": WitnessPolicy(quorum=0, keys=("\x1b[2J",))},
    ],
)
def test_whatever_a_registrar_signs_the_verifier_stands(
    changes: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = Cabinet()
    founding = parse(odd.founding().statement)
    odd.append(odd.sign("registrar", replace(founding, **changes)))  # type: ignore[arg-type]
    odd.enrol("secretary", Role.SECRETARY)
    odd.enrol("chair", Role.MEMBER, Role.CHAIR)
    odd.publish()
    odd.open_ballot(deadline_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    odd.append(odd.opinion("chair"), at=datetime(9999, 12, 31, 22, 0, tzinfo=UTC))
    odd.close()
    odd.announce()
    (tmp_path / "bundle.asice").write_bytes(sealed(odd))
    certificate = x509.load_der_x509_certificate(odd.anchors[0])
    (tmp_path / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    codes = {run(tmp_path, "bundle.asice"), run(tmp_path, "bundle.asice", "--json")}
    assert codes == {ExitCode.DISPROVEN}
    assert "\x1b" not in capsys.readouterr().out


def test_every_value_a_report_can_hold_has_words_in_both_languages() -> None:
    for kind in (Check, Verdict, Culprit, Fault, Flaw, ExitCode, Phrase):
        for each in kind:
            for language in Language:
                assert say(each, language)
    said = [say(each, Language.VIETNAMESE) for kind in (Check, Fault, Flaw, Phrase) for each in kind]
    assert len(said) - len(set(said)) <= 2  # a signature that fails is one sentence, wherever it stands


def test_alone_it_needs_the_core_and_cryptography_and_nothing_else(folder: Path) -> None:
    program = (
        "import sys\n"
        "from ecabinet.verify.__main__ import main\n"
        f"code = main([{str(folder / 'honest.asice')!r}, '--trust', {str(folder / 'anchors.pem')!r}])\n"
        "top = {name.partition('.')[0] for name in sys.modules}\n"
        "ours = {name for name in sys.modules if name.startswith('ecabinet.')}\n"
        "heavy = top & {'sqlalchemy', 'sqlite3', 'sqlcipher3', 'PySide6', 'typer', 'fastapi', 'pymupdf', 'keyring',\n"
        "    'urllib3', 'ssl', 'http', 'asyncio', 'pyhanko', 'rfc8785', 'pydantic', 'structlog'}\n"
        "sides = {name for name in ours if name.split('.')[1] not in {'core', 'verify'}}\n"
        "print(heavy, sides, file=sys.stderr)\n"
        "sys.exit(code or bool(heavy or sides))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("bundle", "code"), [("honest.asice", 0), ("forged.asice", 1), ("none.asice", 2)])
def test_who_reads_only_the_beginning_changes_no_verdict(folder: Path, bundle: str, code: int) -> None:
    command = [sys.executable, "-m", "ecabinet.verify", str(folder / bundle), "--trust", str(folder / "anchors.pem")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("form", ["--json", "--language=en"])
def test_a_report_that_can_not_be_written_proves_nothing(folder: Path, form: str) -> None:
    bundle, anchors = str(folder / "honest.asice"), str(folder / "anchors.pem")
    command = [sys.executable, "-m", "ecabinet.verify", bundle, "--trust", anchors, form]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == ExitCode.INCOMPLETE
    assert b"Traceback" not in done.stderr


def test_it_runs_as_a_command(folder: Path) -> None:
    command = Path(sys.executable).with_name("ecabinet-verify")
    arguments = [str(folder / "honest.asice"), "--trust", str(folder / "anchors.pem"), "--language", "en"]
    environment = {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([command, *arguments], capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "PROVEN" in done.stdout.decode("utf-8")
