"""What can go wrong that a person must hear of, each with something to do. Windows turn these into words."""

from enum import StrEnum

from ecabinet.client.remote_errors import (
    BadAnswer,
    NeedsNewerVersion,
    OtherCertificate,
    RefusedByServer,
    RemoteError,
    Unreachable,
)
from ecabinet.client.vault.faults import StorageFault, StorageUnusable
from ecabinet.keys.token import PinState, TokenFault

__all__ = [
    "BadAnswer",
    "BadInvitation",
    "BadPin",
    "BadRules",
    "KeyFault",
    "KeyUnusable",
    "NeedsNewerVersion",
    "NotAllowed",
    "NotHere",
    "OtherCertificate",
    "PinFlaw",
    "PinState",
    "RefusedByServer",
    "RemoteError",
    "StorageFault",
    "StorageUnusable",
    "TokenFault",
    "TokenUnusable",
    "Unreachable",
    "WrongPin",
    "WrongRecoveryCode",
    "WrongUnlockPin",
]


class DeskError(Exception):
    """Base of what the desk itself raises."""


class BadInvitation(DeskError):
    """The text is neither `ecabinet://host:port/CODE` nor an address and a code: nothing was sent anywhere."""


class PinFlaw(StrEnum):
    """Why digits will not do as a PIN."""

    NOT_DIGITS = "not_digits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    """More than the windows let be typed."""
    TOO_SIMPLE = "too_simple"
    """One digit repeated, or digits in a row."""


class BadPin(DeskError):
    """This can't become the PIN."""

    def __init__(self, flaw: PinFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


class WrongPin(DeskError):
    """The PIN is wrong. The last try gives KeyUnusable (destroyed) instead; 0 left: that has happened before."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(str(tries_left))
        self.tries_left = tries_left


class WrongUnlockPin(DeskError):
    """The PIN that opens the vault is wrong; the signing key is on a token, so that no try is counted."""


class WrongRecoveryCode(DeskError):
    """This is not the recovery code of the profile."""


class KeyFault(StrEnum):
    """Why the keys of this device can't be used now."""

    KEYSTORE_ABSENT = "keystore_absent"
    KEYSTORE_LOCKED = "keystore_locked"
    PROMPT_REFUSED = "prompt_refused"
    KEYSTORE_SLOW = "keystore_slow"
    """It did not answer in time; perhaps its prompt is still on the screen."""
    KEYSTORE_FAILED = "keystore_failed"
    SECRET_LOST = "secret_lost"  # noqa: S105 - a reason
    """The keystore no longer holds this profile's secret: the recovery code opens the vault."""
    DAMAGED = "damaged"
    """The key files can't be read."""
    DESTROYED = "destroyed"
    """After five wrong PINs. A new enrolment is needed to sign again; everything else is still here."""
    WAITING = "waiting"
    """The registrar has not confirmed the keys yet."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"


class KeyUnusable(DeskError):
    """The keys of this device can't be used now, for this reason."""

    def __init__(self, fault: KeyFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class TokenUnusable(DeskError):
    """The token did not do what it was asked, for this reason; `pin` is what it said of its tries, if it did."""

    def __init__(self, fault: TokenFault, pin: PinState | None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.pin = pin


class CertificateFault(StrEnum):
    """What keeps a certificate of another authority from being taken. The words are the interface's."""

    UNREADABLE = "unreadable"
    NO_AUTHORITY = "no_authority"
    """It may not issue others, is not valid now, or is one that counts already."""
    OTHER_KEY = "other_key"
    """Nobody whose phrase was given has this key."""
    NOT_ADMITTED = "not_admitted"
    """No authority that was admitted issued it."""
    UNFIT_KEY = "unfit_key"
    UNFIT_USAGE = "unfit_usage"
    """Its key usage is not for signing statements, or it is an authority's."""
    UNFIT_PURPOSE = "unfit_purpose"
    """Its extended key usage names no purpose that counts, or is absent."""
    UNKNOWN_EXTENSION = "unknown_extension"
    """Something critical in it is not known here."""
    NOT_VALID_NOW = "not_valid_now"
    """It, or its authority's certificate, is not valid yet, or no longer."""


class CertificateUnfit(DeskError):
    """A certificate of another authority can't be taken, for this reason. Nothing was signed."""

    def __init__(self, fault: CertificateFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class NotAllowed(DeskError):
    """The person's roles give no right to this: the server would refuse the statement, so nothing was signed."""


class NotAsSent(DeskError):
    """The record has other papers, or lacks some, than those the ballot was sent with: nobody answers on them."""


class BadRules(DeskError):
    """The rules by which ballots are counted can't be read, or none is in force for this body: no ballot is made."""


class NotHere(DeskError):
    """The paper is known but has not been fetched yet, or the thing is no longer one the person may see."""


class WitnessesAwaited(DeskError):
    """Too few of the witnesses whom the signed policy asks for have cosigned yet. Nothing was sealed."""
