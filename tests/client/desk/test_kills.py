"""Clients and servers that are killed in the middle: real processes, real signals, and nothing lost or done twice."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from ecabinet.client.desk.ballots import AnswerStage
from ecabinet.client.desk.drafts import ItemDraft
from ecabinet.client.desk.preparing import SendStage
from ecabinet.client.remote_errors import Unreachable
from ecabinet.client.sync import Trouble
from ecabinet.client.sync.rounds import unheard
from ecabinet.core import protocol
from ecabinet.core.envelope import new_id
from ecabinet.core.people import Role
from ecabinet.core.protocol import UPLOAD_PART
from ecabinet.demo.relay import Relay
from tests.client.guests import Guests
from tests.client.pages import samples
from tests.client.people import PIN, Somebody, now
from tests.server.live import LiveCabinet, Process

ROOT = Path(__file__).parents[3]
ANSWERING = """
import json, os, sys
from pathlib import Path
from sqlalchemy import Engine, event
from ecabinet.client import remote
from ecabinet.client.desk import Access
from ecabinet.client.vault import store
from ecabinet.keys.os_keystore import Keystore
from tests.client.people import PIN, Somebody

folder, service, ballot, option, at = sys.argv[1:]
steps, kept, asked, writing = 0, [], [], set()

def boundary():
    global steps
    steps += 1
    if steps == int(at):
        os.kill(os.getpid(), 9)

do, send = store.Vault.do, remote._send

def do_after_boundary(vault, work):
    boundary()
    return do(vault, work)

def send_between_boundaries(pool, request):
    boundary()
    asked.append([steps, request.method, request.path])
    response = send(pool, request)
    boundary()
    return response

@event.listens_for(Engine, "after_cursor_execute")
def write(connection, cursor, statement, *rest):
    words = statement.split()
    if words[0] in {"INSERT", "UPDATE", "DELETE"} and cursor.rowcount > 0:
        writing.add(words[1] if words[0] == "UPDATE" else words[2])

@event.listens_for(Engine, "commit")
def keep(connection):
    if writing:
        kept.append([steps, sorted(writing)])
        writing.clear()

store.Vault.do, remote._send = do_after_boundary, send_between_boundaries
access = Access(Path(folder), Keystore(service, may_prompt=False))
(profile,) = access.profiles()
somebody = Somebody("chair", access, profile, "", access.unlock(profile, PIN))
somebody.answer(ballot, option, option)
print(somebody.desk.ballots.one(ballot).opinions[0].opinion, flush=True)
somebody.desk.syncing.send()
print(json.dumps({"steps": steps, "kept": kept, "asked": asked}), flush=True)
"""


@pytest.fixture
def port() -> int:
    """One that is free now: a server that is killed comes back to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[Process]:
    process = Process(tmp_path / "server", "--port", str(port))
    yield process
    process.stop()


@pytest.fixture
def cabinet(server: Process) -> LiveCabinet:
    """At a server that may be killed."""
    cabinet = LiveCabinet(server.url, server.said["founding_code"])
    cabinet.found()
    cabinet.enrol("secretary", Role.SECRETARY)
    return cabinet


def opinions(cabinet: LiveCabinet, somebody: Somebody, ballot: str) -> list[str]:
    """Those in the ledger, as the server's own record has them."""
    record = cabinet.record()
    assert record.ballot
    own = somebody.desk.ballots.one(ballot).opinions
    statements = b"".join(each.envelope.statement for each in record.ballot)
    return [each.opinion for each in own if each.opinion.encode() in statements]


