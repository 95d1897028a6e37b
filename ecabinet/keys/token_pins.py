"""How many wrong PINs in a row were given here to each token: a token's own count is short, and locks it for good.

A try is written down before it is made, so that whatever is killed meanwhile counts as wrong.
"""

import hashlib
import json
from pathlib import Path

from ecabinet.keys.durable import exclusive, replace_file
from ecabinet.keys.token import PinState, TokenAddress, TokenError, TokenFault

WRONG_PINS = 2
"""After so many in a row the person is asked to think before the next: most tokens lock at three."""

_FILE = "token-pins.json"
_LOCK = "token-pins.lock"


class TokenPins:
    """The tries given from this folder's installation, in a file that names tokens by hashes and holds no PIN."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._lock = folder / _LOCK

    def count_try(self, address: TokenAddress, *, knowingly: bool) -> None:
        """To be called before a PIN is tried. Raises `TokenError` (paused) where two in a row were wrong."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with exclusive(self._lock):
            counts = self._read()
            wrong = counts.get(_name(address), 0)
            if wrong >= WRONG_PINS and not knowingly:
                raise TokenError(TokenFault.PAUSED, pin=PinState.LOW)
            self._write(counts | {_name(address): wrong + 1})

    def take_back(self, address: TokenAddress) -> None:
        """To be called when the PIN was not tried after all."""
        with exclusive(self._lock):
            counts = self._read()
            self._write(counts | {_name(address): counts.get(_name(address), 1) - 1})

    def clear(self, address: TokenAddress) -> None:
        """To be called when the PIN was right, or the token itself is locked and says so."""
        with exclusive(self._lock):
            self._write(self._read() | {_name(address): 0})

    def _read(self) -> dict[str, int]:
        try:
            counts = json.loads(self._path.read_bytes())
            return {str(name): int(count) for name, count in counts.items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, counts: dict[str, int]) -> None:
        replace_file(self._path, json.dumps({name: count for name, count in counts.items() if count}).encode())


def _name(address: TokenAddress) -> str:
    return hashlib.sha256(f"{address.serial}\0{address.token}".encode()).hexdigest()[:32]
