"""An honest body and its bundle, and the verifier."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.verify.__main__ import main
from tests.attacks.bad_files import READING
from tests.attacks.table import Caught
from tests.bundles import sealed
from tests.cabinet import Cabinet

Verify = Callable[[bytes, tuple[bytes, ...]], tuple[int, tuple[Caught, ...]]]


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
    """`ecabinet-verify --json`: its exit status, and what it found, failures before what was left open."""

    def run(bundle: bytes, anchors: tuple[bytes, ...]) -> tuple[int, tuple[Caught, ...]]:
        (tmp_path / "evidence.asice").write_bytes(bundle)
        (tmp_path / "anchors.pem").write_bytes(pem(anchors))
        capsys.readouterr()
        code = main([str(tmp_path / "evidence.asice"), "--trust", str(tmp_path / "anchors.pem"), "--json"])
        return code, told(capsys.readouterr().out)

    return run


def pem(anchors: tuple[bytes, ...]) -> bytes:
    return b"".join(x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in anchors)


def told(output: str) -> tuple[Caught, ...]:
    """What the JSON of a report says against the bundle."""
    report = json.loads(output)
    assert report["format"] == 1
    if (unreadable := report["unreadable"]) is not None:
        return (
            Caught(
                check=READING,
                fault=unreadable["flaw"],
                culprit=unreadable["culprit"],
                place=unreadable["place"],
            ),
        )
    found = [(each["check"], finding) for each in report["checks"] for finding in each["findings"]]
    for verdict in ("failed", "not_checked"):
        if caught := [_caught(check, finding) for check, finding in found if finding["verdict"] == verdict]:
            return tuple(caught)
    return ()


def _caught(check: str, finding: dict[str, str]) -> Caught:
    return Caught(check=check, **{name: finding[name] for name in ("fault", "culprit", "who", "place", "detail")})