def answer_and_be_killed(guests: Guests, service: str, ballot: str, at: int) -> tuple[int, list[str]]:
    """Exit code, and what the process had said by then."""
    option = ("agree", "disagree")[at % 2]
    arguments = [str(guests.folder / "chair"), service, ballot, option, str(at)]
    command = [sys.executable, "-c", ANSWERING, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ)
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.long
def test_a_client_killed_at_any_step_of_answering_loses_nothing_and_says_nothing_twice(
    guests: Guests, cabinet: LiveCabinet, service: str, stride: int
) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    cabinet.open_ballot(documents=())
    ballot = cabinet.asked.ballot
    chair.sync()
    chair.lock()
    code, said = answer_and_be_killed(guests, service, ballot, 0)
    assert code == 0
    told = json.loads(said[-1])
    steps, submission = told["steps"], protocol.Path.STATEMENTS.format(body=cabinet.body)
    kept_at = [at for at, _ in told["kept"]]
    assert kept_at == sorted(set(kept_at)), "every transaction that keeps something is a step of its own"
    assert kept_at[-1] < steps, "and has one behind it"
    kept = {table for _, tables in told["kept"] for table in tables}
    assert kept >= {"answer_drafts", "statements", "outbox", "receipts"}
    assert [path for _, method, path in told["asked"] if method == "POST"].count(submission) == 1
    was_told = set()
    for at in range(1, steps + 1, stride):
        code, said = answer_and_be_killed(guests, service, ballot, at)
        assert code == -9
        chair.unlock()
        was_told.add(bool(said))
        if said:  # it was told that the opinion is signed and kept
            assert said[0] in {each.opinion for each in chair.desk.ballots.one(ballot).opinions}
        chair.sync()
        view = chair.desk.ballots.one(ballot)
        assert {each.stage for each in view.opinions} == {AnswerStage.RECORDED}
        assert len(opinions(cabinet, chair, ballot)) == len(view.opinions)
        chair.lock()
    assert was_told == {False, True}, "killed before it was told, and after"
    chair.unlock()
    leaves = [chair.desk.ballots.receipt(each.opinion).leaf for each in chair.desk.ballots.one(ballot).opinions]
    assert len(set(leaves)) == len(leaves)


