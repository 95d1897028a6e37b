"""What the command line says: in words, in both languages, without a window and without a traceback."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ecabinet import __version__
from ecabinet.cli import app
from ecabinet.cli.people import Invited
from ecabinet.cli.speaking import missing_told
from ecabinet.client.desk.errors import WrongPin
from ecabinet.client.ui import words
from ecabinet.client.ui.explanations import explain
from ecabinet.core.people import Role
from tests.server.local import local_server

CODE = "AEBA-GBAF-AYDQ-QCIK-BMGA-2DQP-CAIR-EEYU"
FOUND = ["found", "--code", "x", "--name", "Ủy ban nhân dân tỉnh", "--office", "Chánh Văn phòng", "--pin", "749213"]
INVITE = ["invite", "--office", "Giám đốc Sở Tài chính", "--pin", "749213"]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "ECABINET_LANGUAGE", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("asked", "vietnamese", "english"),
    [
        ([*FOUND, "--body", "H49.1", "--server", "nonsense"], "mã thiết lập không hợp lệ", "code is not valid"),
        ([*FOUND, "--body", "xyz", "--server", "127.0.0.1:1"], "Chưa gửi gì đi", "no agency's identifier code"),
        ([*INVITE, "--role", "member", "--person", "Có dấu cách"], "Chưa gửi gì đi", "will not do as a short name"),
        (["sync", "--pin", "749213"], "Chưa có hồ sơ nào", "There is no profile"),
    ],
)
def test_what_went_wrong_is_said_in_both_languages(asked: list[str], vietnamese: str, english: str) -> None:
    ended = CliRunner().invoke(app, asked)
    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)
    assert vietnamese in ended.stderr
    assert english in ended.stderr


@pytest.mark.parametrize(
    "asked",
    [
        [*FOUND, "--body", "H49.1", "--server", "127.0.0.1:1"],
        ["enrol", f"ecabinet://127.0.0.1:1/{CODE}", "--pin", "749213"],
    ],
)
def test_whoever_has_nothing_yet_is_not_told_of_papers(asked: list[str]) -> None:
    if asked[0] == "found":
        asked = [CODE if each == "x" else each for each in asked]
    said = CliRunner().invoke(app, asked).stderr
    assert "Chưa kết nối được với máy chủ. Chưa đăng ký gì; trên máy này không có gì bị thay đổi." in said
    assert "Nothing was enrolled; nothing on this computer was changed. Check the network" in said
    assert "Tài liệu" not in said
    assert "reading" not in said


@pytest.mark.parametrize("called", [["pages", "compare"], ["notes", "carry"]])
def test_what_writes_nothing_does_not_speak_of_writing(called: list[str], tmp_path: Path) -> None:
    paper, empty, gone = tmp_path / "paper.pdf", tmp_path / "empty.pdf", str(tmp_path / "gone")
    paper.write_bytes(b"Hello")
    empty.touch()
    for asked in ([str(paper), gone], [str(empty), str(paper)]):
        ended = CliRunner().invoke(app, [*called, *asked, *[gone] * (called[0] == "notes")])
        assert ended.exit_code == 1
        assert "Các tệp không bị thay đổi." in ended.stderr
        assert "Chưa ghi tệp" not in ended.stderr
        assert "written;" not in ended.stderr


def test_before_any_body_is_founded_there_is_no_log_key(tmp_path: Path) -> None:
    local_server(tmp_path).store.close()
    ended = CliRunner().invoke(app, ["server", "log-keys", "--data", str(tmp_path)])
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "Chưa có khóa sổ nào" in ended.stderr
    assert "no body has been founded" in ended.stderr


def test_one_language_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECABINET_LANGUAGE", "en")
    said = CliRunner().invoke(app, ["sync", "--pin", "749213"]).stderr
    assert "There is no profile" in said
    assert "hồ sơ" not in said


def test_roles_and_rules_are_named_by_help() -> None:
    said = CliRunner().invoke(app, ["invite", "--help"], env={"COLUMNS": "300"}).stdout
    assert {role for role in Invited if role not in said} == set()
    assert set(map(Role, Invited)) == set(Role) - {Role.REGISTRAR, Role.ASSISTANT}
    assert "neither one repeated nor in a row" in " ".join(said.replace("│", " ").split())


def commands() -> list[tuple[str, Any]]:
    """Every command and group, by the words it is called with."""
    found, rest = [], [("ecabinet", typer.main.get_command(app))]
    while rest:
        words_, command = rest.pop()
        found.append((words_, command))
        rest += [(f"{words_} {name}", each) for name, each in getattr(command, "commands", {}).items()]
    return found


@pytest.mark.parametrize(("called", "command"), commands())
def test_help_is_in_vietnamese_and_in_english(called: str, command: Any) -> None:
    helps = [command.help, *(getattr(each, "help", None) for each in command.params if each.name != "help")]
    assert [told for told in helps if told is None or " / " not in told] == [], called


def test_what_is_asked_for_is_not_called_required() -> None:
    by_name = {option.name: option for option in dict(commands())["ecabinet found"].params}
    assert [name for name, option in by_name.items() if option.required] == ["server", "body", "name", "office"]
    said = CliRunner().invoke(app, ["found", "--help"], env={"COLUMNS": "300"}).stdout
    assert [line for line in said.splitlines() if ("--pin" in line or "--code" in line) and "required" in line] == []


@pytest.mark.parametrize("typed", ["\n\n", ""])
def test_no_pin_is_no_answer(typed: str) -> None:
    """It is asked for again, until it is given or nothing more can come."""
    ended = CliRunner().invoke(app, ["enrol", "ecabinet://nowhere"], input=typed)
    assert ended.exit_code == 1
    assert "không hợp lệ" not in ended.output


@pytest.mark.parametrize("called", [["sync"], ["confirm"], [*INVITE[:-2], "--person", "a", "--role", "member"]])
def test_nobody_is_asked_for_the_pin_of_no_profile(called: list[str]) -> None:
    ended = CliRunner().invoke(app, called, input="")
    assert ended.exit_code == 1
    assert "There is no profile" in ended.stderr
    assert "PIN" not in ended.output


@pytest.mark.parametrize(
    "asked",
    [
        [*INVITE, "--person", "a", "--role", "bogus"],
        [*INVITE, "--person", "a", "--role", "registrar"],
        [*INVITE, "--person", "a", "--role", "assistant"],
        ["serve", "--port", "99999"],
    ],
)
def test_options_that_can_not_be_are_usage(asked: list[str]) -> None:
    assert CliRunner().invoke(app, asked).exit_code == 2


@pytest.mark.parametrize(
    ("asked", "vietnamese", "english"),
    [
        (["--headless", "--out", "/dev/null/x"], "Không đọc hoặc ghi được /dev/null/x", "could not be read or written"),
        (["--papers", "/nowhere"], "không phải thư mục có tệp PDF đọc được", "not a folder with PDFs that"),
    ],
)
def test_a_demo_that_has_no_room_or_no_papers_says_so(asked: list[str], vietnamese: str, english: str) -> None:
    ended = CliRunner().invoke(app, ["demo", *asked])
    assert ended.exit_code == 4
    assert vietnamese in ended.stderr
    assert english in ended.stderr


def test_a_demo_over_papers_of_which_none_can_be_read_is_not_begun(tmp_path: Path) -> None:
    (tmp_path / "ghi chú.pdf").write_text("không phải PDF", "utf-8")
    ended = CliRunner().invoke(app, ["demo", "--headless", "--papers", str(tmp_path), "--out", str(tmp_path / "out")])
    assert ended.exit_code == 4
    assert "PDF đọc được" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_a_pin_is_not_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """There, every program of the person's and everything this one starts could read it."""
    monkeypatch.setenv("ECABINET_PIN", "749213")
    assert "PIN" in CliRunner().invoke(app, ["enrol", "ecabinet://nowhere"], input="").output
    assert "ECABINET_PIN" not in CliRunner().invoke(app, ["enrol", "--help"]).output


