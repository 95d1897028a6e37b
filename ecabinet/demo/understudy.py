"""A client without windows: a person of the demo who has no part at the keyboard, on the same desk, vault and keys.

Takes commands like the player of a windowed client: one JSON object a line in, one answer a line out.
"""

import argparse
import inspect
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecabinet.client.desk import Access
from ecabinet.client.desk.access import Founder, Stage, read_invitation
from ecabinet.client.desk.ballots import AnswerStage, BallotLine, Draft
from ecabinet.client.desk.desk import Desk
from ecabinet.client.desk.enrolments import PersonLine
from ecabinet.core.ballots import Answer, Elector, Question
from ecabinet.core.people import Grant, Role
from ecabinet.demo import script
from ecabinet.keys.os_keystore import Keystore
from ecabinet.papers import sample

_LOOK_AGAIN = 0.1
"""Seconds between two looks at the server for something that is awaited."""

Answered = Mapping[str, Any]


class Understudy:
    """One person. Every command is one use case of the desk, or a few."""

    def __init__(self, folder: Path, service: str) -> None:
        self._access = Access(folder, Keystore(service))
        self._desk: Desk | None = None
        self.deeds: dict[str, Callable[..., Answered]] = {
            "found": self.found,
            "join": self.join,
            "enter": self.enter,
            "invite": self.invite,
            "confirm": self.confirm,
            "send_meeting": self.send_meeting,
            "send_ballot": self.send_ballot,
            "answer": self.answer,
            "send": self.send,
            "await_papers": self.await_papers,
            "close": self.close,
            "prove": self.prove,
            "lock": self.lock,
        }

    @property
    def desk(self) -> Desk:
        if self._desk is None:
            raise RuntimeError("not unlocked")
        return self._desk

    def found(self, address: str, code: str, pin: str, founder: Mapping[str, str]) -> Answered:
        """Founds a body; this person is its registrar."""
        of = Founder(
            body=founder["body"],
            name=founder["name"],
            name_en=founder["name_en"],
            registrar=founder["registrar"],
            office=founder["office"],
        )
        self._access.found(read_invitation(address, code), pin, "demo", of)
        return self.enter(pin)

    def join(self, address: str, code: str, pin: str) -> Answered:
        """Makes keys and asks to be enrolled; the phrase to read out."""
        joined = self._access.join(read_invitation(address, code), pin, "demo")
        return {"phrase": joined.profile.phrase}

    def enter(self, pin: str) -> Answered:
        """Waits to be confirmed, unlocks, and takes over what there is."""
        (profile,) = self._access.profiles()
        while profile.stage is not Stage.CONFIRMED:
            profile = self._access.ask_again(profile)
            time.sleep(_LOOK_AGAIN)
        self._desk = self._access.unlock(profile, pin)
        self._sync()
        return {"office": self.desk.me().office}

    def invite(self, person: str, office: str, office_en: str, roles: list[str]) -> Answered:
        """A one-time code for a person."""
        grants = [Grant(role=Role(role), from_at=_midnight()) for role in roles]
        invited = self.desk.enrolments.invite(person=person, office=office, office_en=office_en, grants=grants)
        return {"code": invited.code}

    def confirm(self, count: int, pin: str) -> Answered:
        """Confirms so many enrolments with one PIN, once they are there."""
        while len(waiting := self.desk.enrolments.waiting()) < count:
            self._sync()
            time.sleep(_LOOK_AGAIN)
        self.desk.enrolments.confirm(waiting, pin)
        self._sync()
        return {"confirmed": len(waiting), "phrases": [each.phrase for each in waiting]}

    def send_meeting(self, folder: str | None, pin: str) -> Answered:
        """Prepares and sends the meeting; papers that are refused are named and left out."""
        preparing = self.desk.preparing
        draft, _ = preparing.new_meeting()
        place = None if folder is None else Path(folder)
        files = script.meeting_files(place)
        taken = preparing.take_papers(draft.meeting, files, _unheard)
        papers = [script.described(paper) for paper in taken.papers]
        for paper in papers:
            preparing.keep_paper(draft.meeting, paper)
        members = [person.person for person in self._voting()]
        preparing.keep_meeting(script.fill_in_meeting(draft, papers, members))
        preparing.send(draft.meeting, pin)
        self._sync()
        left_out = [{"file": script.name_from(each.path, place), "reason": each.flaw.value} for each in taken.refused]
        return {"papers": len(papers), "left_out": left_out}

    def send_ballot(self, key: str, pin: str) -> Answered:
        """Prepares and sends one of the sample's ballots."""
        ballot = next(each for each in sample.ballots() if each.key == key)
        preparing = self.desk.preparing
        draft, _ = preparing.new_ballot()
        taken = preparing.take_papers(draft.ballot, script.ballot_files(ballot), _unheard)
        for paper in taken.papers:
            preparing.keep_paper(draft.ballot, script.described(paper))
        electors = [
            Elector(person=person.person, office=person.office, proposed=person.person == ballot.proposed_by)
            for person in self._voting()
        ]
        preparing.keep_ballot(script.fill_in_ballot(draft, ballot, taken.papers, electors))
        preparing.send(draft.ballot, pin)
        self._sync()
        return {"papers": len(taken.papers)}

    def _voting(self) -> list[PersonLine]:
        """Members in office, the chair first, as the register has them."""
        people = [each for each in self.desk.enrolments.people() if Role.MEMBER in {g.role for g in each.grants}]
        return sorted(people, key=lambda each: all(grant.role is not Role.CHAIR for grant in each.grants))

    def answer(self, subject: str, options: list[str], text: str, pin: str, seconds: float) -> Answered:
        """Answers the ballot whose subject has these words, and waits for the receipt."""
        ballots, line = self.desk.ballots, self._await_ballot(subject, seconds)
        questions = ballots.one(line.ballot).questions
        answers = tuple(
            Answer(question=question.key, option=option, text=text if _needs_text(question, option) else "")
            for question, option in zip(questions, options, strict=True)
        )
        ballots.keep_draft(line.ballot, Draft(answers=answers))
        ballots.sign_and_queue([ballots.read_back(line.ballot)], pin)
        return self.send(subject, seconds)

    def send(self, subject: str, seconds: float) -> Answered:
        """Sends what waits, and looks how far the answer to a ballot has come."""
        self.desk.syncing.send()
        ballot = self._await_ballot(subject, seconds).ballot
        stage = self.desk.ballots.one(ballot).opinions[0].stage
        if stage is not AnswerStage.RECORDED:
            return {"error": f"the opinion is {stage.value}"}
        return {"stage": stage.value}

    def await_papers(self, count: int, seconds: float) -> Answered:
        """Waits until so many papers are on this machine."""
        until = time.monotonic() + seconds
        while (here := self.desk.syncing.status().papers_here) < count and time.monotonic() < until:
            self._sync()
        return {"papers": here} if here >= count else {"error": f"only {here} papers are here"}

    def close(self, subject: str, pin: str, seconds: float) -> Answered:
        """Closes a ballot, recomputes its result from the ledger and signs it."""
        line, preparing = self._await_ballot(subject, seconds), self.desk.preparing
        preparing.close(line.ballot, subject, pin)
        self._sync()
        result = preparing.result(line.ballot)
        preparing.sign_result(result, pin)
        self._sync()
        return {"received": result.collation.received, "sent": result.collation.sent}

    def prove(self, subject: str, bundle: str, anchors: str, pin: str, seconds: float) -> Answered:
        """Makes the evidence with all papers, and writes it and the anchor to files."""
        line, preparing = self._await_ballot(subject, seconds), self.desk.preparing
        made = preparing.make_evidence(line.ballot, pin, includes_papers=True, report=_unheard)
        preparing.save_evidence(line.ballot, Path(bundle))
        Path(anchors).write_bytes(preparing.trust_anchor())
        return {"size": made.size}

    def lock(self) -> Answered:
        self.desk.lock()
        self._desk = None
        return {}

    def _await_ballot(self, subject: str, seconds: float) -> BallotLine:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.desk.ballots.all():
                if subject in line.subject:
                    return line
            self._sync()
        raise LookupError(f"no ballot “{subject}”")

    def _sync(self) -> None:
        self.desk.syncing.once(_unheard)


def _needs_text(question: Question, key: str) -> bool:
    option = question.option(key)
    return option is not None and option.needs_text


def _unheard(_done: int, _total: int | None) -> None:
    """Nobody watches the progress."""


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def main() -> None:
    """Takes commands until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keystore", required=True)
    asked = parser.parse_args()
    understudy = Understudy(asked.data, asked.keystore)
    for line in sys.stdin:
        command = json.loads(line)
        deed, seconds = understudy.deeds[command.pop("do")], command.pop("seconds")
        if "seconds" in inspect.signature(deed).parameters:
            command["seconds"] = seconds
        try:
            answer: Answered = deed(**command)
        except Exception as error:  # noqa: BLE001 - the conductor must hear of it, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"ok": "error" not in answer, **answer}), flush=True)


if __name__ == "__main__":
    main()
