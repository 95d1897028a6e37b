"""Opens a signing key by its address: `os:<name>` on this device, `file:<path>` in a file, `pkcs11:…` on a token."""

import re
from enum import StrEnum
from pathlib import Path

from ecabinet.core.signer import Signer
from ecabinet.keys.device import DeviceKeys
from ecabinet.keys.key_file import read_key_file
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.token import TokenAddress
from ecabinet.keys.tokens import Tokens

_NAME = re.compile(r"\w[\w.-]*")


class Fault(StrEnum):
    """Why an address leads to no key."""

    UNKNOWN_SCHEME = "unknown-scheme"
    BAD_NAME = "bad-name"
    """The name in an `os:` address is no plain name, which could lead out of the folder."""


class BadSignerAddress(ValueError):
    """An address leads to no key, for this reason."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.value)
        self.reason = reason


def open_signer(uri: str, secret: str, *, folder: Path, keystore: Keystore) -> Signer:
    """The key at an address, ready to sign.

    `os:<name>` is the device keys in `folder/<name>`, opened with the keystore and the PIN; `file:<path>` a key file,
    opened with its passphrase, which is empty for a plain PEM; `pkcs11:…` (RFC 7512) a key on a token, opened with the
    token's PIN, wrong ones being counted in `folder`. Raises `BadSignerAddress`; for the first `DeviceKeysError` and
    `KeystoreError`, for the second `KeyFileError`, for the third `TokenError`.
    """
    scheme, _, rest = uri.partition(":")
    if scheme == "file":
        return read_key_file(Path(rest), secret)
    if scheme == "pkcs11":
        return Tokens(folder).signer(TokenAddress.parse(uri), secret)
    if scheme != "os":
        raise BadSignerAddress(Fault.UNKNOWN_SCHEME)
    if not _NAME.fullmatch(rest):
        raise BadSignerAddress(Fault.BAD_NAME)
    return DeviceKeys.open(folder / rest, keystore).unlock(secret)