def test_it_says_its_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"ecabinet {__version__}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_the_client_says_so() -> None:
    ended = CliRunner().invoke(app, [])
    assert ended.exit_code == 1
    assert "no graphical display" in ended.stderr


def test_a_wrong_pin_is_not_counted_where_nothing_is_left_to_destroy() -> None:
    words.use(words.Language.VIETNAMESE)
    once_more, without_key = explain(WrongPin(1)), explain(WrongPin(0))
    assert once_more is not None
    assert without_key is not None
    assert "Còn 1 lần thử" in once_more.happened
    assert "đã bị hủy trước đó" in without_key.happened
    assert "lần" not in without_key.whole


def test_errors_are_explained_without_qt() -> None:
    look = "import sys, ecabinet.cli, ecabinet.client.ui.troubles; sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0


@pytest.mark.parametrize(
    ("asked", "typed"),
    [
        (["found", *FOUND[3:-2], "--body", "H49.1", "--server", "nonsense"], "x\n749213\n749213\n"),
        (["enrol"], "ecabinet://nowhere\n749213\n749213\n"),
    ],
)
def test_secrets_are_asked_for_and_not_shown(asked: list[str], typed: str) -> None:
    """What stands on a command line, everybody on the machine sees."""
    ended = CliRunner().invoke(app, asked, input=typed)
    assert ended.exit_code == 1
    assert "code is not valid" in ended.stderr
    assert "749213" not in ended.output
    assert "nowhere" not in ended.output
    assert "Nhập lại để xác nhận" in ended.output


