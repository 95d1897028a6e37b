"""Tokens that are plugged in, as a person chooses among them: nothing here needs a PIN, or asks for one."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ecabinet.client.desk.errors import TokenUnusable
from ecabinet.core.certificates import describe
from ecabinet.keys.token import KeyOnToken, PinState, Token
from ecabinet.keys.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChoice:
    """The key that shall sign, and what opens it."""

    address: str
    """As `TokenKeyLine` gives it."""
    pin: str = field(repr=False)
    """The token's own."""
    knowingly: bool = False
    """The person was told that a wrong PIN may lock the token, and goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeyLine:
    """A key on a token that could sign."""

    address: str
    label: str
    kind: str
    """`P-256` or `RSA-3072`."""
    certified: str
    """Whom its newest certificate names; empty where it has none."""
    not_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token."""

    label: str
    serial: str
    maker: str
    pin: PinState
    has_pin_pad: bool
    keys: tuple[TokenKeyLine, ...]
    unfit_keys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTokens:
    """What is plugged in, and what kept some of it from being seen."""

    tokens: tuple[TokenLine, ...]
    troubles: tuple[tuple[Path, TokenUnusable], ...]


def seen_tokens(tokens: Tokens) -> SeenTokens:
    """Takes as long as the tokens' software does."""
    found = tokens.look()
    return SeenTokens(
        tokens=tuple(map(_line, found.tokens)),
        troubles=tuple((module, TokenUnusable(error.reason, error.pin)) for module, error in found.troubles),
    )


def _line(token: Token) -> TokenLine:
    return TokenLine(
        label=token.label,
        serial=token.serial,
        maker=token.manufacturer,
        pin=token.pin,
        has_pin_pad=token.has_pin_pad,
        keys=tuple(map(_key_line, token.keys)),
        unfit_keys=token.unfit_keys,
    )


def _key_line(key: KeyOnToken) -> TokenKeyLine:
    public = load_der_public_key(key.public_key_info)
    certificate = describe(key.certificates[0]) if key.certificates else None
    return TokenKeyLine(
        address=str(key.address),
        label=key.label,
        kind=f"RSA-{public.key_size}" if isinstance(public, RSAPublicKey) else "P-256",
        certified="" if certificate is None else certificate.title,
        not_after=None if certificate is None else certificate.not_after,
    )
