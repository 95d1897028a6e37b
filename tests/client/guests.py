"""People of a served cabinet who have clients: the cabinet plays everybody else, the desk is what is tested."""

from pathlib import Path

from ecabinet.client.desk.access import read_invitation
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import EnrolmentState
from ecabinet.core.register import Enrolled, RevocationReason, Revoked
from ecabinet.keys.os_keystore import Keystore
from tests.client.people import LONG_AGO, PIN, Somebody, Town
from tests.server.live import LiveCabinet


class Guests(Town):
    """A town whose registrar and server are a cabinet's."""

    def __init__(self, folder: Path, keystore: Keystore, cabinet: LiveCabinet) -> None:
        super().__init__(folder, keystore, cabinet.server.url.removeprefix("https://"))
        self.cabinet = cabinet

    def welcome(self, person: str, *roles: Role, machine: str = "", syncs: bool = True) -> Somebody:
        """Invited, enrolled, and at the desk."""
        code = self.cabinet.invite("registrar", self.cabinet.invitation(person)).code
        joined = self.access(machine or person).join(read_invitation(self.address, code), PIN, "Máy tính bảng")
        self.confirm_whoever_waits(person, *roles)
        return self.take_seat(person, joined, machine=machine, syncs=syncs)

    def confirm_whoever_waits(self, person: str, *roles: Role) -> None:
        """The cabinet's registrar enrols the one device that waits."""
        rows = self.cabinet.read_all("registrar")
        asked = {row.enrolment.enrolment: row.enrolment for row in rows if row.enrolment is not None}
        (waiting,) = (each for each in asked.values() if each.state is EnrolmentState.WAITING)
        office, office_en = self.cabinet.offices[person]
        enrolled = Enrolled(
            **self.cabinet.heading(),
            person=person,
            office=office,
            office_en=office_en,
            grants=tuple(Grant(role=role, from_at=LONG_AGO) for role in roles or (Role.MEMBER,)),
            keys=waiting.keys,
            previous=self.cabinet.register_head,
        )
        self.cabinet.append(self.cabinet.sign("registrar", enrolled))

    def revoke(self, somebody: Somebody) -> None:
        """The cabinet's registrar hears that the device was lost."""
        certificate = somebody.desk.keys().certificate_digest
        assert certificate is not None
        revoked = Revoked(
            **self.cabinet.heading(),
            person=somebody.name,
            certificate_digest=certificate,
            reason=RevocationReason.DEVICE_LOST,
            previous=self.cabinet.register_head,
        )
        self.cabinet.append(self.cabinet.sign("registrar", revoked))
