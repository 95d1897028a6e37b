"""The whole main job, played by real processes: from founding a body to a bundle that a stranger's program proves.

Windowed clients are driven by keys and mouse; members without a part at the keyboard answer on the same desk without
windows. Every step is timed, told, and where there is a window, photographed.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecabinet.client.desk.dossiers import dossier_beside
from ecabinet.client.ui.words import Names, on_terminal, say
from ecabinet.core.ballots import Priority
from ecabinet.core.evidence import ExitCode
from ecabinet.core.people import Role
from ecabinet.demo.gestures import group, pick
from ecabinet.demo.hands import Hands
from ecabinet.demo.relay import Relay
from ecabinet.demo.report import Count, Deed, Report, Step, write
from ecabinet.demo.script import PIN, Cast, as_sent, meeting_files, name_from, nameless_files
from ecabinet.demo.stage import Actor, Stage, StageError
from ecabinet.papers import sample

_LONG = 60.0
"""Seconds for what moves a whole meeting: checking, uploading, fetching papers."""
_BALLOT = "du-phong-mua-lu"
_READ = "421/TTr-STC"
_CLAUSE = "Tổng thu ngân sách nhà nước trên địa bàn là 19.950,0 tỷ đồng, tăng 9,6% so với dự toán năm 2026,"
"""On page 2 of that submission."""
_NOTED = "gồm thu nội địa 16.400,0 tỷ đồng,"
"""What follows there."""
_NOTHING = "Không còn việc nào đang chờ"
"""What the first screen says once the first sync is through."""
_OFFERED = frozenset({Role.CHAIR, Role.MEMBER, Role.SECRETARY})
"""The roles that the demo's people need."""
_BROKEN_OFF = "broken-off.png"
_EVIDENCE, _ANCHORS, _VERDICT, _REPORT = "evidence.asice", "anchors.pem", "verdict.html", "report.json"
_LEFT = (_EVIDENCE, dossier_beside(Path(_EVIDENCE)).name, _ANCHORS, _VERDICT, _REPORT)
_verdict = Names("demo.verdict", ExitCode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the demo was asked for."""

    papers: Path | None
    members: int
    out: Path


class Journey:
    """The steps, in their order. `play` leaves everything in `wanted.out`."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._cast = Cast.of(wanted.members)
        self._ballot = next(each for each in sample.ballots() if each.key == _BALLOT)
        self._body = sample.body()
        self._taken = self._dossier = 0
        """Papers of the meeting, and of the ballot, that were good."""
        self._read_out: list[str] = []
        """The phrases of those without windows, as they read them out."""
        self.report = Report()

    def play(self) -> int:
        """Plays the journey; the verifier's exit code. Raises StageError when it breaks off; the report is written."""
        out = self._wanted.out
        clear(out)
        is_complete = False
        try:
            with tempfile.TemporaryDirectory(prefix="ecabinet-demo-") as folder, Stage(Path(folder)) as stage:
                code = self._play_on(stage)
                is_complete = True
                self._tell_end(code)
                return code
        finally:
            self.report.write(out / _REPORT, is_complete=is_complete)

    def _play_on(self, stage: Stage) -> int:
        with self.report.step(Deed.STAGE):
            stage.open_keyring(PIN)
            address, founding_code = stage.start_server()
            relay = stage.put_relay(address)
            registrar, secretary, member, colleague = (
                Hands(stage.start_client(name)) for name in ("registrar", "secretary", "member", "colleague")
            )
            others = [stage.start_understudy(person.id) for person in self._understudied()]
        codes = self._found(registrar, address, founding_code)
        windowed = ((secretary, address), (member, relay.address), (colleague, address))
        self._join(address, codes, windowed, others)
        self._confirm(registrar, [secretary, member, colleague], others)
        self._send_meeting(secretary, stage.folder / "inbox")
        self._receive(member, colleague, others)
        self._send_ballot(secretary, stage.folder / "inbox")
        self._go_off_line(member, relay)
        self._others_answer(colleague, others)
        self._come_back(member, relay)
        self._close(secretary)
        return self._prove(stage, secretary)

    def _tell_end(self, code: int) -> None:
        out = self._wanted.out
        bundle, anchors = out / _EVIDENCE, out / _ANCHORS
        verify = f"{Path(sys.executable).parent / 'ecabinet-verify'} {bundle} --trust {anchors}"
        verdict, seconds = ExitCode(code), f"{self.report.seconds:.0f}"
        write("", *on_terminal(lambda: say("demo.verdict_told", verdict=_verdict(verdict), seconds=seconds)))
        for path, what in (
            (out / "screens", on_terminal(lambda: say("demo.screens"))),
            (out / _REPORT, on_terminal(lambda: say("demo.report"))),
            (bundle, on_terminal(lambda: say("demo.evidence"))),
            (dossier_beside(bundle), on_terminal(lambda: say("demo.dossier"))),
            (anchors, on_terminal(lambda: say("demo.anchors"))),
            (out / _VERDICT, on_terminal(lambda: say("demo.verdict_page"))),
        ):
            write(f"{path}: {' / '.join(what)}")
        write(" / ".join(on_terminal(lambda: say("demo.prove"))), f"  {verify}")

    # ------------------------------------------------------------ the register

    def _found(self, registrar: Hands, address: tuple[str, int], code: str) -> dict[str, str]:
        """Founds the body and invites everybody; their one-time codes."""
        with self._photographed(Deed.FOUND, registrar):
            self._type_code(registrar, address, code)
            registrar.click("founds_body")
            registrar.click("continue")
            registrar.fill("agency_code", self._body.code)
            registrar.fill("body_name", self._body.name)
            registrar.fill("body_name_en", self._body.name_en)
            registrar.fill("office", self._cast.registrar.office)
            registrar.click("continue")
            self._choose_pin(registrar)
            self._unlock(registrar)
            registrar.wait("status", "Cập nhật lúc")
            registrar.wait("place.administer")
            registrar.wait("empty_state", _NOTHING)
        codes: dict[str, str] = {}
        people = (self._cast.secretary, *self._cast.members)
        with self._photographed(Deed.INVITE, registrar) as step:
            registrar.click("place.administer")
            registrar.click("invite")
            for person in people:
                if codes:
                    registrar.click("invite_another")
                codes[person.id] = self._invite(registrar, person)
            step.counts[Count.INVITED] = len(people)
        return codes

    def _type_code(self, hands: Hands, address: tuple[str, int], code: str) -> None:
        host, port = address
        hands.fill("server_address", f"{host}:{port}")
        hands.fill("enrolment_code", code)

    def _choose_pin(self, hands: Hands) -> None:
        hands.fill("pin", PIN)
        hands.fill("pin_again", PIN)
        hands.click("continue")
        hands.wait("recovery_code")
        hands.click("recovery_kept")
        hands.click("continue")

    def _unlock(self, hands: Hands) -> None:
        hands.fill("pin", PIN)
        hands.press("Return")
        hands.wait("place.attention")

    def _invite(self, registrar: Hands, person: sample.SamplePerson) -> str:
        registrar.fill("office", person.office)
        registrar.fill("office_en", person.office_en)
        registrar.fill("person_id", person.id)
        for role in person.roles:
            if role in _OFFERED:
                registrar.click(f"role_{role}")
        registrar.click("make_invitation")
        return registrar.wait("invitation_code")

    def _join(
        self,
        address: tuple[str, int],
        codes: dict[str, str],
        windowed: tuple[tuple[Hands, tuple[str, int]], ...],
        others: list[Actor],
    ) -> None:
        with self.report.step(Deed.JOIN) as step:
            host, port = address
            for other, person in zip(others, self._understudied(), strict=True):
                joined = other.do("join", address=f"{host}:{port}", code=codes[person.id], pin=PIN, seconds=_LONG)
                self._read_out.append(joined["phrase"])
            for (hands, where), person in zip(windowed, self._seated(), strict=True):
                self._type_code(hands, where, codes[person.id])
                hands.click("continue")
                self._choose_pin(hands)
                hands.wait("phrase")
            step.counts[Count.KEYS] = 3 * (len(others) + len(windowed))
            self._photograph(step, windowed[1][0])

    def _members_with_windows(self) -> tuple[sample.SamplePerson, ...]:
        """Two members who sit at windows: neither the chair nor whose agency proposed the ballot."""
        plain = [each for each in self._cast.members[1:] if each.id != self._ballot.proposed_by]
        return tuple(plain[:2])

    def _seated(self) -> tuple[sample.SamplePerson, ...]:
        """Who sits at windows, besides the registrar."""
        return (self._cast.secretary, *self._members_with_windows())

    def _understudied(self) -> tuple[sample.SamplePerson, ...]:
        seated = self._members_with_windows()
        return tuple(each for each in self._cast.members if each not in seated)

    def _confirm(self, registrar: Hands, windowed: list[Hands], others: list[Actor]) -> None:
        phrases = {person.office: hands.wait("phrase") for person, hands in zip(self._seated(), windowed, strict=True)}
        phrases |= dict(zip((each.office for each in self._understudied()), self._read_out, strict=True))
        with self._photographed(Deed.CONFIRM, registrar) as step:
            for office, phrase in phrases.items():
                registrar.click("place.administer")
                registrar.open_row("rows", office, seconds=_LONG)
                if registrar.wait("phrase") != phrase:
                    raise StageError(f"the phrase of {office} is another")
                registrar.click("phrase_compared")
                registrar.click("confirm_enrolment")
                registrar.fill("pin", PIN)
                registrar.press("Return")
                registrar.wait_gone("pin_sheet")
                registrar.wait_gone("phrase", seconds=_LONG)
            registrar.wait_gone("status", "chờ gửi", seconds=_LONG)
            for office in phrases:
                registrar.wait_row("rows", office, lacks="Chờ so cụm từ", seconds=_LONG)
            step.counts[Count.ENROLLED] = len(phrases)
        with self.report.step(Deed.UNLOCK) as step:
            for hands in windowed:
                hands.wait("unlock", seconds=_LONG)
                self._unlock(hands)
            for other in others:
                other.do("enter", pin=PIN, seconds=_LONG)
            windowed[0].wait("empty_state", _NOTHING)
            self._photograph(step, windowed[0])

    # ------------------------------------------------------------ meeting and ballot

    def _send_meeting(self, secretary: Hands, inbox: Path) -> None:
        meeting = sample.meeting()
        papers = self._wanted.papers
        files = as_sent(meeting.papers, inbox) if papers is None else meeting_files(papers)
        with self._photographed(Deed.PREPARE_MEETING, secretary) as step:
            secretary.click("place.prepare")
            secretary.click("new_meeting")
            secretary.fill("meeting_title", meeting.title)
            secretary.fill("meeting_place", meeting.place)
            secretary.drop("drop_papers", files)
            self._taken = self._await_taken(secretary)
            left_out = self._left_out(secretary, files)
            if papers is None:
                group(secretary, meeting.items)
            secretary.wait("kept", "Đã lưu")
            step.counts |= {Count.PAPERS: self._taken, Count.ITEMS: self._taken if papers else len(meeting.items)}
        self.report.leave_out(left_out)
        self.report.leave_out_nameless(nameless_files(papers))
        with self._photographed(Deed.SEND_MEETING, secretary):
            secretary.click("send")
            secretary.fill("pin", PIN)
            secretary.press("Return")
            secretary.wait_row("preparing", meeting.title, lacks="sửa lúc")  # no draft any more
            secretary.wait("status", self._whole(self._taken), seconds=_LONG)

    def _left_out(self, secretary: Hands, files: Sequence[Path]) -> list[dict[str, str]]:
        """What the window says of the files it did not take: each named in full behind the reason."""
        found = []
        for refused in secretary.texts("refused_paper"):
            file = next(each for each in files if f" · {each} · " in f"{refused} · ")
            reason = refused.partition(": ")[2].partition(f" · {file}")[0]
            found.append({"file": name_from(file, self._wanted.papers), "reason": reason})
        return found

    @staticmethod
    def _whole(papers: int) -> str:
        """What the status line says when so many papers are here."""
        return f"đủ {papers}/{papers} "

    def _await_taken(self, secretary: Hands) -> int:
        """Waits until every file dropped has been checked; how many were good."""
        told = re.search(r"\d+", secretary.wait("taken_count", seconds=2 * _LONG))
        return int(told[0]) if told else 0

    def _receive(self, member: Hands, colleague: Hands, others: list[Actor]) -> None:
        with self._photographed(Deed.RECEIVE, member) as step:
            for hands in (member, colleague):
                hands.click("place.meetings")
                hands.open_row("meetings", sample.meeting().title, seconds=_LONG)
                hands.wait("status", self._whole(self._taken), seconds=_LONG)
            for other in others:
                other.do("await_papers", count=self._taken, seconds=_LONG)
            step.counts[Count.RECEIVED] = self._taken * len(self._cast.members)

    def _send_ballot(self, secretary: Hands, inbox: Path) -> None:
        ballot = self._ballot
        with self._photographed(Deed.PREPARE_BALLOT, secretary) as step:
            secretary.click("place.prepare")
            secretary.click("new_ballot")
            for field, text in (
                ("subject", ballot.subject),
                ("submitter", ballot.submitter),
                ("grounds", ballot.grounds),
                ("decided_by", ballot.decided_by),
                ("deciding_note", ballot.deciding_note),
                ("field", ballot.field),
                ("specialist", ballot.specialist),
                ("summary", ballot.summary),
            ):
                secretary.fill(field, text)
            secretary.choose("priority", list(Priority).index(ballot.priority))
            for question in ballot.questions:
                secretary.click("add_question")
                secretary.type(question.text)
            secretary.drop("drop_papers", as_sent(ballot.papers, inbox))
            self._dossier = self._await_taken(secretary)
            secretary.wait("kept", "Đã lưu")
            step.counts[Count.QUESTIONS] = len(ballot.questions)
        with self._photographed(Deed.SEND_BALLOT, secretary):
            secretary.click("send")
            secretary.fill("pin", PIN)
            secretary.press("Return")
            secretary.wait("status", self._whole(self._taken + self._dossier), seconds=_LONG)
            secretary.wait_row("preparing", f"Đã trả lời 0/{len(self._cast.members)}", lacks="chờ gửi")

    # ------------------------------------------------------------ off-line

    def _go_off_line(self, member: Hands, relay: Relay) -> None:
        paper = None
        if self._wanted.papers is None:
            paper = next(each for each in sample.meeting().papers if each.number == _READ)
        with self._photographed(Deed.GO_OFF_LINE, member):
            member.click("place.ballots")
            member.open_row("ballots", self._ballot.subject, seconds=_LONG)
            member.wait("status", self._whole(self._taken + self._dossier), seconds=_LONG)
            member.wait("q1.agree")
            relay.cut()
            member.wait("status", "Không có mạng", seconds=_LONG)  # told only when it has been gone for some seconds
        with self._photographed(Deed.READ, member) as step:
            member.click("place.meetings")  # where the agenda is as it was left
            member.open_row("agenda", paper.title if paper is not None else "")
            member.wait("pages")
            member.fill("page_number", "2")
            member.press("Return")
            if paper is not None:
                _, _, page = member.wait("pages", _CLAUSE).partition(" · ")
                pick(member, page.partition(_CLAUSE)[0])
                member.press("Escape")
                pick(member, _CLAUSE)
                member.press("F8")
                pick(member, _NOTED)
            member.press("F9")
            member.fill("note_text", "Đề nghị làm rõ căn cứ của số liệu này trước phiên họp.")
            member.click("keep_note")
            member.wait_gone("note_sheet")
            member.click("notes_panel")
            member.wait_row("notes", "Đề nghị làm rõ căn cứ")
            step.counts[Count.NOTES] = 1 if paper is None else 2
        with self._photographed(Deed.READ_BACK, member):
            member.click("place.ballots")
            self._choose(member, disagree=False)
        with self._photographed(Deed.SIGN, member):
            self._sign(member)
            member.wait("receipt_stages", "Đã ký trên máy")

    def _choose(self, hands: Hands, *, disagree: bool) -> None:
        for number in range(1, len(self._ballot.questions) + 1):
            hands.click(f"q{number}.{'disagree' if disagree and number > 1 else 'agree'}")
        hands.click("read_back")
        hands.wait("read_back_page")

    def _sign(self, hands: Hands) -> None:
        hands.click("to_pin")
        hands.fill("pin", PIN)
        hands.press("Return")
        hands.wait("receipt_page")

    def _others_answer(self, colleague: Hands, others: list[Actor]) -> None:
        with self._photographed(Deed.OTHERS_ANSWER, colleague) as step:
            colleague.click("place.ballots")
            colleague.open_row("ballots", self._ballot.subject, seconds=_LONG)
            self._choose(colleague, disagree=True)
            self._sign(colleague)
            colleague.wait("receipt_stages", "Đã ghi nhận", seconds=_LONG)
            questions = len(self._ballot.questions)
            for other in others:
                other.do(
                    "answer",
                    subject=self._ballot.subject,
                    options=["agree"] * questions,
                    text="",
                    pin=PIN,
                    seconds=_LONG,
                )
            step.counts[Count.OPINIONS] = 1 + len(others)

    def _come_back(self, member: Hands, relay: Relay) -> None:
        with self._photographed(Deed.COME_BACK, member) as step:
            relay.mend()
            member.wait("receipt_stages", "Đã ghi nhận", seconds=_LONG)
            step.counts[Count.OPINIONS] = len(self._cast.members)

    # ------------------------------------------------------------ closing and proof

    def _close(self, secretary: Hands) -> None:
        members = len(self._cast.members)
        with self._photographed(Deed.CLOSE, secretary):
            secretary.click("place.prepare")
            secretary.open_row("preparing", self._ballot.subject)
            secretary.wait("answered_count", f"{members}/{members}", seconds=_LONG)
            secretary.click("close_ballot")
            secretary.fill("pin", PIN)
            secretary.press("Return")
            secretary.wait_gone("pin_sheet")
            secretary.wait("compute_result", seconds=_LONG)
        with self._photographed(Deed.SIGN_RESULT, secretary) as step:
            secretary.click("compute_result", seconds=_LONG)
            secretary.click("sign_result", seconds=_LONG)
            secretary.fill("pin", PIN)
            secretary.press("Return")
            secretary.wait_gone("pin_sheet")
            secretary.wait("make_evidence", seconds=_LONG)
            step.counts[Count.COUNTED] = members

    def _prove(self, stage: Stage, secretary: Hands) -> int:
        out = self._wanted.out
        bundle, anchors = out / _EVIDENCE, out / _ANCHORS
        with self._photographed(Deed.MAKE_EVIDENCE, secretary) as step:
            secretary.click("make_evidence")
            secretary.fill("pin", PIN)
            secretary.press("Return")
            secretary.wait_gone("pin_sheet", seconds=_LONG)
            secretary.save("save_evidence", bundle, last=dossier_beside(bundle), seconds=_LONG)
            secretary.save("save_anchor", anchors)
            step.counts[Count.BYTES] = bundle.stat().st_size
        with self.report.step(Deed.PROVE) as step:
            asked = [str(bundle), "--trust", str(anchors), "--json", "--html", str(out / _VERDICT)]
            proof = stage.run("-m", "ecabinet.verify", *asked)
            found = json.loads(proof.stdout)
            self.report.verdict = {"exit": proof.returncode, "report": found}
            step.counts[Count.CHECKS] = len(found["checks"])
        return proof.returncode

    # ------------------------------------------------------------ pictures

    @contextmanager
    def _photographed(self, deed: Deed, hands: Hands) -> Iterator[Step]:
        with self.report.step(deed) as step:
            try:
                yield step
            except StageError as error:
                picture = self._wanted.out / "screens" / _BROKEN_OFF
                hands.photograph(picture)
                raise StageError(f"{error}\n  what the window showed: {picture}") from error
            self._photograph(step, hands)

    def _photograph(self, step: Step, hands: Hands) -> None:
        step.screen = f"screens/{len(self.report.steps) + 1:02d}.png"
        hands.photograph(self._wanted.out / step.screen)


def clear(out: Path) -> None:
    """Takes away what an earlier demo left there, and nothing else: the folder may be anybody's."""
    screens = out / "screens"
    screens.mkdir(parents=True, exist_ok=True)
    for left in (*screens.glob("[0-9][0-9].png"), screens / _BROKEN_OFF, *(out / name for name in _LEFT)):
        left.unlink(missing_ok=True)
