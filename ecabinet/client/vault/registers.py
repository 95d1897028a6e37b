"""The registers of the bodies in a vault: replayed once, and then as they grow."""

import copy

from sqlalchemy import Connection, select

from ecabinet.client.vault.schema import statements
from ecabinet.core.codec import AgencyCode
from ecabinet.core.envelope import Envelope, open_envelope
from ecabinet.core.register import REGISTERING, Register


class Registers:
    """To be used on the serial lane, and before anything is written in the same transaction."""

    def __init__(self) -> None:
        self._known: dict[AgencyCode, tuple[Register, int]] = {}

    def of(self, db: Connection, body: AgencyCode) -> Register | None:
        """As last committed, to be read only; None before the founding is here."""
        register, last = self._known.get(body, (None, -1))
        asked = select(statements.c.statement, statements.c.signature, statements.c.leaf, statements.c.accepted_at)
        asked = asked.where(
            statements.c.body == body, statements.c.type.in_(REGISTERING), statements.c.leaf > last
        ).order_by(statements.c.leaf)
        for row in db.execute(asked):
            opened = open_envelope(Envelope(row.statement, row.signature))
            if register is None:
                register = Register.found(opened)
            else:
                register.add(opened, row.leaf, row.accepted_at)
            self._known[body] = (register, row.leaf)
        return register

    def forget(self, body: AgencyCode) -> None:
        """Has it replayed from the beginning, as after a restore some of it is no more."""
        self._known.pop(body, None)

    def copy(self, db: Connection, body: AgencyCode) -> tuple[Register | None, int]:
        """One to take further, and the leaf of its last statement; -1 before the founding."""
        self.of(db, body)
        return copy.deepcopy(self._known.get(body, (None, -1)))
