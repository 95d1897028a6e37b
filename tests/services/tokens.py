"""Fixtures: real PKCS #11 tokens of SoftHSM2, each test's in a folder of its own, and a module that fails on demand."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ecabinet.keys.token import TokenAddress
from ecabinet.keys.token_modules import MODULES_VARIABLE

TOKEN_PIN = "mã-123456"
SO_PIN = "87654321"

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
_ALWAYS_ASKS = """
import sys, pkcs11
from pkcs11.util.ec import encode_named_curve_parameters
module, label, key_id, pin = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=label).open(rw=True, user_pin=pin) as session:
    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
    always = {pkcs11.Attribute.ALWAYS_AUTHENTICATE: True}
    parameters.generate_keypair(store=True, id=bytes.fromhex(key_id), private_template=always)
"""
_FAULTY = Path(__file__).with_name("faulty_module.c")


@dataclass(frozen=True, slots=True)
class SoftToken:
    """A token of SoftHSM2 that is plugged in."""

    module: Path
    label: str
    serial: str
    store: Path
    """The folder of its objects; without it the token is gone."""

    def put_key(
        self, key: EllipticCurvePrivateKey | RSAPrivateKey, key_id: str, label: str = "khóa ký"
    ) -> TokenAddress:
        """Put a key pair on it. `key_id` in hexadecimal digits."""
        file = self.store.parent / f"{key_id}.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        named = ("--serial", self.serial, "--label", label, "--id", key_id, "--force")
        _softhsm("--import", str(file), *named, "--pin", TOKEN_PIN)
        file.unlink()
        return TokenAddress(token=self.label, serial=self.serial, key_id=bytes.fromhex(key_id), module=self.module)

    def make_key_that_always_asks(self, key_id: str) -> TokenAddress:
        """Make a P-256 key on it that wants the PIN again for each signature, in another process."""
        made = [sys.executable, "-c", _ALWAYS_ASKS, str(self.module), self.label, key_id, TOKEN_PIN]
        subprocess.run(made, check=True, timeout=30)
        return TokenAddress(token=self.label, serial=self.serial, key_id=bytes.fromhex(key_id), module=self.module)

    def pull_out(self) -> None:
        shutil.rmtree(self.store)


def _softhsm(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], capture_output=True, check=True, timeout=30)


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SoftHSM2's module, with an empty store of this test's own: the only module there is."""
    from tests.services.missing import service_missing  # noqa: PLC0415 - pytest registers it after this module

    module = next((Path(each) for each in _MODULES if Path(each).is_file()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        service_missing("SoftHSM2", package="softhsm2")
    store = tmp_path / "softhsm"
    store.mkdir()
    (tmp_path / "softhsm.conf").write_text(f"directories.tokendir = {store}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm.conf"))
    monkeypatch.setenv(MODULES_VARIABLE, str(module))
    return module


@pytest.fixture
def make_token(softhsm: Path, tmp_path: Path) -> Callable[[str], SoftToken]:
    """Plugs in another token, with `TOKEN_PIN`."""

    def make(label: str) -> SoftToken:
        store = tmp_path / "softhsm"
        before = set(store.iterdir())
        _softhsm("--init-token", "--free", "--label", label, "--pin", TOKEN_PIN, "--so-pin", SO_PIN)
        (folder,) = set(store.iterdir()) - before
        return SoftToken(softhsm, label, folder.name.replace("-", "")[-16:], folder)

    return make


@pytest.fixture
def soft_token(make_token: Callable[[str], SoftToken]) -> SoftToken:
    """One token that is plugged in."""
    return make_token("Thẻ ký số")


@pytest.fixture(scope="session")
def faulty_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of `faulty_module.c`."""
    from tests.services.missing import service_missing  # noqa: PLC0415

    if shutil.which("cc") is None:
        service_missing("a C compiler", package="build-essential")
    library = tmp_path_factory.mktemp("faulty") / "faulty-pkcs11.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(_FAULTY), "-ldl"], check=True, timeout=60
    )
    return library


@pytest.fixture
def faulty(
    faulty_library: Path, softhsm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Makes the module fail in a way of `faulty_module.c`; gives the module, which is then the only one there is."""
    monkeypatch.setenv("FAULTY_BEHIND", str(softhsm))
    monkeypatch.setenv("FAULTY_PIN", TOKEN_PIN)
    monkeypatch.setenv("FAULTY_STATE", str(tmp_path / "wrong-pins"))

    def fail(how: str) -> Path:
        monkeypatch.setenv("FAULTY_HOW", how)
        monkeypatch.setenv(MODULES_VARIABLE, str(faulty_library))
        return faulty_library

    assert os.environ["SOFTHSM2_CONF"]
    return fail
