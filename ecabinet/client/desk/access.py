"""Getting in: the first run, the PIN, and whether everything is here for a journey without a network."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ecabinet.client.desk.desk import Desk
from ecabinet.core.codec import AgencyCode, Digest, Name
from ecabinet.core.protocol import Code

PIN_LENGTH = 6
"""Digits a PIN has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInvitation:
    """Which server, and the one-time code it gave out."""

    host: str
    port: int
    code: Code


class Stage(StrEnum):
    """How far a profile has come. A first run that was interrupted goes on from here."""

    ASKING = "asking"
    """Keys are made; whether the server has them is not known. `ask_again` finds out."""
    WAITING = "waiting"
    """For the registrar, who compares the phrase with the person."""
    DECLINED = "declined"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person on a server, as known before anything is unlocked. Until `WAITING`, only address and phrase are known."""

    id: str
    host: str
    port: int
    stage: Stage
    phrase: str
    """The fingerprint phrase of this device's keys, to read to the registrar."""
    device_name: str
    asked_at: datetime
    body: AgencyCode
    body_name: str
    person: Name
    office: str
    office_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A profile just made. The recovery code is told here and never again."""

    profile: Profile
    recovery_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """What the registrar says when founding a body."""

    body: AgencyCode
    name: str
    name_en: str
    registrar: Name
    office: str
    """The registrar's: "Chánh Văn phòng UBND tỉnh"."""
    time_zone: str = "Asia/Ho_Chi_Minh"


def read_invitation(text: str, code: str = "") -> ServerInvitation:
    """`ecabinet://host:port/CODE`, or an address and a code typed apart. Raises BadInvitation."""
    raise NotImplementedError


class Access:
    """The profiles in one folder. Methods marked *network* belong on a network lane; the others are quick."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        raise NotImplementedError

    def profiles(self) -> tuple[Profile, ...]:
        """Everybody who began or finished a first run here; the one used last comes first."""
        raise NotImplementedError

    def join(self, invitation: ServerInvitation, pin: str, device_name: str) -> Joined:
        """*Network.* Makes this device's keys under the PIN and asks for enrolment.

        Raises BadPin, KeyUnusable, Unreachable, OtherCertificate, NeedsNewerVersion, RefusedByServer (wrong, used or expired
        code; the profile is taken back). After Unreachable the profile stays, at ASKING, and `ask_again` goes on.
        """
        raise NotImplementedError

    def found(self, invitation: ServerInvitation, pin: str, device_name: str, founder: Founder) -> Joined:
        """*Network.* Founds a body with a founding code: this person is its registrar. Raises what `join` raises."""
        raise NotImplementedError

    def ask_again(self, profile: Profile) -> Profile:
        """*Network.* The profile as the server sees it now: still waiting, confirmed, declined. No PIN needed.

        Raises KeyUnusable, Unreachable, OtherCertificate, NeedsNewerVersion, RefusedByServer.
        """
        raise NotImplementedError

    def unlock(self, profile: Profile, pin: str) -> Desk:
        """Opens the vault. Raises WrongPin, KeyUnusable, StorageUnusable."""
        raise NotImplementedError

    def recover(self, profile: Profile, recovery_code: str, pin: str) -> Desk:
        """Opens the vault by the recovery code and sets a new PIN for it. A destroyed signing key stays destroyed.

        Raises WrongRecoveryCode, BadPin, KeyUnusable, StorageUnusable.
        """
        raise NotImplementedError

    def forget(self, profile: Profile) -> None:
        """Destroys a profile's keys, vault and papers on this device. For one that was declined, or a device handed on."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """This device's keys. `fault` says why they can't sign now; None when they can."""

    phrase: str
    certificate_digest: Digest
    not_after: datetime
    tries_left: int
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelCheck:
    """Whether everything is on this machine. `is_ready` when nothing is missing."""

    papers: int
    missing_papers: tuple[str, ...]
    """Titles."""
    damaged_papers: tuple[str, ...]
    """Titles of those whose bytes did not prove right; they are fetched again."""
    ballots: int
    unanswered_ballots: int
    can_sign: bool
    waiting_to_send: int
    ready_until: datetime | None
    """The last deadline or meeting known, until which all of it is here."""

    @property
    def is_ready(self) -> bool:
        return self.can_sign and not self.missing_papers and not self.damaged_papers
