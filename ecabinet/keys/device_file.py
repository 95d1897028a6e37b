"""The file that holds a device's keys, sealed, and the words for what may go wrong with them.

Version 1 of its form, or 2 where the signing key is on a token, which an older program must not take for a lost one.

It is JSON, bytes in base64. The keystore's secret is told from another one by `keystore_check`, so that a keystore that
was exchanged is not mistaken for a wrong PIN and costs no key.
"""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ecabinet.keys.durable import replace_file
from ecabinet.keys.seal import Stretching, from_text, to_text

TRIES = 5
"""Wrong PINs in a row that destroy the signing key."""

_FORMAT = "ecabinet device keys"
_SEALED_HERE, _ON_TOKEN = 1, 2  # versions


class Fault(StrEnum):
    """What is wrong with a device's keys, or with what was typed."""

    NOT_FOUND = "not-found"
    """There is no key file: this device was never set up here."""
    ALREADY_THERE = "already-there"
    """There is one already, which is never overwritten."""
    DAMAGED = "damaged"
    NEWER_FORMAT = "newer-format"
    """A newer version of the program wrote it."""
    OTHER_KEYSTORE = "other-keystore"
    """The keystore's secret is not the one that the file was sealed under: the recovery code is needed."""
    REPLACED = "replaced"
    """The keys were renewed or recovered since they were opened: open them again."""
    PIN_TOO_SHORT = "pin-too-short"
    WRONG_PIN = "wrong-pin"
    PIN_LOCKED = "pin-locked"
    """Too many wrong PINs: the signing key is destroyed. Notes and outbox are not; the device must enrol again."""
    WRONG_CODE = "wrong-code"
    """A well-formed recovery code, but not this one's."""
    WAITING = "waiting"
    """The signing key has no certificate yet."""
    OTHER_CERTIFICATE = "other-certificate"
    """A certificate of another key."""


class DeviceKeysError(Exception):
    """A device's keys can't be had; `tries_left` is how many PINs may still be wrong, where that matters."""

    def __init__(self, reason: Fault, *, tries_left: int | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.tries_left = tries_left


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A key pair: SubjectPublicKeyInfo, and PKCS #8 sealed."""

    public_key: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFile:
    """What the file holds."""

    key_id: str
    """The name of the keystore's secret."""
    keystore_check: bytes
    stretching: Stretching
    tries_left: int
    signing: SealedKey
    """Sealed by keystore and PIN; nothing of it is here once it was destroyed, or where it is on a token."""
    token: str = ""
    """The address of the signing key on a token; empty for one that is sealed here."""
    request: bytes
    """PKCS #10 for the signing key, DER."""
    chain: tuple[bytes, ...]
    """The signing key's certificates, DER; none while enrolment waits."""
    device: SealedKey
    """Ed25519, sealed by the keystore alone."""
    sealing: SealedKey
    """X25519, sealed by the keystore alone."""
    vault: bytes
    """The vault key, sealed by keystore and PIN."""
    vault_recovery: bytes
    """The vault key, sealed by the recovery code."""
    recovery_salt: bytes

    @property
    def has_signing_key(self) -> bool:
        """Whether the signing key is sealed here: what wrong PINs destroy."""
        return bool(self.signing.sealed)

    @property
    def is_destroyed(self) -> bool:
        return not self.has_signing_key and not self.token

    def without_signing_key(self) -> "DeviceFile":
        return replace(self, tries_left=0, signing=replace(self.signing, sealed=b""))

    @classmethod
    def read(cls, path: Path) -> "DeviceFile":
        """Raises `DeviceKeysError` (not found, damaged, newer format)."""
        try:
            document = json.loads(path.read_bytes())
            if document["format"] != _FORMAT:
                raise DeviceKeysError(Fault.DAMAGED)
            if document["version"] > _ON_TOKEN:
                raise DeviceKeysError(Fault.NEWER_FORMAT)
            return cls._from_document(document)
        except FileNotFoundError:
            raise DeviceKeysError(Fault.NOT_FOUND) from None
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise DeviceKeysError(Fault.DAMAGED) from error

    def write(self, path: Path) -> None:
        """Replace the file by this, durably."""
        replace_file(path, json.dumps(self._to_document(), indent=1).encode())

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> "DeviceFile":
        pin, signing, recovery = document["pin"], document["signing"], document["recovery"]
        if pin["tries_left"] not in range(TRIES + 1):
            raise ValueError("tries out of bounds")
        return cls(
            key_id=str(document["key_id"]),
            keystore_check=from_text(document["keystore_check"]),
            stretching=Stretching(salt=from_text(pin["salt"]), cost=pin["cost"]),
            tries_left=pin["tries_left"],
            signing=_key(signing),
            token=str(signing.get("token", "")),
            request=from_text(signing["request"]),
            chain=tuple(map(from_text, signing["chain"])),
            device=_key(document["device"]),
            sealing=_key(document["sealing"]),
            vault=from_text(document["vault"]),
            vault_recovery=from_text(recovery["sealed"]),
            recovery_salt=from_text(recovery["salt"]),
        )

    def _to_document(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "version": _ON_TOKEN if self.token else _SEALED_HERE,
            "key_id": self.key_id,
            "keystore_check": to_text(self.keystore_check),
            "pin": {
                "salt": to_text(self.stretching.salt),
                "cost": self.stretching.cost,
                "tries_left": self.tries_left,
            },
            "signing": {
                **_key_document(self.signing),
                **({"token": self.token} if self.token else {}),
                "request": to_text(self.request),
                "chain": [to_text(certificate) for certificate in self.chain],
            },
            "device": _key_document(self.device),
            "sealing": _key_document(self.sealing),
            "vault": to_text(self.vault),
            "recovery": {"salt": to_text(self.recovery_salt), "sealed": to_text(self.vault_recovery)},
        }


def _key(document: dict[str, str]) -> SealedKey:
    return SealedKey(public_key=from_text(document["public_key"]), sealed=from_text(document["sealed"]))


def _key_document(key: SealedKey) -> dict[str, str]:
    return {"public_key": to_text(key.public_key), "sealed": to_text(key.sealed)}
