"""People at their machines, as the desk serves them: folders, PINs and keystore names of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecabinet.client.desk import Access, Changes
from ecabinet.client.desk.access import Founder, Joined, Profile, Stage, read_invitation
from ecabinet.client.desk.ballots import Draft, ReadBack
from ecabinet.client.desk.desk import Desk
from ecabinet.client.desk.invitations import ServerInvitation
from ecabinet.core.ballots import Answer
from ecabinet.core.codec import Identifier
from ecabinet.core.people import Grant, Role
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.seal import Stretching
from tests.sample import BODY, BODY_NAME, MEMBERS, OFFICES

PIN = "246813"
CHEAP = Stretching(cost=1 << 10)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Somebody:
    """A person, his machine, and what he has open on it."""

    name: str
    access: Access
    profile: Profile
    recovery_code: str
    desk: Desk

    def sync(self) -> Changes:
        """A round that must not meet any trouble."""
        changes = self.desk.syncing.once()
        status = self.desk.syncing.status()
        assert status.trouble is None, status.trouble
        return changes

    def choose(self, ballot: Identifier, *options: str, text: str = "", remark: str = "") -> ReadBack:
        """Answers every question, and reads back."""
        view = self.desk.ballots.one(ballot)
        answers = tuple(
            Answer(question=question.key, option=option, text=text if _wants_text(question, option) else "")
            for question, option in zip(view.questions, options, strict=True)
        )
        self.desk.ballots.keep_draft(ballot, Draft(answers=answers, remark=remark))
        return self.desk.ballots.read_back(ballot)

    def answer(self, ballot: Identifier, *options: str, text: str = "", remark: str = "") -> Changes:
        return self.desk.ballots.sign_and_queue([self.choose(ballot, *options, text=text, remark=remark)], PIN)

    def lock(self) -> None:
        self.desk.lock()

    def unlock(self) -> None:
        self.desk = self.access.unlock(self.profile, PIN)


def _wants_text(question: object, option: str) -> bool:
    known = question.option(option)  # type: ignore[attr-defined]
    return bool(known and known.needs_text)


class Town:
    """Everybody of one body at one server."""

    def __init__(self, folder: Path, keystore: Keystore, address: str, *, clock: Callable[[], datetime] = now) -> None:
        """`address` is `host:port`."""
        self.folder, self.keystore, self.address, self.clock = folder, keystore, address, clock
        self.people: dict[str, Somebody] = {}

    def access(self, machine: str) -> Access:
        return Access(self.folder / machine, self.keystore, clock=self.clock, stretching=CHEAP)

    def found(self, code: str, body: str = BODY) -> Somebody:
        access = self.access("registrar")
        office, _ = OFFICES["registrar"]
        founder = Founder(body=body, name=BODY_NAME, name_en="People's Committee", registrar="registrar", office=office)
        joined = access.found(read_invitation(self.address, code), PIN, "Máy của Chánh Văn phòng", founder)
        return self._seat("registrar", access, joined)

    def enrol(self, name: str, *roles: Role, machine: str = "") -> Somebody:
        """Invited, asked, confirmed, seated and synced."""
        waiting = self.ask_to_join(name, *roles, machine=machine)
        registrar = self.people["registrar"]
        registrar.sync()
        (asked,) = registrar.desk.enrolments.waiting()
        assert asked.phrase == waiting.profile.phrase
        registrar.desk.enrolments.confirm([asked], PIN)
        registrar.sync()
        return self.take_seat(name, waiting, machine=machine)

    def invite(self, name: str, *roles: Role) -> ServerInvitation:
        office, office_en = OFFICES[name]
        grants = [Grant(role=role, from_at=LONG_AGO) for role in roles or (Role.MEMBER,)]
        registrar = self.people["registrar"]
        invited = registrar.desk.enrolments.invite(person=name, office=office, office_en=office_en, grants=grants)
        return read_invitation(invited.address)

    def ask_to_join(self, name: str, *roles: Role, machine: str = "") -> Joined:
        access = self.access(machine or name)
        joined = access.join(self.invite(name, *roles), PIN, f"Máy của {OFFICES[name][0]}")
        assert joined.profile.stage is Stage.WAITING
        return joined

    def take_seat(self, name: str, joined: Joined, *, machine: str = "", syncs: bool = True) -> Somebody:
        access = self.access(machine or name)
        profile = access.ask_again(joined.profile)
        assert profile.stage is Stage.CONFIRMED
        joined = Joined(profile=profile, recovery_code=joined.recovery_code)
        return self._seat(machine or name, access, joined, syncs=syncs)

    def enrol_everybody(self) -> None:
        """The secretary and five members, the first of whom chairs."""
        self.enrol("secretary", Role.SECRETARY)
        for name in MEMBERS:
            self.enrol(name, Role.MEMBER, *([Role.CHAIR] if name == MEMBERS[0] else []))

    def _seat(self, name: str, access: Access, joined: Joined, *, syncs: bool = True) -> Somebody:
        desk = access.unlock(joined.profile, PIN)
        somebody = Somebody(name, access, joined.profile, joined.recovery_code, desk)
        self.people[name] = somebody
        if syncs:
            somebody.sync()
        return somebody

    def lock_all(self) -> None:
        for somebody in self.people.values():
            somebody.lock()
