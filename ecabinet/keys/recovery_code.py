"""The recovery code: 128 random bits that a person keeps on paper, written so that they survive being read aloud.

Seven groups of four of Crockford's 32 letters and digits, which have no I, L, O or U. The last twelve bits are the rest
modulo a prime: one wrong letter, or two neighbours exchanged, always show, and are told from a wrong code.
"""

import os
from dataclasses import dataclass, field
from enum import StrEnum

from ecabinet.keys.seal import derive_key

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "–": None})
_SIZE = 16  # bytes
_CHECK_BITS = 12
_PRIME = 4093
_LETTERS = 28
_GROUP = 4


class CodeFault(StrEnum):
    """Why something typed in is no recovery code."""

    WRONG_LENGTH = "wrong-length"
    UNKNOWN_LETTER = "unknown-letter"
    MISTYPED = "mistyped"
    """The check does not agree with the rest."""


class BadRecoveryCode(ValueError):
    """What was typed in is no recovery code, for this reason."""

    def __init__(self, reason: CodeFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """A recovery code; `str()` is what to print, `repr()` tells nothing."""

    secret: bytes = field(default_factory=lambda: os.urandom(_SIZE), repr=False)

    @classmethod
    def parse(cls, text: str) -> "RecoveryCode":
        """A code as a person types it: in any case, with or without spaces and hyphens. Raises `BadRecoveryCode`."""
        letters = text.strip().upper().translate(_LOOK_ALIKES)
        if len(letters) != _LETTERS:
            raise BadRecoveryCode(CodeFault.WRONG_LENGTH)
        if not set(letters) <= set(_ALPHABET):
            raise BadRecoveryCode(CodeFault.UNKNOWN_LETTER)
        number = 0
        for letter in letters:
            number = number << 5 | _ALPHABET.index(letter)
        code = cls((number >> _CHECK_BITS).to_bytes(_SIZE, "big"))
        if str(code).replace("-", "") != letters:
            raise BadRecoveryCode(CodeFault.MISTYPED)
        return code

    def __str__(self) -> str:
        secret = int.from_bytes(self.secret)
        number = secret << _CHECK_BITS | secret % _PRIME
        letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LETTERS)))
        return "-".join(letters[start : start + _GROUP] for start in range(0, _LETTERS, _GROUP))

    def derive_key(self, purpose: str, salt: bytes) -> bytes:
        """32 bytes for sealing something under this code."""
        return derive_key(self.secret, salt=salt, purpose=f"recovery code: {purpose}")
