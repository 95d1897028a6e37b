"""The three keys of a device, and the key of its vault.

| key | opens with | for |
|---|---|---|
| signing, P-256 | keystore and PIN | statements, nothing else |
| device, Ed25519 | keystore | sign-in by challenge |
| sealing, X25519 | keystore | what others seal for this device (HPKE) |
| vault, 32 bytes | keystore and PIN, or the recovery code | the person's local store |

Promises: a private key is on the disk only sealed; five wrong PINs in a row destroy the signing key, whatever is killed
meanwhile, for a try is counted on the disk before it is checked; the vault outlives that. Signing keys are never
recovered: `renew` and `recover` keep the vault and make new keys, which must enrol.

Everything here may block, on the disk, on the keystore and on scrypt: call it off the UI thread.
"""

import os
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from ecabinet.core.certificates import describe
from ecabinet.keys.certificates import certify_registrar, generate_key, make_request
from ecabinet.keys.device_file import TRIES, DeviceFile, DeviceKeysError, Fault, SealedKey
from ecabinet.keys.durable import exclusive
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.os_keystore import SECRET_SIZE, Keystore, KeystoreError
from ecabinet.keys.recovery_code import RecoveryCode
from ecabinet.keys.seal import SALT_SIZE, Stretching, WrongKey, derive_key, seal, unseal

PIN_LENGTH = 6
"""Characters, at the least."""

_FILE = "device-keys.json"
_LOCK = "device-keys.lock"
_VAULT_KEY_SIZE = 32

_PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | X25519PrivateKey


