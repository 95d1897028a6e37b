"""Signing with PKCS #11 tokens: which are plugged in, and their keys as `cryptography` and our signers know keys.

Promises: a PIN is asked for each act and sent to the token only within it; no session outlives a call; a PIN that might
be the last try is never tried without the caller saying that the person knows; no module can hang or crash this
process; what a token signed is checked before anybody gets it. Every failure is a `TokenError`.

Everything here may block, as long as a call's limit: call it off the UI thread.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ecabinet.core.certificates import BadCertificate, describe
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.token import KeyOnToken, PinState, Token, TokenAddress, TokenError, TokenFault
from ecabinet.keys.token_key import TokenEllipticCurveKey, TokenPrivateKey, TokenRSAKey
from ecabinet.keys.token_modules import known_modules
from ecabinet.keys.token_pins import TokenPins
from ecabinet.keys.token_process import visit

_COUNTED = frozenset({TokenFault.WRONG_PIN, TokenFault.MODULE_SILENT, TokenFault.MODULE_CRASHED})
"""After which a PIN was wrong, or may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is plugged in, and what kept some of it from being seen."""

    tokens: tuple[Token, ...]
    troubles: tuple[tuple[Path, TokenError], ...]
    """Modules that gave no answer, and why."""

    @property
    def keys(self) -> tuple[tuple[Token, KeyOnToken], ...]:
        return tuple((token, key) for token in self.tokens for key in token.keys)


class Tokens:
    """The tokens of this machine. `folder` is where wrong PINs are counted; `limit`, in seconds, is for one call.

    `modules` are looked at instead of those that the setting or the makers' usual places name.
    """

    def __init__(self, folder: Path, *, modules: Sequence[Path] | None = None, limit: float = 60.0) -> None:
        self._pins = TokenPins(folder)
        self._modules = modules
        self._limit = limit
        self._one_at_a_time = threading.Lock()  # a card talks to one program at a time

    def look(self) -> Found:
        """All tokens that are plugged in. A module in trouble hides no other's."""
        tokens: list[Token] = []
        troubles: list[tuple[Path, TokenError]] = []
        for module in self._known():
            try:
                seen = self._look(module)
            except TokenError as error:
                troubles.append((module, error))
            else:
                known = {(each.label, each.serial) for each in tokens}
                tokens += [each for each in seen if (each.label, each.serial) not in known]
        return Found(tokens=tuple(tokens), troubles=tuple(troubles))

    def find(self, address: TokenAddress) -> KeyOnToken:
        """The key at an address; its own address names the module that it was found with. No PIN needed.

        A key that shows only to who has signed in is not found here.
        """
        named = () if address.module is None or not address.module.is_file() else (address.module,)
        modules = [*named, *(each for each in self._known() if each not in named)]
        if not modules:
            raise TokenError(TokenFault.MODULE_MISSING, detail=str(address.module or ""))
        met: list[TokenError] = []
        for module in modules:
            try:
                tokens = self._look(module)
            except TokenError as error:
                met.append(error)
                continue
            meant = [each for each in tokens if address.means(each.label, each.serial)]
            if len(meant) > 1:
                raise TokenError(TokenFault.SEVERAL_TOKENS)
            if meant:
                keys = [each for each in meant[0].keys if each.address.key_id == address.key_id]
                if not keys:
                    raise TokenError(TokenFault.UNFIT_KEY if meant[0].unfit_keys else TokenFault.KEY_MISSING)
                return keys[0]
        raise next(iter(met), TokenError(TokenFault.TOKEN_MISSING))

    def open(self, address: TokenAddress, pin: str, *, knowingly: bool = False) -> TokenPrivateKey:
        """The private key at an address, after the token took the PIN: to be used for one act, and dropped.

        `knowingly`: the person has been told that a wrong PIN may lock the token, and goes on.
        """
        key = self._sign_in(address, pin, knowingly=knowingly)
        is_on_curve = isinstance(load_der_public_key(key.public_key_info), EllipticCurvePublicKey)
        kind = TokenEllipticCurveKey if is_on_curve else TokenRSAKey
        return kind(key, partial(self._sign, key.address, pin))

    def signer(
        self, address: TokenAddress, pin: str, chain: tuple[bytes, ...] = (), *, knowingly: bool = False
    ) -> LocalSigner:
        """The key at an address, ready to sign for one act.

        `chain` is its certificates, DER, its own first; without it, the newest on the token and its issuers there.
        """
        key = self.open(address, pin, knowingly=knowingly)
        chain = chain or key.on_token.chain
        if not chain:
            raise TokenError(TokenFault.CERTIFICATE_MISSING)
        try:
            return LocalSigner(key, chain)
        except (BadCertificate, ValueError) as error:
            raise TokenError(TokenFault.OTHER_CERTIFICATE) from error

    def keep_certificate(
        self, address: TokenAddress, pin: str, certificate: bytes, *, label: str, knowingly: bool = False
    ) -> None:
        """Put a certificate (DER) on the token, beside its key."""
        key = self.find(address)
        try:
            is_its_own = describe(certificate).public_key_info == key.public_key_info
        except BadCertificate:
            is_its_own = False
        if not is_its_own:
            raise TokenError(TokenFault.OTHER_CERTIFICATE)
        self._with_pin("keep_certificate", key.address, pin, certificate, label, knowingly=knowingly)

    def _sign_in(self, address: TokenAddress, pin: str, *, knowingly: bool) -> KeyOnToken:
        """At the module that the address names; where the token is not behind it any more, behind another."""
        try:
            key: KeyOnToken = self._with_pin("sign_in", address, pin, knowingly=knowingly)
        except TokenError as error:
            if error.reason not in {TokenFault.MODULE_MISSING, TokenFault.TOKEN_MISSING}:
                raise
            key = self._with_pin("sign_in", self.find(address).address, pin, knowingly=knowingly)
        return key

    def _sign(self, address: TokenAddress, pin: str, message: bytes) -> bytes:
        signature: bytes = self._with_pin("sign", address, pin, message, knowingly=False)
        return signature

    def _known(self) -> Sequence[Path]:
        return known_modules() if self._modules is None else self._modules

    def _with_pin(self, act: str, address: TokenAddress, pin: str, *arguments: Any, knowingly: bool) -> Any:
        """A visit that tries the PIN, counted."""
        with self._one_at_a_time:
            self._pins.count_try(address, knowingly=knowingly)
            try:
                outcome = visit(
                    self._limit, act, address.module or Path(), address, pin, *arguments, knowingly=knowingly
                )
            except TokenError as error:
                if error.pin is PinState.RIGHT or error.reason is TokenFault.PIN_LOCKED:
                    self._pins.clear(address)
                elif error.reason not in _COUNTED:
                    self._pins.take_back(address)
                raise
            self._pins.clear(address)
            return outcome

    def _look(self, module: Path) -> tuple[Token, ...]:
        with self._one_at_a_time:
            seen: tuple[Token, ...] = visit(self._limit, "look", module)
            return seen
