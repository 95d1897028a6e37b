"""The registrar names the witnesses when he founds the body; what is no key, or can't be reached, is not signed."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from ecabinet.cli import app
from ecabinet.cli.people import _witness_policy
from ecabinet.client.desk.access import Founder, read_invitation
from ecabinet.core.cosignature import witness_key
from ecabinet.core.register import WitnessPolicy
from ecabinet.keys.os_keystore import Keystore
from tests.client.people import PIN, Town
from tests.sample import BODY_NAME, OFFICES
from tests.server.live import Process
from tests.server.local import local_server

KEYS = [
    witness_key(name, Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32))).text()
    for name in ("audit.example", "court.example", "press.example")
]
ASKED = ["found", "--server", "localhost:1", "--code", "x", "--body", "H49.1", "--name", "UBND", "--office", "CVP"]


def test_the_registrar_signs_the_witness_policy(
    tmp_path: Path, keystore: Keystore, shared_server: Process, founding_code: str, body: str
) -> None:
    town = Town(tmp_path / "machines", keystore, shared_server.url.removeprefix("https://"))
    policy = WitnessPolicy(quorum=2, keys=tuple(KEYS))
    founder = Founder(
        body=body,
        name=BODY_NAME,
        name_en="",
        registrar="registrar",
        office=OFFICES["registrar"][0],
        witnesses=policy,
    )
    town.access("registrar").found(read_invitation(town.address, founding_code), PIN, "Máy", founder)
    server = local_server(shared_server.data)
    try:
        with server.store.reading(body) as session:
            assert server.ledger(body).catch_up(session).founding.witnesses == policy
    finally:
        server.store.close()


def test_more_than_half_are_asked_for_unless_it_is_said_otherwise() -> None:
    assert _witness_policy([], None) == WitnessPolicy(quorum=0, keys=())
    assert [_witness_policy(KEYS[:count], None).quorum for count in (1, 2, 3)] == [1, 2, 2]
    assert _witness_policy(KEYS, 1) == WitnessPolicy(quorum=1, keys=tuple(KEYS))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--witness", "audit.example"], "is no witness's verifier key"),
        (["--witness", KEYS[0].replace("audit", "auditor")], "is no witness's verifier key"),
        (["--witness", KEYS[0], "--quorum", "2"], "can't be asked for"),
        (["--quorum", "1"], "can't be asked for"),
        (["--witness", KEYS[0], "--witness", KEYS[0]], "can't be asked for"),
    ],
)
def test_what_is_no_policy_is_refused_before_anybody_is_asked(options: list[str], words: str, tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, [*ASKED, "--data", str(tmp_path), "--pin", PIN, *options])
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert not list(tmp_path.iterdir())