def test_a_server_killed_while_it_answers_has_the_opinion_once(
    guests: Guests, cabinet: LiveCabinet, server: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    cabinet.open_ballot(documents=())
    ballot = cabinet.asked.ballot
    chair.sync()
    chair.answer(ballot, "agree", "agree")
    remote = chair.desk.unlocked.remote
    submit = remote.submit

    def submit_and_lose_the_reply(*arguments: object) -> object:
        submit(*arguments)  # type: ignore[arg-type]
        server.kill()
        raise Unreachable(may_have_arrived=True)

    with monkeypatch.context() as patch:
        patch.setattr(remote, "submit", submit_and_lose_the_reply)
        chair.desk.syncing.send()
    assert chair.desk.ballots.one(ballot).line.stage is AnswerStage.SENT
    server.start()
    chair.sync()
    assert chair.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED
    assert len(opinions(cabinet, chair, ballot)) == 1


class Tunnel(Relay):
    """A way to the server on which every answer can be lost: the request has arrived, and nobody hears of it.

    And one on which something happens when so many bytes of answers have passed.
    """

    loses_answers = False
    bytes_left: int | None = None
    when_they_have_passed: Callable[[], None]

    def _pump(self, link: Any, source: socket.socket, sink: socket.socket) -> None:
        heard = cast(socket.socket, _Answers(self, source)) if source is link.far else source
        super()._pump(link, heard, sink)


class _Answers:
    """What comes from the server."""

    def __init__(self, tunnel: Tunnel, source: socket.socket) -> None:
        self._tunnel, self._source = tunnel, source

    def recv_into(self, buffer: memoryview) -> int:
        count = self._source.recv_into(buffer)
        if self._tunnel.loses_answers:
            raise ConnectionResetError
        if self._tunnel.bytes_left is not None:
            self._tunnel.bytes_left -= count
            if self._tunnel.bytes_left <= 0:
                self._tunnel.bytes_left = None
                self._tunnel.when_they_have_passed()
        return count


def test_an_opinion_whose_reply_is_lost_is_sent_and_then_recorded_once(
    guests: Guests, cabinet: LiveCabinet, port: int
) -> None:
    with Tunnel(("127.0.0.1", port)) as tunnel:
        guests.address = "{}:{}".format(*tunnel.address)
        chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
        cabinet.open_ballot(documents=())
        ballot = cabinet.asked.ballot
        chair.sync()
        chair.answer(ballot, "agree", "agree")
        tunnel.loses_answers = True
        chair.desk.syncing.send()
        assert chair.desk.ballots.one(ballot).line.stage is AnswerStage.SENT
        assert len(opinions(cabinet, chair, ballot)) == 1
        tunnel.loses_answers = False
        chair.sync()
        assert chair.desk.ballots.one(ballot).line.stage is AnswerStage.RECORDED
        assert len(opinions(cabinet, chair, ballot)) == 1
        chair.lock()


def test_a_server_killed_in_the_middle_of_an_upload_is_sent_the_rest(
    guests: Guests, cabinet: LiveCabinet, server: Process, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR, Role.SECRETARY)
    preparing, remote = chair.desk.preparing, chair.desk.unlocked.remote
    paper = samples.large(3 * UPLOAD_PART)
    file = tmp_path / "421-TTr-STC Tờ trình.pdf"
    file.write_bytes(paper)
    draft, _ = preparing.new_meeting()
    (taken,) = preparing.take_papers(draft.meeting, [file], unheard).papers
    item = ItemDraft(item=new_id(now()), title="Dự toán", agency="Sở Tài chính", papers=(taken.document,), readers=None)
    starts_at = now() + timedelta(days=2)
    preparing.keep_meeting(replace(draft, title="Phiên họp", place="Phòng 1", starts_at=starts_at, items=(item,)))
    preparing.send(draft.meeting, PIN)
    offer, upload = remote.offer, remote.upload
    offered: list[int] = []

    def upload_and_be_killed(*arguments: Any) -> int:
        upload(*arguments)
        server.kill()
        raise Unreachable(may_have_arrived=True)

    def watched(*arguments: Any) -> int:
        offered.append(offer(*arguments))
        return offered[-1]

    with monkeypatch.context() as patch:
        patch.setattr(remote, "upload", upload_and_be_killed)
        chair.desk.syncing.send()
    assert preparing.stage(draft.meeting) is SendStage.SIGNED
    server.start()
    monkeypatch.setattr(remote, "offer", watched)
    chair.sync()
    assert offered == [UPLOAD_PART]
    assert preparing.stage(draft.meeting) is SendStage.RECORDED
    assert cabinet.download("secretary", taken.document).data == paper


def test_a_server_killed_in_the_middle_of_a_download_is_asked_for_the_rest(
    guests: Guests, cabinet: LiveCabinet, server: Process, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Tunnel(("127.0.0.1", port)) as tunnel:
        guests.address = "{}:{}".format(*tunnel.address)
        chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
        paper = os.urandom(48_000_000)  # more than what is under way when its server is killed: that still arrives
        cabinet.publish({"421/TTr-STC": paper})
        cabinet.send_meeting()
        files = chair.desk.unlocked.vault.files
        (version,) = cabinet.documents
        tunnel.bytes_left, tunnel.when_they_have_passed = len(paper) // 4, server.kill
        chair.sync()
        status = chair.desk.syncing.status()
        assert status.papers_here == 0
        kept = files.fetched(version.blob)
        assert 0 < kept < version.size
        server.start()
        asked: list[int] = []
        remote = chair.desk.unlocked.remote
        document = remote.document

        def watched(*arguments: object, **named: int) -> object:
            asked.append(named["start"])
            return document(*arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(remote, "document", watched)
        chair.sync()
        assert asked == [kept]
        into = memoryview(bytearray(len(paper)))
        chair.desk.papers.fill(version.digest, into)
        assert into == paper
        chair.lock()


def test_a_server_that_is_away_is_trouble_only_after_a_while(
    guests: Guests, cabinet: LiveCabinet, server: Process
) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    server.kill()
    chair.desk.syncing.once()
    assert chair.desk.syncing.status().trouble in {None, Trouble.OFFLINE}
    server.start()
    chair.sync()
