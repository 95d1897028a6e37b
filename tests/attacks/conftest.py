"""An honest body and its bundle, the verifier, and a scene with a live server."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecabinet.demo.relay import Relay
from ecabinet.keys.os_keystore import Keystore
from ecabinet.verify.__main__ import main
from tests.attacks.reports import caught_by, pem
from tests.attacks.scene import Scene, address
from tests.attacks.table import Caught
from tests.bundles import sealed
from tests.cabinet import Cabinet
from tests.server.live import Process

Verify = Callable[[bytes, tuple[bytes, ...]], tuple[int, tuple[Caught, ...]]]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def honest() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="session")
def bundle(honest: Cabinet) -> bytes:
    return sealed(honest)


@pytest.fixture
def body() -> Cabinet:
    """With an open ballot."""
    return Cabinet.with_open_ballot()


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """`ecabinet-verify --json` in this process: its exit status, and what it found."""

    def run(bundle: bytes, anchors: tuple[bytes, ...]) -> tuple[int, tuple[Caught, ...]]:
        (tmp_path / "evidence.asice").write_bytes(bundle)
        (tmp_path / "anchors.pem").write_bytes(pem(anchors))
        capsys.readouterr()
        code = main([str(tmp_path / "evidence.asice"), "--trust", str(tmp_path / "anchors.pem"), "--json"])
        return code, caught_by(capsys.readouterr().out)

    return run


@pytest.fixture
def scene(tmp_path: Path, keyring_session: dict[str, str]) -> Iterator[Scene]:
    """Founded, with a secretary; nobody has a client yet."""
    name = f"ecabinet-attacks-{os.getpid()}-{next(_numbers)}"
    server = Process(tmp_path / "server")
    try:
        with Relay(address(server)) as relay:
            scene = Scene(tmp_path, Keystore(name, may_prompt=False), server, relay)
            yield scene
            scene.end()
    finally:
        server.stop()
