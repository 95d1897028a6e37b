"""What a publisher's machine recognised, at the machines of those who read: real server, real Tesseract, real kills."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ecabinet import resources
from ecabinet.client.pages import Pages
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.vault import recognised
from ecabinet.core.people import Role
from tests.client.desk.test_kills import ROOT
from tests.client.guests import Guests
from tests.client.people import Somebody
from tests.client.sync.test_recognition import page
from tests.server.live import LiveCabinet
from tests.server.test_recognition import told

OFFERING = """
import json, os, sys
from pathlib import Path
from ecabinet.client import remote
from ecabinet.client.desk import Access
from ecabinet.client.vault import store
from ecabinet.keys.os_keystore import Keystore
from tests.client.people import PIN

folder, service, at = sys.argv[1:]
steps, asked = 0, {}

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
    asked[request.method + " " + request.path] = steps
    response = send(pool, request)
    boundary()
    return response

store.Vault.do, remote._send = do_after_boundary, send_between_boundaries
access = Access(Path(folder), Keystore(service, may_prompt=False))
(profile,) = access.profiles()
access.unlock(profile, PIN).syncing.once()
print(json.dumps(asked), flush=True)
"""


def found(somebody: Somebody, words: str) -> list[tuple[int, ...]]:
    return [each.pages for each in somebody.desk.finding.in_papers(words).papers]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_member_finds_in_a_scan_what_the_publishers_machine_recognised(
    guests: Guests, cabinet: LiveCabinet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secretary = guests.welcome("secretary", Role.SECRETARY)
    finance = guests.welcome("finance")
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    scan = resources.path("sample", "pdf") / "08-287-BC-STP.pdf"
    cabinet.publish({"287/BC-STP": scan.read_bytes()})
    cabinet.send_meeting()
    (digest,) = (each.digest for each in cabinet.documents)
    with Pages() as pages:
        for somebody in (secretary, finance):
            somebody.sync()
            somebody.desk.finding.read_in(pages, unheard)
        assert secretary.desk.recognising.run(pages, unheard).recognised == {digest}
        secretary.sync()
        monkeypatch.setenv("PATH", str(tmp_path))
        assert finance.desk.recognising.absence() is not None
        assert found(finance, "cuộc họp tư vấn thẩm định") == []
        assert finance.sync().recognised == {digest}
        finance.desk.finding.read_in(pages, unheard)
        assert found(finance, "cuộc họp tư vấn thẩm định") == [(0,)]
        assert found(finance, "phat trien nha o xa hoi")[0][0] == 0
        secretary.desk.finding.read_in(pages, unheard)
        assert found(secretary, "nhà ở xã hội") == found(finance, "nhà ở xã hội")
        assert not finance.sync().recognised
    words = [somebody.desk.papers.recognised(digest).words(0) for somebody in (secretary, finance)]
    assert words[0] == words[1]


def recognise(somebody: Somebody, digest: str) -> None:
    def keep(db: object) -> None:
        recognised.begin(db, digest, program="tesseract 5.3.0", languages="vie")  # type: ignore[arg-type]
        recognised.keep(db, digest, page(f"của tài liệu {digest[:8]}"))  # type: ignore[arg-type]
        recognised.complete(db, digest)  # type: ignore[arg-type]

    somebody.desk.unlocked.vault.do(keep)


def offer_and_be_killed(guests: Guests, service: str, at: int) -> tuple[int, str]:
    arguments = [str(guests.folder / "secretary"), service, str(at)]
    command = [sys.executable, "-c", OFFERING, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ)
    return done.returncode, done.stdout or done.stderr


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_client_killed_at_any_step_of_offering_offers_once(
    guests: Guests, cabinet: LiveCabinet, service: str
) -> None:
    secretary = guests.welcome("secretary", Role.SECRETARY)
    finance = guests.welcome("finance")
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.publish({f"{number}/BC": b"%PDF-1.7 " + bytes([number]) for number in range(12)})
    cabinet.send_meeting()
    secretary.sync()
    papers = list(cabinet.documents)
    recognise(secretary, papers.pop().digest)
    secretary.lock()
    code, said = offer_and_be_killed(guests, service, 0)
    assert code == 0, said
    steps = {step for asked, step in json.loads(said).items() if "/uploads" in asked or "/recognised" in asked}
    assert len(steps) == 3, "announced, uploaded, offered"
    for at in sorted({step + more for step in steps for more in (0, 1, 2)}):
        secretary.unlock()
        recognise(secretary, papers.pop().digest)
        secretary.lock()
        code, said = offer_and_be_killed(guests, service, at)
        assert code == -9, said
        secretary.unlock()
        secretary.sync()
        secretary.lock()
    offered = {paper.digest for paper in cabinet.documents} - {paper.digest for paper in papers}
    assert Counter(offer.paper for offer in told(cabinet, "chair")) == dict.fromkeys(offered, 1)
    assert finance.sync().recognised == offered
    for digest in offered:
        (word, *_) = finance.desk.papers.recognised(digest).words(0)[-1:]
        assert word.text == digest[:8]