def test_a_new_pin_is_typed_twice_alike() -> None:
    ended = CliRunner().invoke(app, ["enrol", "ecabinet://nowhere"], input="749213\n749214\n749213\n749213\n")
    assert ended.stderr.count("Hai lần nhập không giống nhau") == 1
    assert "code is not valid" in ended.stderr


@pytest.mark.parametrize(
    ("asked", "piped"),
    [
        (["found", "--code", "-", *FOUND[3:-1], "-", "--body", "H49.1", "--server", "nonsense"], "x\n749213\n"),
        (["enrol", "-", "--pin", "-"], "ecabinet://nowhere\n749213\n"),
    ],
)
def test_secrets_may_come_by_standard_input(asked: list[str], piped: str) -> None:
    ended = CliRunner().invoke(app, asked, input=piped)
    assert ended.exit_code == 1
    assert "code is not valid" in ended.stderr


def test_of_standard_input_the_address_is_the_first_line_and_the_pin_the_second() -> None:
    ended = CliRunner().invoke(app, ["enrol", "--pin", "-", "-"], input=f"ecabinet://localhost:1/{CODE}\n123456\n")
    assert "The PIN is too easy to guess" in ended.stderr


@pytest.mark.parametrize(
    ("absent", "called", "requirements"),
    [
        ("granian", "serve", "requirements/server.txt"),
        ("alembic", "server check", "requirements/server.txt"),
        ("PySide6", "client", "requirements/client.txt"),
        ("urllib3", "sync --pin 749213", "requirements/client.txt"),
        ("typer", "dossier evidence.asice dossier.pdf", "requirements/client.txt"),
    ],
)
def test_what_is_not_installed_is_told(absent: str, called: str, requirements: str) -> None:
    start = f"import sys; sys.modules[{absent!r}] = None; from ecabinet.__main__ import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", start, *called.split()],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("✗ Chưa cài phần")
    assert f"{absent} is missing" in ended.stderr
    assert f"-m pip install --require-hashes -r {requirements}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_library_that_the_system_lacks_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), missing_told():
        raise ImportError("libEGL.so.1: cannot open shared object file")
    assert "libEGL.so.1: cannot open shared object file" in capsys.readouterr().err