class DeviceKeys:
    """The keys of one person on one device, in a folder of their own.

    Everything here raises `DeviceKeysError`; what is given a `Keystore` also raises `KeystoreError`.
    """

    def __init__(self, folder: Path, secret: bytes) -> None:
        """Use `create` or `open`: this takes the keystore's secret itself."""
        self._path = folder / _FILE
        self._lock = folder / _LOCK
        self._secret = secret
        file = DeviceFile.read(self._path)
        if _key(secret, file.key_id, "keystore check") != file.keystore_check:
            raise DeviceKeysError(Fault.OTHER_KEYSTORE)
        self.key_id = file.key_id
        self.request = file.request
        """PKCS #10 for the signing key, DER."""
        self.signing_public_key = file.signing.public_key
        """SubjectPublicKeyInfo, DER."""
        device = _open(file.device, _key(secret, file.key_id, "device key"))
        sealing = _open(file.sealing, _key(secret, file.key_id, "sealing key"))
        if not isinstance(device, Ed25519PrivateKey) or not isinstance(sealing, X25519PrivateKey):
            raise DeviceKeysError(Fault.DAMAGED)
        self._device = device
        self.device_public_key = device.public_key().public_bytes_raw()
        """32 bytes, as the next."""
        self.sealing_public_key = sealing.public_key().public_bytes_raw()
        self.sealing_private_key = sealing

    @classmethod
    def create(
        cls, folder: Path, keystore: Keystore, pin: str, *, stretching: Stretching | None = None
    ) -> tuple["DeviceKeys", RecoveryCode]:
        """Make the keys of a new device, and the recovery code to print: it is shown once and kept nowhere."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        code, salt, vault_key = RecoveryCode(), os.urandom(SALT_SIZE), os.urandom(_VAULT_KEY_SIZE)
        with exclusive(folder / _LOCK):
            if (folder / _FILE).exists():
                raise DeviceKeysError(Fault.ALREADY_THERE)
            file = _make(
                keystore,
                pin,
                stretching or Stretching(),
                vault_key=vault_key,
                recovery_salt=salt,
                vault_recovery=seal(code.derive_key("vault key", salt), vault_key, salt),
            )
            file.write(folder / _FILE)
        return cls.open(folder, keystore), code

    @classmethod
    def open(cls, folder: Path, keystore: Keystore) -> "DeviceKeys":
        """The keys that are there; no PIN needed. A `KeystoreError` (not found) asks for the recovery code."""
        return cls(folder, keystore.read(DeviceFile.read(folder / _FILE).key_id))

    @classmethod
    def recover(cls, folder: Path, keystore: Keystore, code: RecoveryCode, pin: str) -> "DeviceKeys":
        """Keep the vault and set a PIN, by the recovery code alone. The three keys are new and must enrol."""
        with exclusive(folder / _LOCK):
            file = DeviceFile.read(folder / _FILE)
            key = code.derive_key("vault key", file.recovery_salt)
            try:
                vault_key = unseal(key, file.vault_recovery, file.recovery_salt)
            except WrongKey:
                raise DeviceKeysError(Fault.WRONG_CODE) from None
            _renew(folder, keystore, pin, file, vault_key)
        return cls.open(folder, keystore)

    def renew(self, keystore: Keystore, pin: str) -> "DeviceKeys":
        """Keep vault, PIN and recovery code. The three keys are new and must enrol: these ones are gone."""
        with exclusive(self._lock):
            file = self._file()
            vault_key = self._check(pin, file).open_vault(file)
            _renew(self._path.parent, keystore, pin, file, vault_key)
        return self.open(self._path.parent, keystore)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The signing key's certificates, DER, its own first; none while enrolment waits."""
        return self._file().chain

    @property
    def tries_left(self) -> int:
        """How many PINs may be wrong before the signing key is destroyed; none when it is."""
        return self._file().tries_left

    def keep_chain(self, chain: tuple[bytes, ...]) -> None:
        """Keep the certificates that were issued to the signing key. Raises `BadCertificate` too."""
        if not chain or describe(chain[0]).public_key_info != self.signing_public_key:
            raise DeviceKeysError(Fault.OTHER_CERTIFICATE)
        with exclusive(self._lock):
            replace(self._file(), chain=chain).write(self._path)

    def certify_as_registrar(self, pin: str, *, title: str, body: str, at: datetime, valid_for: timedelta) -> None:
        """Give the signing key a self-signed certificate: a registrar's, the anchor of the body's ledger."""
        key = self._signing_key(pin)
        self.keep_chain((certify_registrar(key, title=title, body=body, at=at, valid_for=valid_for),))

    def device_sign(self, challenge: bytes) -> bytes:
        """Sign a sign-in challenge with the device key: Ed25519, 64 bytes."""
        return self._device.sign(challenge)

    def unlock(self, pin: str) -> LocalSigner:
        """The signing key, ready to sign. A wrong PIN costs a try."""
        chain = self.chain
        if not chain:
            raise DeviceKeysError(Fault.WAITING)
        return LocalSigner(self._signing_key(pin), chain)

    def unlock_vault(self, pin: str) -> bytes:
        """The vault key, 32 bytes. A wrong PIN costs a try, as long as there is a signing key to protect."""
        with exclusive(self._lock):
            file = self._file()
            return self._check(pin, file).open_vault(file)

    def change_pin(self, old: str, new: str) -> None:
        """Seal signing and vault key under another PIN. A wrong old one costs a try."""
        _check_length(new)
        with exclusive(self._lock):
            file = self._file()
            before = self._check(old, file)
            after = _PinKeys.stretch(self._secret, new, Stretching(cost=file.stretching.cost))
            signing = file.signing
            if not file.is_destroyed:
                signing = _seal(before.open_signing(file), after.key("signing key"))
            replace(
                self._file(),
                stretching=after.stretching,
                signing=signing,
                vault=after.seal_vault(file.key_id, before.open_vault(file)),
            ).write(self._path)

    def _signing_key(self, pin: str) -> EllipticCurvePrivateKey:
        with exclusive(self._lock):
            file = self._file()
            if file.is_destroyed:
                raise DeviceKeysError(Fault.PIN_LOCKED, tries_left=0)
            return self._check(pin, file).open_signing(file)

    def _file(self) -> DeviceFile:
        file = DeviceFile.read(self._path)
        if file.key_id != self.key_id:
            raise DeviceKeysError(Fault.REPLACED)
        return file

    def _check(self, pin: str, file: DeviceFile) -> "_PinKeys":
        """Check a PIN against the vault key. To be called by the only one inside."""
        if not file.is_destroyed:
            if file.tries_left == 0:  # killed during the last try, which counts as wrong
                self._destroy_signing_key(file)
            file = replace(file, tries_left=file.tries_left - 1)
            file.write(self._path)
        keys = _PinKeys.stretch(self._secret, pin, file.stretching)
        try:
            keys.open_vault(file)
        except WrongKey:
            if not file.is_destroyed and file.tries_left == 0:
                self._destroy_signing_key(file)
            raise DeviceKeysError(Fault.WRONG_PIN, tries_left=file.tries_left) from None
        if not file.is_destroyed:
            replace(file, tries_left=TRIES).write(self._path)
        return keys

    def _destroy_signing_key(self, file: DeviceFile) -> NoReturn:
        file.without_signing_key().write(self._path)
        raise DeviceKeysError(Fault.PIN_LOCKED, tries_left=0)


