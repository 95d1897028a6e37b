"""Founding a body: what its registrar says, and leaf 0 of its ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ecabinet.client.desk.key_faults import keys_told
from ecabinet.core import envelope
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.envelope import Envelope
from ecabinet.core.protocol import FoundingTerms
from ecabinet.core.register import BodyFounded, WitnessPolicy
from ecabinet.core.register import DeviceKeys as PublicKeys
from ecabinet.keys.device import DeviceKeys

_REGISTRAR_LASTS = timedelta(days=3650)
_CLOCK_TOLERANCE = 24 * 60 * 60
_NO_WITNESSES = WitnessPolicy(quorum=0, keys=())


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
    witnesses: WitnessPolicy = _NO_WITNESSES
    """Signed with the rest, and asked for by every verifier from then on."""


def sign_founding(keys: DeviceKeys, pin: str, founder: Founder, terms: FoundingTerms, now: datetime) -> Envelope:
    """Leaf 0 of a ledger. The PIN is the signing key's. Raises WrongPin, KeyUnusable, TokenUnusable."""
    with keys_told():
        keys.certify_as_registrar(pin, title=founder.office, body=founder.name, at=now, valid_for=_REGISTRAR_LASTS)
        signer = keys.unlock(pin)
    founding = BodyFounded(
        **envelope.heading(founder.body, at=now, seen=None),
        name=founder.name,
        name_en=founder.name_en,
        time_zone=founder.time_zone,
        registrar=founder.registrar,
        registrar_office=founder.office,
        registrar_keys=PublicKeys(
            signing_certificate=signer.chain[0],
            device_key=keys.device_public_key,
            sealing_key=keys.sealing_public_key,
        ),
        log_key=terms.log_key,
        ca_certificate=terms.ca_certificate,
        clock_tolerance_seconds=_CLOCK_TOLERANCE,
        witnesses=founder.witnesses,
    )
    with keys_told():
        return envelope.sign(founding, signer)
