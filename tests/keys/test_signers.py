"""One contract for every signer, wherever its key lives; and the addresses that lead to them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ecabinet.core import cades
from ecabinet.core.cades import BadSignature, Reason
from ecabinet.core.certificates import BadCertificate, describe
from ecabinet.core.signer import SignatureAlgorithm, Signer
from ecabinet.keys.certificates import SigningKey, generate_key
from ecabinet.keys.device import DeviceKeys
from ecabinet.keys.device_file import DeviceKeysError
from ecabinet.keys.key_file import Fault, KeyFileError, read_key_file, write_key_file
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.signers import BadSignerAddress, open_signer
from ecabinet.keys.signers import Fault as AddressFault
from ecabinet.keys.token import TokenError
from ecabinet.keys.tokens import Tokens
from tests.core import signing_parties as parties
from tests.core.oracles import openssl_says, pyhanko_accepts, root_of
from tests.core.signing_parties import NOW, YEAR
from tests.keys.conftest import CHEAP, PIN
from tests.services.tokens import TOKEN_PIN, SoftToken

PASSPHRASE = "một câu mật khẩu dài"

Open = Callable[[Path, Keystore], Signer]


def pem(*, passphrase: str = "") -> bytes:
    """What `openssl` would leave: a private key, then its certificates."""
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    key = parties.member_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return key + b"".join(
        x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in parties.outsider().chain
    )


def on_a_device(folder: Path, keystore: Keystore) -> Signer:
    keys, _ = DeviceKeys.create(folder / "device-1", keystore, PIN, stretching=CHEAP)
    keys.certify_as_registrar(PIN, title="Người giữ sổ", body=parties.BODY, at=NOW, valid_for=YEAR)
    return open_signer("os:device-1", PIN, folder=folder, keystore=keystore)


def in_a_sealed_file(folder: Path, keystore: Keystore) -> Signer:
    write_key_file(folder / "key", parties.member_key(), parties.member().chain, PASSPHRASE, stretching=CHEAP)
    return open_signer(f"file:{folder / 'key'}", PASSPHRASE, folder=folder, keystore=keystore)


def in_a_plain_pem(folder: Path, keystore: Keystore) -> Signer:
    (folder / "key.pem").write_bytes(pem())
    return open_signer(f"file:{folder / 'key.pem'}", "", folder=folder, keystore=keystore)


def in_an_encrypted_pem(folder: Path, keystore: Keystore) -> Signer:
    (folder / "key.pem").write_bytes(pem(passphrase=PASSPHRASE))
    return open_signer(f"file:{folder / 'key.pem'}", PASSPHRASE, folder=folder, keystore=keystore)


SIGNERS: dict[str, Open] = {
    "in memory": lambda folder, keystore: parties.member(),
    "in memory, RSA": lambda folder, keystore: parties.rsa_signer(),
    "on a device": on_a_device,
    "in a sealed file": in_a_sealed_file,
    "in a plain PEM": in_a_plain_pem,
    "in an encrypted PEM": in_an_encrypted_pem,
}


ON_TOKENS: dict[str, Callable[[], SigningKey]] = {
    "on a token, P-256": generate_key,
    "on a token, RSA-2048": lambda: rsa.generate_private_key(65537, 2048),
    "on a token, RSA-3072": lambda: rsa.generate_private_key(65537, 3072),
}


@pytest.fixture(params=[*SIGNERS, *ON_TOKENS])
def signer(request: pytest.FixtureRequest, tmp_path: Path, keystore: Keystore) -> Signer:
    if request.param in SIGNERS:
        return SIGNERS[request.param](tmp_path, keystore)
    token: SoftToken = request.getfixturevalue("soft_token")
    key = ON_TOKENS[request.param]()
    address = token.put_key(key, "01")
    Tokens(tmp_path).keep_certificate(address, TOKEN_PIN, parties.certify(parties.authority(), key), label="ký số")
    return open_signer(str(address), TOKEN_PIN, folder=tmp_path, keystore=keystore)


# ---------------------------------------------------------------- the contract


def test_has_a_chain_that_begins_with_its_own_and_ends_before_the_root(signer: Signer) -> None:
    own, *issuers = [describe(encoded) for encoded in signer.chain]
    assert own.is_self_issued or not any(each.is_self_issued for each in (own, *issuers))
    assert not (own.is_self_issued and issuers)
    for certificate, issuer in zip((own, *issuers), issuers, strict=False):
        assert certificate.issuer_name == issuer.subject_name


def test_makes_what_we_make(signer: Signer) -> None:
    assert signer.algorithm in {SignatureAlgorithm.ECDSA_P256_SHA256, SignatureAlgorithm.RSA_PSS_SHA256}


@pytest.mark.parametrize("message", [b"", b"a", bytes(1 << 20)])
def test_signs_with_the_certified_key(signer: Signer, message: bytes) -> None:
    signature = cades.sign(message, signer, NOW)
    found = cades.verify(message, signature)
    assert found.certificates == signer.chain
    assert found.algorithm is signer.algorithm
    with pytest.raises(BadSignature, match=Reason.OTHER_CONTENT):
        cades.verify(message + b"a", signature)


def test_stock_tools_accept_what_it_signs(signer: Signer, tmp_path: Path) -> None:
    signature, root = cades.sign(b"a", signer, NOW), root_of(signer)
    assert openssl_says(b"a", signature, root, tmp_path) == (0, "CAdES Verification successful\n")
    assert pyhanko_accepts(b"a", signature, root)
    assert openssl_says(b"b", signature, root, tmp_path)[0] != 0


def test_signs_again_and_in_several_threads(signer: Signer) -> None:
    messages = [str(number).encode() for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(lambda message: cades.sign(message, signer, NOW), messages))
    for message, signature in zip(messages, signatures, strict=True):
        assert cades.verify(message, signature).certificates == signer.chain


# ---------------------------------------------------------------- the contract on PINs

OpenWith = Callable[[str], Signer]
WRONG_PIN = "000000"


@pytest.fixture(params=["on a device", *ON_TOKENS])
def open_with(request: pytest.FixtureRequest, tmp_path: Path, keystore: Keystore) -> OpenWith:
    """Opens a key with a PIN, the person knowing what a wrong one may do."""
    if request.param == "on a device":
        on_a_device(tmp_path, keystore)
        return lambda pin: open_signer("os:device-1", pin or PIN, folder=tmp_path, keystore=keystore)
    token: SoftToken = request.getfixturevalue("soft_token")
    key = ON_TOKENS[request.param]()
    counting = request.getfixturevalue("faulty")("count")  # SoftHSM2 itself never locks
    address = replace(token.put_key(key, "01"), module=counting)
    chain = (parties.certify(parties.authority(), key),)
    return lambda pin: Tokens(tmp_path).signer(address, pin or TOKEN_PIN, chain, knowingly=True)


def fault_with(open_with: OpenWith, pin: str) -> str:
    with pytest.raises((DeviceKeysError, TokenError)) as caught:
        open_with(pin)
    assert isinstance(caught.value, DeviceKeysError | TokenError)
    return caught.value.reason.name


def test_a_wrong_pin_opens_nothing_and_a_right_one_begins_the_count_anew(open_with: OpenWith) -> None:
    for _ in range(2):
        assert fault_with(open_with, WRONG_PIN) == "WRONG_PIN"
        signer = open_with("")
        assert cades.verify(b"a", cades.sign(b"a", signer, NOW)).certificates == signer.chain


def test_too_many_wrong_pins_lock_the_key_for_the_right_one_too(open_with: OpenWith) -> None:
    faults = [fault_with(open_with, WRONG_PIN) for _ in range(5)]
    wrong = faults.index("PIN_LOCKED")
    assert faults == ["WRONG_PIN"] * wrong + ["PIN_LOCKED"] * (5 - wrong)
    assert wrong in {2, 4}  # the third of a token, the fifth here
    assert fault_with(open_with, "") == "PIN_LOCKED"


# ---------------------------------------------------------------- addresses and files


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("", AddressFault.UNKNOWN_SCHEME),
        ("pkcs12:token=x", AddressFault.UNKNOWN_SCHEME),
        ("os:", AddressFault.BAD_NAME),
        ("os:..", AddressFault.BAD_NAME),
        ("os:../other", AddressFault.BAD_NAME),
        ("os:/etc", AddressFault.BAD_NAME),
        ("os:a\\b", AddressFault.BAD_NAME),
    ],
)
def test_refuses_an_address_that_leads_nowhere(uri: str, reason: AddressFault, tmp_path: Path) -> None:
    with pytest.raises(BadSignerAddress) as caught:
        open_signer(uri, "", folder=tmp_path, keystore=Keystore("ecabinet-test"))
    assert caught.value.reason is reason


def test_a_signer_has_its_own_certificate() -> None:
    for chain in ((), parties.registrar().chain):
        with pytest.raises(ValueError, match="another key"):
            LocalSigner(parties.member_key(), chain)
    with pytest.raises(BadCertificate):
        LocalSigner(parties.member_key(), (b"no certificate",))


def fault_of(path: Path, passphrase: str) -> Fault | None:
    try:
        read_key_file(path, passphrase)
    except KeyFileError as error:
        return error.reason
    return None


def test_a_sealed_file_is_its_owners_and_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key_file(path, parties.member_key(), parties.member().chain, PASSPHRASE, stretching=CHEAP)
    assert path.stat().st_mode & 0o077 == 0
    assert fault_of(path, PASSPHRASE) is None
    assert fault_of(path, "") is Fault.WRONG_PASSPHRASE
    assert fault_of(path, PASSPHRASE + " ") is Fault.WRONG_PASSPHRASE
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 2'))
    assert fault_of(path, PASSPHRASE) is Fault.NEWER_FORMAT


def test_a_pem_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(passphrase=PASSPHRASE))
    assert fault_of(path, "") is Fault.WRONG_PASSPHRASE
    assert fault_of(path, "x") is Fault.WRONG_PASSPHRASE
    path.write_bytes(pem())
    assert fault_of(path, "x") is Fault.WRONG_PASSPHRASE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"-----BEGIN",
        b'{"format": "ecabinet device keys"}',
        pem()[:300],
        pem().replace(b"PRIVATE", b"PIRATE"),
        pem()[: pem().index(b"-----BEGIN CERT")],
    ],
)
def test_says_that_a_file_is_no_key(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "key").write_bytes(data)
    assert fault_of(tmp_path / "key", "") is Fault.DAMAGED


def test_says_that_a_file_holds_another_keys_certificate(tmp_path: Path) -> None:
    write_key_file(tmp_path / "key", generate_key(), parties.member().chain, PASSPHRASE, stretching=CHEAP)
    assert fault_of(tmp_path / "key", PASSPHRASE) is Fault.DAMAGED


def test_says_that_there_is_no_file(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "key", "") is Fault.NOT_FOUND
