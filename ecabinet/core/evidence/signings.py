"""Who signed what of a ballot, and when the ledger took it in: as the bundle says, for people who read about it.

Nothing here is checked, and nothing is raised whatever the bundle holds: `check` is what judges it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ecabinet.core import cades, envelope
from ecabinet.core.codec import Digest, Name
from ecabinet.core.envelope import Statement
from ecabinet.core.evidence.bundle import Bundle, Filed, Folder
from ecabinet.core.register import BodyFounded, Enrolled


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """One statement of the ballot."""

    leaf: int
    kind: str
    """The statement's type, as its file is named."""
    digest: Digest
    """Of the envelope."""
    statement: Statement | None
    """None when it can't be read."""
    accepted_at: datetime | None
    person: Name
    """Whose key signed, by the bundle's register; empty when the register does not have the key."""
    office: str
    """The person's then."""


def signings(bundle: Bundle) -> tuple[Signing, ...]:
    """Every statement of the ballot, by leaf."""
    register = _Offices(bundle.filed(Folder.REGISTER))
    first, entries = bundle.proofs.first_leaf, bundle.entries
    found = []
    for filed in sorted(bundle.filed(Folder.BALLOT), key=lambda each: each.leaf):
        person, office = register.signer(filed)
        place = filed.leaf - first
        found.append(
            Signing(
                leaf=filed.leaf,
                kind=filed.kind,
                digest=filed.envelope.digest.hex(),
                statement=said_in(filed),
                accepted_at=entries[place].accepted_at if 0 <= place < len(entries) else None,
                person=person,
                office=office,
            )
        )
    return tuple(found)


def said_in(filed: Filed) -> Statement | None:
    """What a file of the bundle says; None when it can't be read."""
    try:
        return envelope.parse(filed.envelope.statement)
    except ValueError:
        return None


class _Offices:
    """Whose certificate it is, and in which office."""

    def __init__(self, register: Iterable[Filed]) -> None:
        self._persons: dict[bytes, Name] = {}
        self._offices: dict[Name, list[tuple[int, str]]] = {}
        for filed in sorted(register, key=lambda each: each.leaf):
            match said_in(filed):
                case BodyFounded() as founded:
                    self._seat(founded.registrar, founded.registrar_office, filed.leaf)
                    self._persons[founded.registrar_keys.signing_certificate] = founded.registrar
                case Enrolled() as enrolled:
                    self._seat(enrolled.person, enrolled.office, filed.leaf)
                    self._persons[enrolled.keys.signing_certificate] = enrolled.person

    def _seat(self, person: Name, office: str, leaf: int) -> None:
        self._offices.setdefault(person, []).append((leaf, office))

    def signer(self, filed: Filed) -> tuple[Name, str]:
        try:
            certificate = cades.read(filed.envelope.signature).signer_certificate
        except cades.BadSignature:
            return "", ""
        person = self._persons.get(certificate, "")
        held = [office for leaf, office in self._offices.get(person, ()) if leaf < filed.leaf]
        return (person, held[-1]) if held else ("", "")
