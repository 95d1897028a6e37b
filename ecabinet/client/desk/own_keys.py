"""A person's own keys: this device and the others, until when they last, and the PIN."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ecabinet.client.desk.key_faults import keys_told
from ecabinet.client.desk.pins import check_pin
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.core.certificates import describe
from ecabinet.core.register import DeviceKeys, fingerprint_phrase

EXPIRES_SOON = timedelta(days=30)
"""Before a certificate's end: long enough for a registrar on holiday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDevice:
    """A device of this person's that is in force."""

    phrase: str
    not_after: datetime
    is_this_one: bool
    is_expiring: bool
    """Its certificate ends soon, or has ended."""


class OwnKeys:
    """What a person may know and do about them."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked

    def devices(self) -> tuple[OwnDevice, ...]:
        """Those the registrar has confirmed and not revoked: this one first. None before the first sync."""

        def read(db: Connection) -> tuple[OwnDevice, ...]:
            register = self._unlocked.vault.registers.of(db, self._unlocked.body)
            known = () if register is None else register.devices(self._unlocked.person)
            return tuple(sorted(map(self._told, known), key=lambda each: not each.is_this_one))

        return self._unlocked.vault.do(read)

    def change_pin(self, old: str, new: str) -> None:
        """Of this device; a token keeps its own. Raises BadPin, WrongPin, WrongUnlockPin, KeyUnusable."""
        check_pin(new)
        with keys_told():
            self._unlocked.keys.change_pin(old, new)

    def _told(self, device: DeviceKeys) -> OwnDevice:
        certificate = describe(device.signing_certificate)
        return OwnDevice(
            phrase=fingerprint_phrase(device.fingerprint),
            not_after=certificate.not_after,
            is_this_one=certificate.public_key_info == self._unlocked.keys.signing_public_key,
            is_expiring=certificate.not_after - self._unlocked.clock() < EXPIRES_SOON,
        )
