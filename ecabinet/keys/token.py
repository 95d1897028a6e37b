"""What is known of PKCS #11 tokens without a PIN, where on a token a key is, and the words for what may go wrong.

A key's address is a `pkcs11:` URI (RFC 7512) with the attributes token, serial, id and module-path and no other: a PIN
never stands in an address.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes


class TokenFault(StrEnum):
    """Why a token did not do what it was asked. Each has words that say what the person should do."""

    BAD_ADDRESS = "bad_address"
    """The text is no address of a key on a token."""
    MODULE_MISSING = "module_missing"
    """No PKCS #11 module is where it should be: the token's software is not installed."""
    MODULE_UNUSABLE = "module_unusable"
    """The file is no PKCS #11 module, is one for another kind of machine, or does not start."""
    MODULE_SILENT = "module_silent"
    """It did not answer in time and was ended. It may have counted the PIN."""
    MODULE_CRASHED = "module_crashed"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a reason
    SEVERAL_TOKENS = "several_tokens"
    """Two tokens that bear the same name and number."""
    KEY_MISSING = "key_missing"
    SEVERAL_KEYS = "several_keys"
    UNFIT_KEY = "unfit_key"
    """Neither P-256 nor RSA of 2,048 bits or more, or not one that may sign."""
    NO_MECHANISM = "no_mechanism"
    """The token has no ECDSA, or no RSASSA-PSS with SHA-256."""
    CERTIFICATE_MISSING = "certificate_missing"
    OTHER_CERTIFICATE = "other_certificate"
    """A certificate of another key."""
    PIN_LENGTH = "pin_length"
    """Empty, or of a length the token knows at once not to be its PIN's. It has not been counted."""
    WRONG_PIN = "wrong_pin"
    PAUSED = "paused"
    """Two wrong PINs in a row were given here: one more may lock the token. It was not asked."""
    FINAL_TRY = "final_try"
    """One more wrong PIN locks the token. It was not asked."""
    PIN_LOCKED = "pin_locked"
    PIN_NOT_SET = "pin_not_set"
    PIN_EXPIRED = "pin_expired"
    """It must be changed with the maker's tool first."""
    REMOVED = "removed"
    """Taken out in the middle. Nothing was signed."""
    SESSION_CLOSED = "session_closed"
    """Another program ended what this one had begun. Nothing was signed."""
    DEVICE_ERROR = "device_error"
    """The token, or its reader, failed. Nothing was signed."""
    FALSE_SIGNATURE = "false_signature"
    """What the token made is not its key's signature; it was thrown away."""
    REFUSED = "refused"
    """Declined at the token's own keys, or by its rules."""
    FULL = "full"
    """No room, or no right, to keep anything more on it."""
    FAILED = "failed"
    """Something else, told by the error's `detail`."""


class PinState(StrEnum):
    """What a token says of its PIN's tries. It tells no number: PKCS #11 has none."""

    RIGHT = "right"
    """The PIN was taken, this time."""
    USUAL = "usual"
    LOW = "low"
    """At least one wrong PIN since the last right one."""
    FINAL_TRY = "final_try"
    LOCKED = "locked"
    NOT_SET = "not_set"
    TO_BE_CHANGED = "to_be_changed"


class TokenError(Exception):
    """A token did not do what it was asked, for this reason; `pin` is what it said of its tries, where that matters."""

    def __init__(self, reason: TokenFault, *, pin: PinState | None = None, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason.value)
        self.reason = reason
        self.pin = pin
        self.detail = detail
        """For whoever looks after the machine: the module's path, the error's name. Never a secret."""

    def __reduce__(self) -> tuple[object, ...]:
        return _token_error, (self.reason, self.pin, self.detail)


def _token_error(reason: TokenFault, pin: PinState | None, detail: str) -> TokenError:
    """As an error crosses from one process to another."""
    return TokenError(reason, pin=pin, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAddress:
    """Where a key is. The module is the first place to look: a newer driver may have another name."""

    token: str
    """The token's label, as its owner or issuer called it."""
    serial: str
    """The token's number."""
    key_id: bytes
    """CKA_ID, which the key shares with its certificates."""
    module: Path | None = None

    def __post_init__(self) -> None:
        if not (self.token or self.serial) or not self.key_id:
            raise TokenError(TokenFault.BAD_ADDRESS)

    def __str__(self) -> str:
        path = [f"token={quote(self.token, safe='')}", f"serial={quote(self.serial, safe='')}"]
        path.append("id=" + "".join(f"%{byte:02X}" for byte in self.key_id))
        query = "" if self.module is None else f"?module-path={quote(str(self.module), safe='/')}"
        return "pkcs11:" + ";".join(path) + query

    def means(self, token: str, serial: str) -> bool:
        """Whether a token with this label and number is the one meant."""
        return self.token in {"", token} and self.serial in {"", serial}

    @classmethod
    def parse(cls, text: str) -> "TokenAddress":
        """Raises `TokenError` (bad address) for whatever is not of this form, any PIN in it above all."""
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise TokenError(TokenFault.BAD_ADDRESS)
        pairs = [part.partition("=") for part in found["path"].split(";")]
        if found["query"]:
            pairs += [part.partition("=") for part in found["query"].split("&")]
        values = {name: unquote_to_bytes(value) for name, _, value in pairs}
        if len(values) != len(pairs) or not values.keys() <= _ATTRIBUTES:
            raise TokenError(TokenFault.BAD_ADDRESS)
        try:
            token, serial, module = (values.get(name, b"").decode() for name in ("token", "serial", "module-path"))
        except UnicodeDecodeError:
            raise TokenError(TokenFault.BAD_ADDRESS) from None
        key_id = values.get("id", b"")
        return cls(token=token, serial=serial, key_id=key_id, module=Path(module) if module else None)


_ATTRIBUTES = frozenset({"token", "serial", "id", "module-path"})
_VALUE = r"[a-z-]+=(?:[\w.~:\[\]@!$'()*+,=/-]|%[0-9A-Fa-f]{2})*"
_ADDRESS = re.compile(rf"pkcs11:(?P<path>{_VALUE}(?:;{_VALUE})*)(?:\?(?P<query>{_VALUE}(?:&{_VALUE})*))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOnToken:
    """A key pair on a token, as its public half and its certificates tell."""

    address: TokenAddress
    label: str
    public_key_info: bytes
    """SubjectPublicKeyInfo, DER: P-256, or RSA of 2,048 bits or more."""
    certificates: tuple[bytes, ...]
    """DER, of this key, the newest first."""
    chain: tuple[bytes, ...]
    """The newest of them and its issuers, as far as they are on the token; no root. Empty where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that is plugged in, as seen without its PIN."""

    module: Path
    label: str
    serial: str
    manufacturer: str
    model: str
    pin: PinState
    has_pin_pad: bool
    """The PIN is typed on the token itself."""
    mechanisms: frozenset[str]
    """Those of ours that it has, by their names in PKCS #11."""
    keys: tuple[KeyOnToken, ...]
    unfit_keys: int
    """Those of kinds not used here."""
