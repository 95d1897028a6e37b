"""`ecabinet key …` with real tokens: what IT sees, tries and hands over, in words and without a traceback."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from ecabinet.cli import app
from ecabinet.keys.certificates import generate_key, read_request
from ecabinet.keys.token import TokenAddress
from tests.core import signing_parties as parties
from tests.services.tokens import TOKEN_PIN, SoftToken


@pytest.fixture(autouse=True)
def a_home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ECABINET_LANGUAGE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def address(soft_token: SoftToken) -> TokenAddress:
    return soft_token.put_key(parties.member_key(), "01")


def key(*arguments: str, typed: str = TOKEN_PIN) -> Result:
    """The command, with the token's PIN on its standard input."""
    return CliRunner().invoke(app, ["key", *arguments], input=typed + "\n")


def test_lists_tokens_and_keys_and_asks_for_no_pin(soft_token: SoftToken, address: TokenAddress) -> None:
    other = soft_token.put_key(rsa.generate_private_key(65537, 3072), "02")
    listed = key("list", typed="")
    assert listed.exit_code == 0, listed.output
    lines = [line.split("\t") for line in listed.stdout.splitlines()]
    assert [soft_token.label, soft_token.serial, "SoftHSM project"] in lines
    assert [str(address), "P-256", "khóa ký", "", ""] in lines
    assert [str(other), "RSA-3072", "khóa ký", "", ""] in lines


def test_says_that_nothing_is_plugged_in(softhsm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = key("list")
    assert listed.exit_code == 1
    assert "Chưa thấy thiết bị ký số" in listed.stderr
    assert "No token is plugged in" in listed.stderr
    monkeypatch.setenv("ECABINET_PKCS11_MODULES", "/no/such/module.so")
    assert "chưa có phần mềm" in key("list").output


def test_tries_a_key_and_stops_before_a_wrong_pin_locks_it(address: TokenAddress) -> None:
    tried = key("test", str(address), "--token-pin", "-")
    assert tried.exit_code == 0, tried.output
    assert "ECDSA P-256" in tried.stdout
    for expected in ("không đúng", "không đúng", "hai lần liên tiếp"):
        refused = key("test", str(address), "--token-pin", "-", typed="000000")
        assert refused.exit_code == 1
        assert expected in refused.stderr
        assert "000000" not in refused.output
    assert key("test", str(address)).exit_code == 1
    assert key("test", str(address), "--last-try").exit_code == 0
    assert key("test", str(address)).exit_code == 0


def test_a_request_goes_out_and_its_certificate_comes_in(soft_token: SoftToken, tmp_path: Path) -> None:
    inside = rsa.generate_private_key(65537, 2048)
    address = str(soft_token.put_key(inside, "01"))
    out, pem = tmp_path / "khóa.csr", tmp_path / "khóa.pem"
    assert key("request", address, "--out", str(out)).exit_code == 0
    assert read_request(out.read_bytes()) == inside.public_key()
    issued = x509.load_der_x509_certificate(parties.certify(parties.authority(), inside))
    pem.write_bytes(issued.public_bytes(Encoding.PEM))
    assert key("keep", address, "--certificate", str(pem)).exit_code == 0
    assert parties.TITLE in key("list").stdout
    # Another key's, and no certificate at all.
    pem.write_bytes(x509.load_der_x509_certificate(parties.certify(parties.authority())).public_bytes(Encoding.PEM))
    assert "không phải của khóa" in key("keep", address, "--certificate", str(pem)).stderr
    pem.write_bytes(b"nothing")
    assert "không phải của khóa" in key("keep", address, "--certificate", str(pem)).stderr
    assert "Không đọc hoặc ghi được" in key("keep", address, "--certificate", str(tmp_path / "none")).stderr


@pytest.mark.parametrize("address", ["", "pkcs11:", "pkcs11:token=a;id=%01?pin-value=1234", "os:device"])
def test_what_is_no_address_is_told(address: str) -> None:
    refused = key("test", address)
    assert refused.exit_code == 1
    assert "không đúng dạng" in refused.stderr
    assert "1234" not in refused.output


def test_a_pulled_out_token_is_told(soft_token: SoftToken) -> None:
    address = str(soft_token.put_key(generate_key(), "01"))
    soft_token.pull_out()
    refused = key("test", address)
    assert refused.exit_code == 1
    assert "Chưa cắm thiết bị ký số" in refused.stderr
