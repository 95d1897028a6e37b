"""Notes that go over to a new version in a process that is killed: none is lost, and none goes over twice."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from ecabinet.client.pages import Pages
from ecabinet.client.sync.rounds import unheard
from ecabinet.client.vault import schema
from ecabinet.core.meetings import DocumentsPublished
from ecabinet.core.notes import Anchor, Quad
from ecabinet.core.people import Role
from tests.client.desk.test_crossings import FIGURE, FIRST, GONE, KEPT, SECOND, YELLOW
from tests.client.guests import Guests
from tests.client.people import Somebody
from tests.server.live import ROOT

CROSSING = """
import os, sys
from pathlib import Path
from ecabinet.client.desk import Access
from ecabinet.client.pages import Pages
from ecabinet.client.vault import store
from ecabinet.keys.os_keystore import Keystore
from tests.client.people import PIN

if __name__ == "__main__":
    folder, service, at = sys.argv[1:]
    access = Access(Path(folder), Keystore(service, may_prompt=False))
    (profile,) = access.profiles()
    desk = access.unlock(profile, PIN)
    steps, do = 0, store.Vault.do

    def do_or_die(vault, work):
        global steps
        steps += 1
        if steps == int(at):
            os.kill(os.getpid(), 9)
        return do(vault, work)

    store.Vault.do = do_or_die
    with Pages() as pages:
        desk.finding.read_in(pages, lambda done, total: None)
        desk.crossings.run(pages, lambda done, total: None)
    print(steps, flush=True)
    desk.lock()
"""


def publish_next(guests: Guests, data: bytes) -> None:
    """The next version of the one paper, put before everybody."""
    cabinet = guests.cabinet
    before = cabinet.documents[-1]
    digest = cabinet.upload("secretary", data)
    after = replace(
        before, version=before.version + 1, digest=digest, blob=digest, size=len(data), replaces=before.digest
    )
    cabinet.append(cabinet.sign("secretary", DocumentsPublished(**cabinet.heading(), documents=(after,))))
    cabinet.send_meeting()


def edits(chair: Somebody) -> int:
    count = select(func.count()).select_from(schema.note_edits)
    return chair.desk.unlocked.vault.do(lambda db: db.scalar(count) or 0)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_client_killed_while_notes_go_over_takes_each_over_once(guests: Guests, service: str) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    guests.cabinet.publish({"mot": FIRST})
    guests.cabinet.send_meeting()
    chair.sync()
    (paper,) = chair.desk.papers.all()
    quad = Quad(x0=8_000, y0=73_700, x1=56_000, y1=75_500)
    for number, line in enumerate((KEPT, FIGURE, GONE)):
        place = Anchor(
            digest=paper.digest, page=number, quads=(quad,), strokes=(), quote=line, before="", after="", section=()
        )
        chair.desk.notes.write(paper.document, place, f"Ghi chú {number}", YELLOW)
    publish_next(guests, SECOND)
    chair.sync()
    written = edits(chair)
    chair.lock()
    at, done = 1, ""
    while not done:
        command = [sys.executable, "-c", CROSSING, str(guests.folder / "chair"), service, str(at)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ)
        assert ended.returncode in {0, -9}, ended.stderr
        at, done = at + 2, ended.stdout
    assert at > 9, "it was killed more than once"
    chair.unlock()
    with Pages() as pages:
        assert not chair.desk.crossings.run(pages, unheard)
    places = {note.latest.text: note for note in chair.desk.notes.of_paper(paper.document)}
    assert {text: (note.latest.anchor.page, note.is_left_behind) for text, note in places.items()} == {
        "Ghi chú 0": (1, False),
        "Ghi chú 1": (1, True),
        "Ghi chú 2": (2, True),
    }
    assert edits(chair) == written + 1
    assert chair.desk.papers.one(paper.document).to_check == 1
