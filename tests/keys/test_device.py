"""The keys of a device, on a real keystore: PINs counted whatever is killed, the vault outliving the signing key."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ecabinet.core import cades
from ecabinet.core.certificates import check_certificate, describe
from ecabinet.keys.certificates import read_request
from ecabinet.keys.device import DeviceKeys
from ecabinet.keys.device_file import TRIES, DeviceKeysError, Fault
from ecabinet.keys.os_keystore import Fault as KeystoreFault
from ecabinet.keys.os_keystore import Keystore, KeystoreError
from ecabinet.keys.recovery_code import RecoveryCode
from ecabinet.keys.seal import Stretching
from tests.core import signing_parties as parties
from tests.core.signing_parties import BODY, NOW, TITLE, YEAR
from tests.keys.conftest import CHEAP, PIN

WRONG = "000000"
VECTORS = Path(__file__).parents[1] / "vectors" / "keys"


def fault_of(act: Callable[[], object]) -> tuple[Fault, int | None] | None:
    try:
        act()
    except DeviceKeysError as error:
        return error.reason, error.tries_left
    return None


def certify(keys: DeviceKeys) -> None:
    certificate = parties.authority().issue(
        keys.request, title=TITLE, body=BODY, crl_url="http://ca.example/crl", at=NOW, valid_for=YEAR
    )
    keys.keep_chain((certificate,))


def document(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / "device-keys.json").read_bytes())
    return loaded


# ---------------------------------------------------------------- what the keys do


def test_signs_once_it_is_certified(keys: DeviceKeys) -> None:
    assert fault_of(lambda: keys.unlock(PIN)) == (Fault.WAITING, None)
    certify(keys)
    signature = cades.sign(b"statement", keys.unlock(PIN), NOW)
    assert cades.verify(b"statement", signature).certificates == keys.chain


def test_is_the_same_after_it_was_opened_again(keys: DeviceKeys, folder: Path, keystore: Keystore) -> None:
    certify(keys)
    again = DeviceKeys.open(folder, keystore)
    for name in ("key_id", "request", "signing_public_key", "device_public_key", "sealing_public_key", "chain"):
        assert getattr(again, name) == getattr(keys, name)
    assert again.unlock_vault(PIN) == keys.unlock_vault(PIN)
    assert describe(again.unlock(PIN).chain[0]).public_key_info == keys.signing_public_key


def test_requests_a_certificate_for_the_signing_key(keys: DeviceKeys) -> None:
    encoded = read_request(keys.request).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert encoded == keys.signing_public_key


def test_keeps_no_certificate_of_another_key(keys: DeviceKeys) -> None:
    for chain in ((), parties.member().chain):
        assert fault_of(lambda chain=chain: keys.keep_chain(chain)) == (Fault.OTHER_CERTIFICATE, None)  # type: ignore[misc]


def test_makes_a_registrars_certificate(keys: DeviceKeys) -> None:
    keys.certify_as_registrar(PIN, title="Người giữ sổ", body=BODY, at=NOW, valid_for=YEAR)
    assert check_certificate(keys.chain[0], keys.chain, NOW + timedelta(days=1)).title == "Người giữ sổ"
    assert cades.verify(b"founding", cades.sign(b"founding", keys.unlock(PIN), NOW)).certificates == keys.chain


def test_signs_in_without_a_pin(keys: DeviceKeys) -> None:
    Ed25519PublicKey.from_public_bytes(keys.device_public_key).verify(keys.device_sign(b"challenge"), b"challenge")


def test_opens_what_was_sealed_for_it(keys: DeviceKeys) -> None:
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    sealed = suite.encrypt(b"note", keys.sealing_private_key.public_key())
    assert suite.decrypt(sealed, keys.sealing_private_key) == b"note"


def test_writes_no_secret_in_plain(keys: DeviceKeys, folder: Path) -> None:
    """The file holds public keys and sealed things; its owner alone can read it."""
    certify(keys)
    text = (folder / "device-keys.json").read_bytes()
    assert keys.unlock_vault(PIN).hex().encode() not in text
    assert b"PRIVATE" not in text
    assert PIN.encode() not in text
    assert (folder / "device-keys.json").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_does_not_overwrite_keys(keys: DeviceKeys, folder: Path, keystore: Keystore) -> None:
    assert fault_of(lambda: DeviceKeys.create(folder, keystore, PIN, stretching=CHEAP)) == (Fault.ALREADY_THERE, None)
    assert DeviceKeys.open(folder, keystore).key_id == keys.key_id


def test_refuses_a_short_pin(keys: DeviceKeys, tmp_path: Path, keystore: Keystore) -> None:
    assert fault_of(lambda: DeviceKeys.create(tmp_path / "x", keystore, "12345")) == (Fault.PIN_TOO_SHORT, None)
    assert fault_of(lambda: keys.change_pin(PIN, "12345")) == (Fault.PIN_TOO_SHORT, None)


# ---------------------------------------------------------------- PINs


def test_five_wrong_pins_destroy_the_signing_key_and_nothing_else(
    keys: DeviceKeys, folder: Path, keystore: Keystore
) -> None:
    certify(keys)
    vault_key = keys.unlock_vault(PIN)
    for left in (4, 3, 2, 1):
        assert fault_of(lambda: keys.unlock(WRONG)) == (Fault.WRONG_PIN, left)
        assert keys.tries_left == left
    assert fault_of(lambda: keys.unlock(WRONG)) == (Fault.PIN_LOCKED, 0)
    assert fault_of(lambda: keys.unlock(PIN)) == (Fault.PIN_LOCKED, 0)
    assert document(folder)["signing"]["sealed"] == ""  # type: ignore[index]
    again = DeviceKeys.open(folder, keystore)
    assert fault_of(lambda: again.unlock(PIN)) == (Fault.PIN_LOCKED, 0)
    assert again.device_sign(b"x") == keys.device_sign(b"x")
    assert fault_of(lambda: again.unlock_vault(WRONG)) == (Fault.WRONG_PIN, 0)
    assert again.unlock_vault(PIN) == vault_key


def test_a_right_pin_forgives_the_wrong_ones(keys: DeviceKeys) -> None:
    for _ in range(3):
        for left in (4, 3):
            assert fault_of(lambda: keys.unlock_vault(WRONG)) == (Fault.WRONG_PIN, left)
        keys.unlock_vault(PIN)
        assert keys.tries_left == TRIES


def test_counts_wrong_pins_wherever_they_are_typed(keys: DeviceKeys, keystore: Keystore) -> None:
    certify(keys)
    acts: tuple[Callable[[], object], ...] = (
        lambda: keys.unlock(WRONG),
        lambda: keys.unlock_vault(WRONG),
        lambda: keys.change_pin(WRONG, "246802"),
        lambda: keys.renew(keystore, WRONG),
    )
    for left, act in zip((4, 3, 2, 1), acts, strict=True):
        assert fault_of(act) == (Fault.WRONG_PIN, left)


def test_changes_the_pin(keys: DeviceKeys) -> None:
    certify(keys)
    vault_key = keys.unlock_vault(PIN)
    keys.change_pin(PIN, "đồng lúa chín")
    assert fault_of(lambda: keys.unlock(PIN)) == (Fault.WRONG_PIN, 4)
    assert keys.unlock_vault("đồng lúa chín") == vault_key
    assert cades.verify(b"x", cades.sign(b"x", keys.unlock("đồng lúa chín"), NOW)).certificates == keys.chain


TRY_A_WRONG_PIN = """
import sys
from pathlib import Path
from ecabinet.keys.device import DeviceKeys
from ecabinet.keys.os_keystore import Keystore
keys = DeviceKeys.open(Path(sys.argv[1]), Keystore("ecabinet-test"))
keys.unlock_vault(sys.argv[2])
"""


def test_a_kill_while_a_pin_is_checked_gives_no_try_back(folder: Path, keystore: Keystore) -> None:
    """A real process is killed between counting and checking, five times; the right PIN comes too late."""
    keys, _ = DeviceKeys.create(folder, keystore, PIN, stretching=Stretching(salt=bytes(16), cost=1 << 19))
    certify(keys)
    for left in reversed(range(TRIES)):
        with subprocess.Popen([sys.executable, "-c", TRY_A_WRONG_PIN, str(folder), WRONG]) as process:
            while keys.tries_left != left:  # the try is on the disk; scrypt takes a second more
                assert process.poll() is None
            process.kill()
        assert process.returncode == -signal.SIGKILL
    assert document(folder)["signing"]["sealed"] != ""  # type: ignore[index]
    assert fault_of(lambda: keys.unlock(PIN)) == (Fault.PIN_LOCKED, 0)
    assert document(folder)["signing"]["sealed"] == ""  # type: ignore[index]


def test_two_processes_have_five_tries_together(keys: DeviceKeys, folder: Path) -> None:
    command = [sys.executable, "-c", TRY_A_WRONG_PIN, str(folder), WRONG]
    processes = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in processes] == [1, 1, 1]
    assert keys.tries_left == TRIES - 3


# ---------------------------------------------------------------- what gets lost


def test_the_recovery_code_opens_the_vault_without_keystore_and_pin(
    made: tuple[DeviceKeys, RecoveryCode], folder: Path, keystore: Keystore
) -> None:
    keys, code = made
    certify(keys)
    vault_key = keys.unlock_vault(PIN)
    keystore.delete(keys.key_id)
    with pytest.raises(KeystoreError, match=KeystoreFault.NOT_FOUND):
        DeviceKeys.open(folder, keystore)
    fresh = DeviceKeys.recover(folder, keystore, RecoveryCode.parse(str(code)), "a new PIN")
    assert fresh.unlock_vault("a new PIN") == vault_key
    assert fresh.chain == ()
    assert fresh.signing_public_key != keys.signing_public_key
    assert fresh.device_public_key != keys.device_public_key
    assert fresh.sealing_public_key != keys.sealing_public_key
    assert DeviceKeys.recover(folder, keystore, code, PIN).unlock_vault(PIN) == vault_key, "the code stays good"


def test_another_recovery_code_opens_nothing(keys: DeviceKeys, folder: Path, keystore: Keystore) -> None:
    recovered = lambda: DeviceKeys.recover(folder, keystore, RecoveryCode(), PIN)  # noqa: E731
    assert fault_of(recovered) == (Fault.WRONG_CODE, None)
    assert keys.unlock_vault(PIN)


def test_a_new_recovery_code_voids_the_former_one(
    made: tuple[DeviceKeys, RecoveryCode], folder: Path, keystore: Keystore
) -> None:
    keys, former = made
    vault_key = keys.unlock_vault(PIN)
    assert fault_of(lambda: keys.new_recovery_code(WRONG)) == (Fault.WRONG_PIN, TRIES - 1)
    code = keys.new_recovery_code(PIN)
    assert keys.tries_left == TRIES
    assert fault_of(lambda: DeviceKeys.recover(folder, keystore, former, PIN)) == (Fault.WRONG_CODE, None)
    assert DeviceKeys.open(folder, keystore).unlock_vault(PIN) == vault_key, "PIN and keys stay as they are"
    assert DeviceKeys.open(folder, keystore).signing_public_key == keys.signing_public_key
    assert DeviceKeys.recover(folder, keystore, code, PIN).unlock_vault(PIN) == vault_key


def test_renews_destroyed_keys_for_the_same_vault(
    made: tuple[DeviceKeys, RecoveryCode], folder: Path, keystore: Keystore
) -> None:
    keys, code = made
    vault_key = keys.unlock_vault(PIN)
    for _ in range(TRIES):
        assert fault_of(lambda: keys.unlock_vault(WRONG)) is not None
    fresh = keys.renew(keystore, PIN)
    certify(fresh)
    assert fresh.tries_left == TRIES
    assert fresh.unlock_vault(PIN) == vault_key
    assert fresh.unlock(PIN).chain == fresh.chain
    assert DeviceKeys.recover(folder, keystore, code, PIN).unlock_vault(PIN) == vault_key


def test_keys_that_were_renewed_elsewhere_cost_no_try(keys: DeviceKeys, keystore: Keystore) -> None:
    fresh = keys.renew(keystore, PIN)
    assert fault_of(lambda: keys.unlock_vault(PIN)) == (Fault.REPLACED, None)
    assert fresh.tries_left == TRIES


def test_an_exchanged_keystore_costs_no_try(keys: DeviceKeys, folder: Path, keystore: Keystore) -> None:
    right = keystore.read(keys.key_id)
    keystore.write(keys.key_id, os.urandom(32))
    assert fault_of(lambda: DeviceKeys.open(folder, keystore)) == (Fault.OTHER_KEYSTORE, None)
    keystore.write(keys.key_id, right)
    assert DeviceKeys.open(folder, keystore).tries_left == TRIES


def test_says_that_there_are_no_keys(folder: Path, keystore: Keystore) -> None:
    assert fault_of(lambda: DeviceKeys.open(folder, keystore)) == (Fault.NOT_FOUND, None)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"[]",
        lambda data: data.replace(b"ecabinet device keys", b"something else"),
        lambda data: data.replace(b'"tries_left": 5', b'"tries_left": 50'),
        lambda data: data.replace(b'"cost": 1024', b'"cost": 1073741824'),
        lambda data: data.replace(b'"cost": 1024', b'"cost": [1]'),
        lambda data: data.replace(b'"chain": []', b'"chain": [7]'),
    ],
)
def test_says_that_its_file_is_damaged(
    keys: DeviceKeys, folder: Path, keystore: Keystore, change: Callable[[bytes], bytes]
) -> None:
    path = folder / "device-keys.json"
    changed = change(path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    assert fault_of(lambda: DeviceKeys.open(folder, keystore)) == (Fault.DAMAGED, None)


def test_says_that_a_newer_program_wrote_its_file(keys: DeviceKeys, folder: Path, keystore: Keystore) -> None:
    path = folder / "device-keys.json"
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 3'))
    assert fault_of(lambda: DeviceKeys.open(folder, keystore)) == (Fault.NEWER_FORMAT, None)


def test_opens_the_keys_of_version_1_for_ever(folder: Path, keystore: Keystore) -> None:
    expected = json.loads((VECTORS / "device-keys-1.expected.json").read_bytes())
    folder.mkdir()
    shutil.copy(VECTORS / "device-keys-1.json", folder / "device-keys.json")
    keystore.write(expected["key_id"], bytes.fromhex(expected["keystore_secret"]))
    keys = DeviceKeys.open(folder, keystore)
    assert keys.signing_public_key.hex() == expected["signing_public_key"]
    assert keys.device_public_key.hex() == expected["device_public_key"]
    assert keys.sealing_public_key.hex() == expected["sealing_public_key"]
    assert keys.unlock_vault(expected["pin"]).hex() == expected["vault_key"]
    assert keys.device_sign(b"challenge").hex() == expected["device_signature_of_challenge"]
    assert cades.verify(b"x", cades.sign(b"x", keys.unlock(expected["pin"]), NOW)).certificates == keys.chain
    code = RecoveryCode.parse(expected["recovery_code"])
    assert DeviceKeys.recover(folder, keystore, code, PIN).unlock_vault(PIN).hex() == expected["vault_key"]
