"""What may be a PIN: digits, neither too few nor too plain."""

import itertools

from ecabinet.client.desk.errors import BadPin, PinFlaw
from ecabinet.keys.device import PIN_LENGTH

LONGEST_PIN = 12
"""Digits: as many as the windows take."""


def check_pin(pin: str) -> None:
    """Raises BadPin."""
    if not (pin.isascii() and pin.isdigit()):
        raise BadPin(PinFlaw.NOT_DIGITS)
    if len(pin) < PIN_LENGTH:
        raise BadPin(PinFlaw.TOO_SHORT)
    if len(pin) > LONGEST_PIN:
        raise BadPin(PinFlaw.TOO_LONG)
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise BadPin(PinFlaw.TOO_SIMPLE)
