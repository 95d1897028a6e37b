"""Founding, inviting, enrolling and confirming by the command line, for those who have no window."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ecabinet.keys.certificates import Authority, generate_key
from tests.server.live import ROOT, Process
from tests.services.tokens import TOKEN_PIN, SoftToken

PIN = "246813"
BOTH = f"{PIN}\n{TOKEN_PIN}"


class Shell:
    """The `ecabinet` command, with one PIN for everybody."""

    def __init__(self, folder: Path, service: str) -> None:
        self.folder, self.service = folder, service

    def run(self, machine: str, *arguments: str, code: int = 0, pins: str = PIN) -> str:
        command = [sys.executable, "-m", "ecabinet", *arguments]
        command += ["--data", str(self.folder / machine), "--keystore", self.service, "--pin", "-"]
        done = subprocess.run(command, input=f"{pins}\n", capture_output=True, text=True, check=False, cwd=ROOT)
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
    again = [*founding, "--body", "H98", "--office", "Chánh Văn phòng UBND tỉnh"]
    assert "Mã thiết lập không đúng hoặc đã được dùng" in shell.run("other", "found", *again, code=1)
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
    address, expires, in_english = invited.splitlines()
    assert expires.endswith("(UTC+07:00)")
    until = datetime.strptime(in_english, "  Expires: %d %b %Y %H:%M %z")
    assert until > datetime.now(UTC)
    asked = shell.run("chair", "enrol", address)
    person, stage, phrase = asked.splitlines()[0].split("\t")
    assert (person, stage) == ("chair", "waiting")
    assert "chưa được Văn phòng xác nhận" in shell.run("chair", "sync", code=1)
    assert f"chair\tChủ tịch UBND tỉnh\t{phrase}\tchair,member\n" in shell.run("registrar", "confirm")
    shell.run("registrar", "confirm", "bam-bam bam-bam bam-bam bam-bam", code=1)
    shell.run("registrar", "confirm", phrase)
    assert "Đã tải 0/0 tài liệu." in shell.run("chair", "sync")
    assert phrase not in shell.run("registrar", "confirm")
    authority = shell.folder / "authority.der"
    authority.write_bytes(Authority.found(body="CA", at=datetime.now(UTC), valid_for=timedelta(days=9)).certificate)
    assert "Không có quyền thực hiện việc này. Chưa ký gì" in shell.run(
        "chair", "admin", "admit-authority", str(authority), code=1
    )
    assert f"chair\tChủ tịch UBND tỉnh\t{phrase}\t" in shell.run("registrar", "admin", "revoke")
    assert "Không có thiết bị nào" in shell.run("registrar", "admin", "revoke", "bam-bam", code=1)
    assert "Không có quyền" in shell.run("chair", "admin", "revoke", phrase, code=1)
    assert "Đã thu hồi khóa: Chủ tịch UBND tỉnh" in shell.run(
        "registrar", "admin", "revoke", *phrase.split(), "--reason", "left_office"
    )
    assert phrase not in shell.run("registrar", "admin", "revoke")
    assert "gọi lại lệnh này" not in shell.run("chair", "sync", code=1)
    server.kill()
    assert "gọi lại lệnh này" in shell.run("registrar", "sync", code=1)


@pytest.mark.long
def test_registrar_and_member_may_have_tokens(
    shell: Shell, server: Process, make_token: Callable[[str], SoftToken]
) -> None:
    address, code = server.url.removeprefix("https://"), server.said["founding_code"]
    keys = {
        "registrar": make_token("Thẻ của Văn phòng").put_key(rsa.generate_private_key(65537, 3072), "01"),
        "chair": make_token("Thẻ của Chủ tịch").put_key(generate_key(), "01"),
    }
    with_token = {name: ("--token", str(key), "--token-pin", "-") for name, key in keys.items()}
    founding = ["--server", address, "--code", code, "--body", "H99", "--name", "UBND tỉnh Bình Minh"]
    founding += ["--office", "Chánh Văn phòng UBND tỉnh", *with_token["registrar"]]
    assert shell.run("registrar", "found", *founding, pins=BOTH).startswith("H99\tconfirmed\t")
    member = ["--person", "chair", "--office", "Chủ tịch UBND tỉnh", "--role", "chair"]
    invited = shell.run("registrar", "invite", *member).splitlines()[0]
    asked = shell.run("chair", "key", "enrol", invited, *with_token["chair"], pins=BOTH)
    phrase = asked.splitlines()[0].split("\t")[2]
    refused = shell.run("registrar", "confirm", phrase, "--token-pin", "-", pins=f"{PIN}\n000000", code=1)
    assert "Mã PIN của thiết bị ký số không đúng" in refused
    shell.run("registrar", "confirm", phrase, "--token-pin", "-", pins=BOTH)
    assert "Đã tải 0/0 tài liệu." in shell.run("chair", "sync")


def test_what_goes_wrong_is_said_and_leaves_with_1(shell: Shell, server: Process) -> None:
    assert "mã đăng ký không hợp lệ" in shell.run("chair", "enrol", "ecabinet://nowhere", code=1)
    code = server.said["founding_code"]
    assert "Chưa kết nối được với máy chủ" in shell.run("chair", "enrol", f"ecabinet://127.0.0.1:9/{code}", code=1)
    assert "hồ sơ" in shell.run("nobody", "sync", code=1)


@pytest.mark.long
def test_an_authority_is_admitted_and_its_certificate_confirmed(shell: Shell, server: Process, tmp_path: Path) -> None:
    founding = [
        "--server",
        server.url.removeprefix("https://"),
        "--code",
        server.said["founding_code"],
        "--body",
        "H99",
    ]
    named = ["--name", "UBND tỉnh Bình Minh", "--office", "Chánh Văn phòng UBND tỉnh"]
    shell.run("registrar", "found", *founding, *named)
    outside = Authority.found(body="Tổ chức chứng thực", at=datetime.now(UTC), valid_for=timedelta(days=9))
    authority = tmp_path / "authority.der"
    authority.write_bytes(outside.certificate)
    assert "Tổ chức chứng thực" in shell.run("registrar", "admin", "admit-authority", str(authority))
    assert "đã được chấp nhận" in shell.run("registrar", "admin", "admit-authority", str(authority), code=1)
    office = ["--person", "chair", "--office", "Chủ tịch UBND tỉnh", "--role", "member"]
    address = shell.run("registrar", "invite", *office).splitlines()[0]
    phrase = shell.run("chair", "enrol", address).splitlines()[0].split("\t")[2]
    # Of another key: nobody is confirmed with it.
    other = shell.run("registrar", "confirm", phrase, "--certificate", str(authority), code=1)
    assert "Không cụm từ nào đã nêu" in other
    assert phrase in shell.run("registrar", "confirm")
    shell.run("registrar", "confirm", phrase, "--certificate", str(tmp_path / "absent.pem"), code=1)
