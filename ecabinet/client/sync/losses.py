"""What persons report of devices they have lost. The registrar's client asks for it, and believes devices alone."""

from functools import partial

from sqlalchemy import Connection, delete, insert, select

from ecabinet.client.remote import Remote
from ecabinet.client.remote_errors import RefusedByServer
from ecabinet.client.vault import schema
from ecabinet.client.vault.store import Vault
from ecabinet.core import codec
from ecabinet.core.codec import AgencyCode
from ecabinet.core.losses import LostDevice, reporter
from ecabinet.core.protocol import Reason


class ReportedLosses:
    """Of one body."""

    def __init__(self, vault: Vault, remote: Remote, body: AgencyCode) -> None:
        self._vault, self._remote, self._body = vault, remote, body

    def fetch(self) -> bool:
        """For who may revoke; whether there is anything new. Raises RemoteError."""
        try:
            said = self._remote.lost_devices(self._body)
        except RefusedByServer as error:
            if error.refusal.reason is Reason.UNKNOWN:  # a server that does not know the question
                return False
            raise
        return self._vault.do(partial(self._keep, said=said))

    def _keep(self, db: Connection, said: tuple[LostDevice, ...]) -> bool:
        register = self._vault.registers.of(db, self._body)
        believed = () if register is None else tuple(each for each in said if reporter(register, each) is not None)
        if set(believed) == set(reported(db, self._body)):
            return False
        db.execute(delete(schema.lost_devices).where(schema.lost_devices.c.body == self._body))
        for each in believed:
            keep_report(db, self._body, each)
        return True


def keep_report(db: Connection, body: AgencyCode, lost: LostDevice) -> None:
    """In the place of an earlier one of the same device."""
    table = schema.lost_devices
    db.execute(delete(table).where(table.c.body == body, table.c.certificate == lost.certificate))
    db.execute(insert(table).values(body=body, certificate=lost.certificate, content=codec.dump(lost)))


def reported(db: Connection, body: AgencyCode) -> tuple[LostDevice, ...]:
    """What is kept, those revoked since among it."""
    table = schema.lost_devices.c
    return tuple(
        codec.load(LostDevice, content) for content in db.scalars(select(table.content).where(table.body == body))
    )
