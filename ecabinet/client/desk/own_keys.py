"""A person's own keys: this device and the others, until when they last, what is to be revoked, and the PIN."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.desk.key_faults import keys_told
from ecabinet.client.desk.pins import check_pin
from ecabinet.client.desk.unlocked import Unlocked
from ecabinet.client.sync.losses import keep_report, reported
from ecabinet.client.vault import schema
from ecabinet.client.vault.changes import Changes
from ecabinet.core.certificates import describe
from ecabinet.core.codec import AgencyCode, Digest, whole_milliseconds
from ecabinet.core.losses import LostDevice, loss_message
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.register import DeviceKeys, RevocationReason, fingerprint_phrase

EXPIRES_SOON = timedelta(days=30)
"""Before a certificate's end: long enough for a registrar on holiday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDevice:
    """A device of this person's that is in force."""

    certificate: Digest
    """SHA-256 of its signing certificate, by which the register names it."""
    phrase: str
    not_after: datetime
    is_this_one: bool
    is_former: bool
    """Keys that this machine had before it made new ones: nothing signs with them any more."""
    reported_at: datetime | None
    """When the registrar was asked, from here, to revoke it."""
    is_expiring: bool
    """Its certificate ends soon, or has ended."""


def keep_own(db: Connection, body: AgencyCode, phrase: str) -> None:
    """Keeps which keys this machine has, so that they are known as its own when it has others."""
    db.execute(insert(schema.own_keys).values(body=body, phrase=phrase).on_conflict_do_nothing())


class OwnKeys:
    """What a person may know and do about them."""

    def __init__(self, unlocked: Unlocked) -> None:
        self._unlocked = unlocked

    def devices(self) -> tuple[OwnDevice, ...]:
        """Those the registrar has confirmed and not revoked: this one first. None before the first sync."""

        def read(db: Connection) -> tuple[OwnDevice, ...]:
            register = self._unlocked.vault.registers.of(db, self._unlocked.body)
            known = () if register is None else register.devices(self._unlocked.person)
            told = (self._told(db, each) for each in known)
            return tuple(sorted(told, key=lambda each: (not each.is_this_one, each.is_former)))

        return self._unlocked.vault.do(read)

    def report(self, certificate: Digest, reason: RevocationReason) -> Changes:
        """*Network.* Asks the registrar to revoke another device of this person's. Nothing is revoked by it yet.

        Raises NotHere unless it is one, RemoteError and its kinds.
        """
        if certificate not in {each.certificate for each in self.devices() if not each.is_this_one}:
            raise NotHere
        body, keys = self._unlocked.body, self._unlocked.keys
        by, at = device_of(keys.sealing_public_key), whole_milliseconds(self._unlocked.clock())
        lost = LostDevice(certificate=certificate, reason=reason, at=at, by=by, signature=b"")
        lost = replace(lost, signature=keys.device_sign(loss_message(body, lost)))
        self._unlocked.remote.report_lost(body, lost)
        self._unlocked.vault.do(lambda db: keep_report(db, body, lost))
        return Changes(register=True)

    def change_pin(self, old: str, new: str) -> None:
        """Of this device; a token keeps its own. Raises BadPin, WrongPin, WrongUnlockPin, KeyUnusable."""
        check_pin(new)
        with keys_told():
            self._unlocked.keys.change_pin(old, new)

    def new_recovery_code(self, pin: str) -> str:
        """To be printed: it is told here and never again, and the former one opens this machine's store no more.

        Raises WrongPin, WrongUnlockPin, KeyUnusable.
        """
        with keys_told():
            return str(self._unlocked.keys.new_recovery_code(pin))

    @property
    def recovery_slip(self) -> tuple[str, str]:
        """What a slip of paper with the code has to name: server, and the phrase by which this device is known."""
        return self._unlocked.host, self._unlocked.phrase

    def _told(self, db: Connection, device: DeviceKeys) -> OwnDevice:
        certificate, phrase = describe(device.signing_certificate), fingerprint_phrase(device.fingerprint)
        digest, own = certificate.digest.hex(), schema.own_keys.c
        is_this_one = certificate.public_key_info == self._unlocked.keys.signing_public_key
        had = db.scalar(select(own.phrase).where(own.body == self._unlocked.body, own.phrase == phrase)) is not None
        reports = {each.certificate: each.at for each in reported(db, self._unlocked.body)}
        return OwnDevice(
            certificate=digest,
            phrase=phrase,
            not_after=certificate.not_after,
            is_this_one=is_this_one,
            is_former=had and not is_this_one,
            reported_at=reports.get(digest),
            is_expiring=certificate.not_after - self._unlocked.clock() < EXPIRES_SOON,
        )
