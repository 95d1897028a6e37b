"""The main job, end to end, every part real and every client a process: from founding a body to a proven bundle."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

from ecabinet.demo.relay import Relay
from ecabinet.demo.script import PIN, Cast
from ecabinet.demo.stage import Actor, Stage, StageError
from ecabinet.papers import sample

pytestmark = pytest.mark.timeout(300)
SUBJECT = "khắc phục hậu quả mưa lũ"
PAPERS = 14


@dataclass(frozen=True)
class Committee:
    """A body whose ballot is out: its secretary, its members, and the network of one of them."""

    stage: Stage
    secretary: Actor
    members: Mapping[str, Actor]
    relay: Relay


@pytest.fixture(scope="module")
def committee(keyring_available: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Committee]:
    cast, body = Cast.of(5), sample.body()
    with Stage(tmp_path_factory.mktemp("ecabinet-demo")) as stage:
        stage.open_keyring(PIN)
        address, code = stage.start_server()
        relay = stage.put_relay(address)
        registrar = stage.start_understudy("registrar")
        founder = {
            "body": body.code,
            "name": body.name,
            "name_en": body.name_en,
            "registrar": cast.registrar.id,
            "office": cast.registrar.office,
        }
        registrar.do("found", address=_said(address), code=code, pin=PIN, founder=founder, seconds=30)
        people: dict[str, Actor] = {}
        for person in (cast.secretary, *cast.members):
            roles = [role.value for role in person.roles]
            invited = registrar.do(
                "invite", person=person.id, office=person.office, office_en=person.office_en, roles=roles
            )
            where = relay.address if person is cast.members[-1] else address
            people[person.id] = stage.start_understudy(person.id)
            people[person.id].do("join", address=_said(where), code=invited["code"], pin=PIN, seconds=30)
        registrar.do("confirm", count=len(people), pin=PIN, seconds=60)
        for actor in people.values():
            actor.do("enter", pin=PIN, seconds=30)
        secretary = people.pop(cast.secretary.id)
        assert secretary.do("send_meeting", folder=None, pin=PIN, seconds=120)["papers"] == 12
        assert secretary.do("send_ballot", key="du-phong-mua-lu", pin=PIN, seconds=60)["papers"] == 2
        yield Committee(stage, secretary, people, relay)


def test_from_papers_to_a_proof(committee: Committee, tmp_path: Path) -> None:
    *on_line, off_line = committee.members.values()
    for actor in committee.members.values():
        assert actor.do("await_papers", count=PAPERS, seconds=60)["papers"] == PAPERS

    committee.relay.cut()
    with pytest.raises(StageError, match="the opinion is signed"):
        _answer(off_line, "khong-dong-y")
    for actor in on_line:
        assert _answer(actor, "dong-y")["stage"] == "recorded"
    committee.relay.mend()
    assert off_line.do("send", subject=SUBJECT, seconds=30)["stage"] == "recorded"

    closed = committee.secretary.do("close", subject=SUBJECT, pin=PIN, seconds=60)
    assert (closed["received"], closed["sent"]) == (5, 5)
    bundle, anchors = tmp_path / "evidence.asice", tmp_path / "anchors.pem"
    committee.secretary.do("prove", subject=SUBJECT, bundle=str(bundle), anchors=str(anchors), pin=PIN, seconds=60)

    proof = committee.stage.run("-m", "ecabinet.verify", str(bundle), "--trust", str(anchors), "--json")
    assert proof.returncode == 0, proof.stdout
    assert {check["verdict"] for check in json.loads(proof.stdout)["checks"]} <= {"passed", "not_applicable"}

    assert _verdict_without(committee.stage, bundle, anchors, tmp_path) == 1


def _verdict_without(stage: Stage, bundle: Path, anchors: Path, folder: Path) -> int:
    """The verifier's exit code for the bundle with one byte of one opinion changed."""
    forged = folder / "forged.asice"
    with ZipFile(bundle) as source, ZipFile(forged, "w", ZIP_STORED) as target:
        (opinion, *_) = [name for name in source.namelist() if "opinion" in name and name.endswith(".json")]
        for entry in source.infolist():
            data = source.read(entry)
            target.writestr(entry, data.replace(b"dong-y", b"dong-x", 1) if entry.filename == opinion else data)
    return stage.run("-m", "ecabinet.verify", str(forged), "--trust", str(anchors)).returncode


def _answer(actor: Actor, option: str) -> Mapping[str, str]:
    return actor.do("answer", subject=SUBJECT, options=[option] * 2, text="", pin=PIN, seconds=60)


def _said(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
