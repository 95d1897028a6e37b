"""What a person says from one of his devices of another: that its key is to be none any more.

A message to the registrar, no statement: it revokes nothing, and stands in no ledger. It is signed by the device that
it comes from, so that the server can't make one up and have the registrar, who goes by it, shut somebody out.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ecabinet.core.certificates import describe
from ecabinet.core.codec import AgencyCode, Digest, Name, write_time
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.register import DeviceKeys, Register, RevocationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LostDevice:
    """Message: the key of this certificate is to be revoked."""

    certificate: Digest
    """SHA-256 of the DER: which device is meant."""
    reason: RevocationReason
    at: datetime
    """By the clock of the device that says so."""
    by: Digest
    """That device: SHA-256 of its sealing key, as it is named everywhere."""
    signature: bytes
    """Ed25519, by its device key over `loss_message`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostDevices:
    """Message: what waits for the registrar."""

    devices: tuple[LostDevice, ...]


def loss_message(body: AgencyCode, lost: LostDevice) -> bytes:
    """What the device signs."""
    return f"ecabinet lost device v1 {body} {lost.certificate} {lost.reason} {write_time(lost.at)}".encode()


def reporter(register: Register, lost: LostDevice) -> Name | None:
    """Who says so of a device of his own that is in force, by another; None if nobody does."""
    for person in register.people():
        devices = register.devices(person.id)
        if not any(_digest(each) == lost.certificate for each in devices):
            continue
        others = [each for each in devices if _digest(each) != lost.certificate]
        signer = next((each for each in others if device_of(each.sealing_key) == lost.by), None)
        if signer is not None and _is_signed(register.founding.body, lost, signer):
            return person.id
    return None


def _digest(device: DeviceKeys) -> Digest:
    return describe(device.signing_certificate).digest.hex()


def _is_signed(body: AgencyCode, lost: LostDevice, device: DeviceKeys) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(device.device_key)
        key.verify(lost.signature, loss_message(body, lost))
    except (InvalidSignature, ValueError):
        return False
    return True
