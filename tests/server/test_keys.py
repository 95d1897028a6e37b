"""The server's keys: closed by a passphrase where there is one; its TLS certificate is made anew when it has to be."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ecabinet.keys.authority_files import KeysClosed, is_closed
from ecabinet.server.keys import Keys
from ecabinet.server.settings import Settings, WeakPassphrase

MADE_AT = datetime.now(UTC)
BODY = "H49.1"
PASSPHRASE = b"mot-mat-khau-ngau-nhien-dai"


def certificate(folder: Path, names: set[str], at: datetime) -> bytes:
    with Keys(folder).tls(names, at) as (chain, _):
        return chain.read_bytes()


@pytest.mark.parametrize(
    ("names", "later", "is_kept"),
    [
        ({"localhost"}, timedelta(days=500), True),
        ({"localhost"}, timedelta(days=600), False),
        ({"localhost", "ecabinet.example"}, timedelta(0), False),
        ({"localhost"}, timedelta(days=-30), False),
    ],
    ids=["while it is good", "half a year before its end", "for another name", "from a clock that was ahead"],
)
def test_a_certificate_is_made_anew(tmp_path: Path, names: set[str], later: timedelta, *, is_kept: bool) -> None:
    made = certificate(tmp_path, {"localhost"}, MADE_AT)
    assert (certificate(tmp_path, names, MADE_AT + later) == made) is is_kept


def every_key(keys: Keys) -> list[bytes]:
    with keys.tls({"localhost"}, MADE_AT) as (_, tls_key):
        tls = load_pem_private_key(tls_key.read_bytes(), None)
    read = (tls, keys.authority.private_key, keys.body_authority(BODY, "UBND tỉnh").private_key, keys.log_key(BODY, 1))
    return [key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) for key in read]


def test_keys_that_were_plain_get_the_passphrase_and_stay_the_same(tmp_path: Path) -> None:
    plain = every_key(Keys(tmp_path))
    assert not any(map(is_closed, tmp_path.rglob("*.key")))
    assert every_key(Keys(tmp_path, PASSPHRASE)) == plain
    files = list(tmp_path.rglob("*.key"))
    assert len(files) == 4
    assert all(map(is_closed, files))
    assert every_key(Keys(tmp_path, PASSPHRASE)) == plain


@pytest.mark.parametrize("given", [None, b"mot-mat-khau-ngau-nhien-khac"])
def test_closed_keys_open_with_their_passphrase_alone(tmp_path: Path, given: bytes | None) -> None:
    every_key(Keys(tmp_path, PASSPHRASE))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.key")}
    with pytest.raises(KeysClosed):
        Keys(tmp_path, given)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.key")} == before


def test_openssl_opens_them_with_the_passphrase(tmp_path: Path) -> None:
    every_key(Keys(tmp_path, PASSPHRASE))
    for path in tmp_path.rglob("*.key"):
        command = ["openssl", "pkey", "-in", str(path), "-noout", "-text", "-passin", f"pass:{PASSPHRASE.decode()}"]
        assert "Private-Key" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("written", [b"", b"ngan\n", PASSPHRASE + b"\n" + PASSPHRASE, "một mật khẩu có dấu".encode()])
def test_a_passphrase_is_one_long_line(tmp_path: Path, written: bytes) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(written)
    with pytest.raises(WeakPassphrase):
        Settings(data=tmp_path, key_passphrase_file=file).key_passphrase()
    file.write_bytes(PASSPHRASE + b"\r\n")
    assert Settings(data=tmp_path, key_passphrase_file=file).key_passphrase() == PASSPHRASE
