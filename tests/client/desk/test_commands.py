"""Founding, inviting, enrolling and confirming by the command line, for those who have no window."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.live import ROOT, Process

PIN = "246813"


class Shell:
    """The `ecabinet` command, with one PIN for everybody."""

    def __init__(self, folder: Path, service: str) -> None:
        self.folder, self.service = folder, service

    def run(self, machine: str, *arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "ecabinet", *arguments]
        command += ["--data", str(self.folder / machine), "--keystore", self.service, "--pin", "-"]
        done = subprocess.run(command, input=f"{PIN}\n", capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr


@pytest.fixture
def shell(tmp_path: Path, keyring_session: dict[str, str], service: str) -> Shell:
    return Shell(tmp_path, service)


def test_a_body_is_founded_and_a_member_enrolled(shell: Shell, server: Process) -> None:
    address = server.url.removeprefix("https://")
    code = server.said["founding_code"]
    founding = ["--server", address, "--code", code, "--body", "H99", "--name", "UBND tỉnh Bình Minh"]
    said = shell.run("registrar", "found", *founding, "--office", "Chánh Văn phòng UBND tỉnh")
    assert said.startswith("H99\tconfirmed\t")
    invited = shell.run(
        "registrar",
        "invite",
        "--person",
        "chair",
        "--office",
        "Chủ tịch UBND tỉnh",
        "--role",
        "chair",
        "--role",
        "member",
    )
    asked = shell.run("chair", "enrol", invited.split("\t")[0])
    person, stage, phrase = asked.splitlines()[0].split("\t")
    assert (person, stage) == ("chair", "waiting")
    assert "chưa được Văn phòng xác nhận" in shell.run("chair", "sync", code=1)
    assert phrase in shell.run("registrar", "confirm")
    shell.run("registrar", "confirm", "bam-bam bam-bam bam-bam bam-bam", code=1)
    shell.run("registrar", "confirm", phrase)
    assert "Đã tải 0/0 tài liệu." in shell.run("chair", "sync")
    assert phrase not in shell.run("registrar", "confirm")
    server.kill()
    assert "gọi lại lệnh này" in shell.run("chair", "sync", code=1)


def test_what_goes_wrong_is_said_and_leaves_with_1(shell: Shell, server: Process) -> None:
    assert "mã đăng ký không hợp lệ" in shell.run("chair", "enrol", "ecabinet://nowhere", code=1)
    code = server.said["founding_code"]
    assert "Chưa kết nối được với máy chủ" in shell.run("chair", "enrol", f"ecabinet://127.0.0.1:9/{code}", code=1)
    assert "hồ sơ" in shell.run("nobody", "sync", code=1)
