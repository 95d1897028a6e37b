"""The three keys of a device, and the key of its vault.

| key | opens with | for |
|---|---|---|
| signing, P-256 | keystore and PIN | statements, nothing else |
| device, Ed25519 | keystore | sign-in by challenge |
| sealing, X25519 | keystore | what others seal for this device (HPKE) |
| vault, 32 bytes | keystore and PIN, or the recovery code | the person's local store |

The signing key may instead be on a PKCS #11 token: then its own PIN opens it, and its own count locks it; the PIN here
opens the vault, and nothing is destroyed by wrong ones.

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
from ecabinet.keys.certificates import SigningKey, certify_registrar, generate_key, make_request
from ecabinet.keys.device_file import TRIES, DeviceFile, DeviceKeysError, Fault, SealedKey
from ecabinet.keys.durable import exclusive
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.os_keystore import SECRET_SIZE, Keystore, KeystoreError
from ecabinet.keys.recovery_code import RecoveryCode
from ecabinet.keys.seal import SALT_SIZE, Stretching, WrongKey, derive_key, seal, unseal
from ecabinet.keys.token import TokenAddress, TokenError, TokenFault
from ecabinet.keys.token_key import TokenEllipticCurveKey, TokenPrivateKey, TokenRSAKey
from ecabinet.keys.tokens import Tokens

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

    def __init__(self, folder: Path, secret: bytes, tokens: Tokens | None = None) -> None:
        """Use `create` or `open`: this takes the keystore's secret itself."""
        self._path = folder / _FILE
        self._lock = folder / _LOCK
        self._secret = secret
        self._tokens = tokens or Tokens(folder)
        file = DeviceFile.read(self._path)
        if _key(secret, file.key_id, "keystore check") != file.keystore_check:
            raise DeviceKeysError(Fault.OTHER_KEYSTORE)
        self.key_id = file.key_id
        self.request = file.request
        """PKCS #10 for the signing key, DER."""
        self.signing_public_key = file.signing.public_key
        """SubjectPublicKeyInfo, DER."""
        self.is_on_token = bool(file.token)
        """Whether the signing key is on a token, whose PIN is then the one that signs."""
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
        cls,
        folder: Path,
        keystore: Keystore,
        pin: str,
        *,
        stretching: Stretching | None = None,
        token_key: TokenPrivateKey | None = None,
        tokens: Tokens | None = None,
    ) -> tuple["DeviceKeys", RecoveryCode]:
        """Make the keys of a new device, and the recovery code to print: it is shown once and kept nowhere.

        With a `token_key`, that is the signing key; raises `TokenError` too.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        code, salt, vault_key = RecoveryCode(), os.urandom(SALT_SIZE), os.urandom(_VAULT_KEY_SIZE)
        with exclusive(folder / _LOCK):
            if (folder / _FILE).exists():
                raise DeviceKeysError(Fault.ALREADY_THERE)
            file = _make(
                keystore,
                pin,
                stretching or Stretching(),
                token_key,
                vault_key=vault_key,
                recovery_salt=salt,
                vault_recovery=seal(code.derive_key("vault key", salt), vault_key, salt),
            )
            file.write(folder / _FILE)
        return cls.open(folder, keystore, tokens), code

    @classmethod
    def open(cls, folder: Path, keystore: Keystore, tokens: Tokens | None = None) -> "DeviceKeys":
        """The keys that are there; no PIN needed. A `KeystoreError` (not found) asks for the recovery code.

        `tokens` is where wrong PINs of tokens are counted: in the folder, by default.
        """
        return cls(folder, keystore.read(DeviceFile.read(folder / _FILE).key_id), tokens)

    @classmethod
    def recover(
        cls,
        folder: Path,
        keystore: Keystore,
        code: RecoveryCode,
        pin: str,
        *,
        token_key: TokenPrivateKey | None = None,
        tokens: Tokens | None = None,
    ) -> "DeviceKeys":
        """Keep the vault and set a PIN, by the recovery code alone. The three keys are new and must enrol.

        The signing key is sealed here, unless a `token_key` is given.
        """
        with exclusive(folder / _LOCK):
            file = DeviceFile.read(folder / _FILE)
            key = code.derive_key("vault key", file.recovery_salt)
            try:
                vault_key = unseal(key, file.vault_recovery, file.recovery_salt)
            except WrongKey:
                raise DeviceKeysError(Fault.WRONG_CODE) from None
            _renew(folder, keystore, pin, file, vault_key=vault_key, token_key=token_key)
        return cls.open(folder, keystore, tokens)

    def renew(self, keystore: Keystore, pin: str, *, token_key: TokenPrivateKey | None = None) -> "DeviceKeys":
        """Keep vault, PIN and recovery code. The three keys are new and must enrol: these ones are gone.

        The signing key is sealed here, unless a `token_key` is given.
        """
        with exclusive(self._lock):
            file = self._file()
            vault_key = self._check(pin, file).open_vault(file)
            _renew(self._path.parent, keystore, pin, file, vault_key=vault_key, token_key=token_key)
        return self.open(self._path.parent, keystore, self._tokens)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The signing key's certificates, DER, its own first; none while enrolment waits."""
        return self._file().chain

    @property
    def tries_left(self) -> int:
        """How many PINs may be wrong before the signing key is destroyed; none when it is. A token counts its own."""
        return self._file().tries_left

    def keep_chain(self, chain: tuple[bytes, ...]) -> None:
        """Keep the certificates that were issued to the signing key. Raises `BadCertificate` too."""
        if not chain or describe(chain[0]).public_key_info != self.signing_public_key:
            raise DeviceKeysError(Fault.OTHER_CERTIFICATE)
        with exclusive(self._lock):
            replace(self._file(), chain=chain).write(self._path)

    def certify_as_registrar(self, pin: str, *, title: str, body: str, at: datetime, valid_for: timedelta) -> None:
        """Give the signing key a self-signed certificate: a registrar's, the anchor of the body's ledger.

        The PIN is the signing key's, as in `unlock`.
        """
        key = self._signing_key(pin)
        self.keep_chain((certify_registrar(key, title=title, body=body, at=at, valid_for=valid_for),))

    def device_sign(self, challenge: bytes) -> bytes:
        """Sign a sign-in challenge with the device key: Ed25519, 64 bytes."""
        return self._device.sign(challenge)

    def unlock(self, pin: str) -> LocalSigner:
        """The signing key, ready to sign. A wrong PIN costs a try. A token's key takes the token's PIN.

        A token's key signs for one act, and raises `TokenError`, here and when it signs.
        """
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
            if file.has_signing_key:
                signing = _seal(before.open_signing(file), after.key("signing key"))
            replace(
                self._file(),
                stretching=after.stretching,
                signing=signing,
                vault=after.seal_vault(file.key_id, before.open_vault(file)),
            ).write(self._path)

    def new_recovery_code(self, pin: str) -> RecoveryCode:
        """In the place of the one there was, which opens nothing here any more. A wrong PIN costs a try.

        The vault key stays as it is: who has a copy of the file from before and the former code still has that.
        """
        with exclusive(self._lock):
            file = self._file()
            vault_key = self._check(pin, file).open_vault(file)
            code, salt = RecoveryCode(), os.urandom(SALT_SIZE)
            sealed = seal(code.derive_key("vault key", salt), vault_key, salt)
            replace(self._file(), recovery_salt=salt, vault_recovery=sealed).write(self._path)
        return code

    def _signing_key(self, pin: str) -> SigningKey:
        token = self._file().token
        if token:
            return self._token_key(TokenAddress.parse(token), pin)
        with exclusive(self._lock):
            file = self._file()
            if file.is_destroyed:
                raise DeviceKeysError(Fault.PIN_LOCKED, tries_left=0)
            return self._check(pin, file).open_signing(file)

    def _token_key(self, address: TokenAddress, pin: str) -> TokenPrivateKey:
        key = self._tokens.open(address, pin)
        if key.on_token.public_key_info != self.signing_public_key:
            raise TokenError(TokenFault.KEY_MISSING)
        return key

    def _file(self) -> DeviceFile:
        file = DeviceFile.read(self._path)
        if file.key_id != self.key_id:
            raise DeviceKeysError(Fault.REPLACED)
        return file

    def _check(self, pin: str, file: DeviceFile) -> "_PinKeys":
        """Check a PIN against the vault key. To be called by the only one inside."""
        if file.has_signing_key:
            if file.tries_left == 0:  # killed during the last try, which counts as wrong
                self._destroy_signing_key(file)
            file = replace(file, tries_left=file.tries_left - 1)
            file.write(self._path)
        keys = _PinKeys.stretch(self._secret, pin, file.stretching)
        try:
            keys.open_vault(file)
        except WrongKey:
            if file.has_signing_key and file.tries_left == 0:
                self._destroy_signing_key(file)
            tries_left = None if file.token else file.tries_left
            raise DeviceKeysError(Fault.WRONG_PIN, tries_left=tries_left) from None
        if file.has_signing_key:
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
    token_key: TokenPrivateKey | None,
    *,
    vault_key: bytes,
    recovery_salt: bytes,
    vault_recovery: bytes,
) -> DeviceFile:
    """Fresh keys, sealed under a fresh secret that the keystore holds by now."""
    _check_length(pin)
    # First what may fail: a token may be pulled out, and then nothing has been changed.
    signing_key = token_key or generate_key()
    request = make_request(signing_key)
    key_id, secret = uuid.uuid4().hex, os.urandom(SECRET_SIZE)
    keystore.write(key_id, secret)
    keys = _PinKeys.stretch(secret, pin, stretching)
    if isinstance(signing_key, TokenEllipticCurveKey | TokenRSAKey):
        signing = SealedKey(public_key=_public(signing_key), sealed=b"")
    else:
        signing = _seal(signing_key, keys.key("signing key"))
    return DeviceFile(
        key_id=key_id,
        keystore_check=_key(secret, key_id, "keystore check"),
        stretching=stretching,
        tries_left=TRIES,
        signing=signing,
        token="" if token_key is None else str(token_key.on_token.address),
        request=request,
        chain=(),
        device=_seal(Ed25519PrivateKey.generate(), _key(secret, key_id, "device key")),
        sealing=_seal(X25519PrivateKey.generate(), _key(secret, key_id, "sealing key")),
        vault=keys.seal_vault(key_id, vault_key),
        vault_recovery=vault_recovery,
        recovery_salt=recovery_salt,
    )


def _renew(
    folder: Path,
    keystore: Keystore,
    pin: str,
    file: DeviceFile,
    *,
    vault_key: bytes,
    token_key: TokenPrivateKey | None,
) -> None:
    """Put fresh keys in the place of these, for the same vault. To be called by the only one inside."""
    fresh = _make(
        keystore,
        pin,
        Stretching(cost=file.stretching.cost),
        token_key,
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
    public = _public(private_key)
    return SealedKey(public_key=public, sealed=seal(key, plain, public))


def _public(private_key: SigningKey | _PrivateKey) -> bytes:
    return private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _open(sealed: SealedKey, key: bytes) -> PrivateKeyTypes:
    """A key whose sealing key is known to be right: what does not open is damaged."""
    try:
        return load_der_private_key(unseal(key, sealed.sealed, sealed.public_key), None)
    except (WrongKey, ValueError) as error:
        raise DeviceKeysError(Fault.DAMAGED) from error


def _check_length(pin: str) -> None:
    if len(pin) < PIN_LENGTH:
        raise DeviceKeysError(Fault.PIN_TOO_SHORT)
