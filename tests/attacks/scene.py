"""A body at a real `ecabinet serve`, real clients of its people, and an operator who has database, keys and code."""

import copy
import json
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from ecabinet.client.desk.ballots import AnswerStage
from ecabinet.client.desk.records import RecordDoubtful
from ecabinet.client.sync import AlarmKind, Trouble
from ecabinet.core import cades
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.envelope import Envelope, Opened, open_envelope
from ecabinet.core.evidence import ExitCode, assemble
from ecabinet.core.people import Role
from ecabinet.core.protocol import BallotRecord
from ecabinet.demo.relay import Relay
from ecabinet.keys.os_keystore import Keystore
from ecabinet.server.ledger import Accept
from ecabinet.server.settings import DATABASE
from tests.attacks.reports import caught_by, pem, run_verifier
from tests.attacks.table import Caught
from tests.cabinet import Appended
from tests.client.guests import Guests
from tests.client.people import Somebody
from tests.server.live import Caller, LiveCabinet, Process
from tests.server.local import local_server

Told: TypeAlias = tuple[int | None, tuple[Caught, ...]]
"""The exit status of `ecabinet-verify`, if there was anything to be judged, and what was caught by whom."""
CLIENT = "client"


def address(process: Process) -> tuple[str, int]:
    host, _, port = process.url.removeprefix("https://").rpartition(":")
    return host, int(port)