@dataclass(frozen=True, slots=True)
class _PinKeys:
    """What keystore and PIN open together."""

    secret: bytes
    stretched: bytes
    stretching: Stretching

    @classmethod
    def stretch(cls, secret: bytes, pin: str, stretching: Stretching) -> "_PinKeys":
        return cls(secret, stretching.stretch(pin), stretching)

    def key(self, purpose: str) -> bytes:
        return derive_key(self.secret, self.stretched, salt=self.stretching.salt, purpose=purpose)

    def open_signing(self, file: DeviceFile) -> EllipticCurvePrivateKey:
        key = _open(file.signing, self.key("signing key"))
        if not isinstance(key, EllipticCurvePrivateKey):
            raise DeviceKeysError(Fault.DAMAGED)
        return key

    def open_vault(self, file: DeviceFile) -> bytes:
        """Raises `WrongKey`."""
        return unseal(self.key("vault key"), file.vault, file.key_id.encode())

    def seal_vault(self, key_id: str, vault_key: bytes) -> bytes:
        return seal(self.key("vault key"), vault_key, key_id.encode())


def _make(
    keystore: Keystore,
    pin: str,
    stretching: Stretching,
    *,
    vault_key: bytes,
    recovery_salt: bytes,
    vault_recovery: bytes,
) -> DeviceFile:
    """Fresh keys, sealed under a fresh secret that the keystore holds by now."""
    _check_length(pin)
    key_id, secret = uuid.uuid4().hex, os.urandom(SECRET_SIZE)
    keystore.write(key_id, secret)
    keys = _PinKeys.stretch(secret, pin, stretching)
    signing = generate_key()
    return DeviceFile(
        key_id=key_id,
        keystore_check=_key(secret, key_id, "keystore check"),
        stretching=stretching,
        tries_left=TRIES,
        signing=_seal(signing, keys.key("signing key")),
        request=make_request(signing),
        chain=(),
        device=_seal(Ed25519PrivateKey.generate(), _key(secret, key_id, "device key")),
        sealing=_seal(X25519PrivateKey.generate(), _key(secret, key_id, "sealing key")),
        vault=keys.seal_vault(key_id, vault_key),
        vault_recovery=vault_recovery,
        recovery_salt=recovery_salt,
    )


def _renew(folder: Path, keystore: Keystore, pin: str, file: DeviceFile, vault_key: bytes) -> None:
    """Put fresh keys in the place of these, for the same vault. To be called by the only one inside."""
    fresh = _make(
        keystore,
        pin,
        Stretching(cost=file.stretching.cost),
        vault_key=vault_key,
        recovery_salt=file.recovery_salt,
        vault_recovery=file.vault_recovery,
    )
    fresh.write(folder / _FILE)
    with suppress(KeystoreError):  # the old secret opens nothing any more: tidiness, not safety
        keystore.delete(file.key_id)


def _key(secret: bytes, key_id: str, purpose: str) -> bytes:
    """What the keystore opens alone."""
    return derive_key(secret, salt=key_id.encode(), purpose=purpose)


def _seal(private_key: _PrivateKey, key: bytes) -> SealedKey:
    plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SealedKey(public_key=public, sealed=seal(key, plain, public))


def _open(sealed: SealedKey, key: bytes) -> PrivateKeyTypes:
    """A key whose sealing key is known to be right: what does not open is damaged."""
    try:
        return load_der_private_key(unseal(key, sealed.sealed, sealed.public_key), None)
    except (WrongKey, ValueError) as error:
        raise DeviceKeysError(Fault.DAMAGED) from error


def _check_length(pin: str) -> None:
    if len(pin) < PIN_LENGTH:
        raise DeviceKeysError(Fault.PIN_TOO_SHORT)