class Scene:
    """The cabinet plays registrar and secretary, honest or not; whoever is welcomed has a client of his own."""

    def __init__(self, folder: Path, keystore: Keystore, server: Process, relay: Relay) -> None:
        """A `relay` to `server`, whom clients reach by it alone."""
        self.folder, self.server, self.relay = folder, server, relay
        self.cabinet = LiveCabinet(self.server.url, self.server.said["founding_code"])
        self.cabinet.found()
        self.cabinet.enrol("secretary", Role.SECRETARY)
        self.guests = Guests(folder / "machines", keystore, self.cabinet)
        self.guests.address = f"{self.relay.address[0]}:{self.relay.address[1]}"
        self.others: list[Process] = []

    def end(self) -> None:
        self.guests.lock_all()
        for process in self.others:
            process.stop()

    # ---------------------------------------------------------------- people

    def welcome(self, *people: str) -> tuple[Somebody, ...]:
        return tuple(self.guests.welcome(person) for person in people)

    def secretary(self) -> Somebody:
        """An honest one, with a client."""
        return self.guests.welcome("secretary", Role.SECRETARY)

    def lead_to(self, process: Process) -> None:
        """From now on all clients reach that server."""
        self.relay.lead_to(address(process))

    def answered(self, somebody: Somebody) -> Opened:
        """Signed, sent and receipted: his opinion."""
        ballot = self.cabinet.asked.ballot
        somebody.sync()
        somebody.answer(ballot, "disagree", "disagree")
        somebody.sync()
        view = somebody.desk.ballots.one(ballot)
        assert view.line.stage is AnswerStage.RECORDED
        kept = Receipt.from_text(somebody.desk.ballots.receipt(view.opinions[0].opinion).receipt)
        (taken,) = (each for each in self.record().ballot if each.placed.leaf == kept.index)
        self.cabinet.ledger.append(Appended(taken.envelope, kept.index, kept.entry))
        return open_envelope(taken.envelope)

    # ---------------------------------------------------------------- the operator

    def copy(self, name: str) -> Path:
        """The server's data as they are, while it stands still."""
        self.server.stop()
        shutil.copytree(self.server.data, self.folder / name)
        self.start()
        return self.folder / name

    def start(self) -> None:
        """The server, after whatever was done to its data."""
        self.server.start()
        self.cabinet.reconnect(self.server.url)
        self.lead_to(self.server)

    def restore(self, data: Path) -> None:
        self.server.stop()
        shutil.rmtree(self.server.data)
        shutil.copytree(data, self.server.data)
        self.cabinet.callers.clear()  # who signed in since, never did
        self.start()

    def twin(self) -> tuple[Process, LiveCabinet]:
        """A second server of the same keys and history, with a ledger of its own from here on."""
        process = Process(self.copy("twin"))
        self.others.append(process)
        other = copy.copy(self.cabinet)
        other.server, other.callers = Caller.meet(process.url), {}
        other.ledger, other.receipts = list(self.cabinet.ledger), list(self.cabinet.receipts)
        other.devices = dict(self.cabinet.devices)
        return process, other

    def slip_in(self, signed: Envelope, accept: Accept) -> None:
        """Past all that the server would have asked, into the ledger that it goes on serving."""
        server = local_server(self.server.data)
        try:
            (answer,) = server.ledger(self.cabinet.body).append([(open_envelope(signed), accept)])
            assert isinstance(answer, Receipt), answer
        finally:
            server.store.close()

    def certificate(self, person: str, request: bytes) -> bytes:
        """Of the body's CA, whose key the server has."""
        server = local_server(self.server.data)
        try:
            authority = server.keys.body_authority(self.cabinet.body, "")
        finally:
            server.store.close()
        return authority.issue(
            request,
            title=self.cabinet.offices[person][0],
            body="UBND tỉnh",
            crl_url="http://localhost/ca.crl",
            at=self.cabinet.now,
            valid_for=timedelta(days=365),
        )

    def alter(self, statement: str, *values: object) -> None:
        """Changes the database behind the server's back, and puts the triggers back that would not let him."""
        self.server.stop()
        with sqlite3.connect(self.server.data / DATABASE) as database:
            triggers = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
            for name in triggers:
                database.execute(f"DROP TRIGGER {name}")
            assert database.execute(statement, values).rowcount == 1
            for made in triggers.values():
                database.execute(made)
        database.close()
        self.start()

    # ---------------------------------------------------------------- what comes to light

    def trouble(self, somebody: Somebody) -> Trouble | None:
        somebody.desk.syncing.once()
        return somebody.desk.syncing.status().trouble

    def record(self) -> BallotRecord:
        """The ballot's, as the server gives it to the secretariat."""
        return self.cabinet.record()

    def fork(self, somebody: Somebody) -> Told:
        """His alarm, and what a stranger makes of what it saved; nothing more goes to that server."""
        assert self.trouble(somebody) is Trouble.FORKED
        before = self.relay.forwarded
        assert self.trouble(somebody) is Trouble.FORKED
        assert self.relay.forwarded == before
        (alarm,) = somebody.desk.syncing.alarms()
        assert alarm.kind is AlarmKind.FORK
        code, output = self.verify(alarm.evidence)
        judged = json.loads(output)
        sizes = f"{judged['fork']['known_size']} / {judged['fork']['shown_size']}"
        fault = f"{alarm.kind} {judged['fork']['verdict']}"
        told = Caught(
            check=CLIENT, fault=fault, culprit=judged["culprit"], place=judged["fork"]["origin"], detail=sizes
        )
        return code, (told,)

    def missing_opinion(self, somebody: Somebody) -> Caught:
        """His alarm, and whom what it saved convicts before a stranger."""
        somebody.sync()
        (alarm,) = somebody.desk.syncing.alarms()
        assert alarm.kind is AlarmKind.MISSING_OPINION
        code, output = self.verify(alarm.evidence)
        judged = json.loads(output)
        facts = judged["omission"]
        assert (code, facts["elector"]) == (ExitCode.PROVEN, somebody.name), facts
        fault = f"{alarm.kind} {facts['verdict']}"
        place = f"leaf {facts['leaf']}"
        return Caught(check=CLIENT, fault=fault, culprit=judged["culprit"], who=facts["signer"], place=place)

    def doubt(self, secretary: Somebody) -> Caught:
        """What an honest secretary's client says, who is to count the ballot: it signs nothing."""
        secretary.desk.syncing.once()
        try:
            secretary.desk.preparing.result(self.cabinet.asked.ballot)
        except RecordDoubtful as doubt:
            return Caught(check=CLIENT, fault="record_doubtful", culprit=None, who="secretary", place=doubt.place)
        raise AssertionError("the secretary's client found nothing wrong")

    def bundle(self) -> Told:
        """What the verifier says of a bundle made of the server's own record, and sealed by an accomplice."""
        unsigned = assemble(self.record(), self.cabinet.papers)
        seal = cades.sign(unsigned.manifest, self.cabinet.devices["secretary"].signer(), self.cabinet.now)
        code, output = self.verify(unsigned.seal(seal))
        return code, caught_by(output)

    def verify(self, evidence: bytes) -> tuple[int, str]:
        """`ecabinet-verify --json`, as a process: its exit status, and what it printed."""
        bundle, anchors = self.folder / "saved", self.folder / "anchors.pem"
        bundle.write_bytes(evidence)
        anchors.write_bytes(pem(self.cabinet.anchors))
        return run_verifier(bundle, anchors)
