"""Evidence as a stranger is given it, honest and otherwise."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.evidence import Policy
from ecabinet.core.register import WitnessPolicy
from tests.bundles import files_of, packed, sealed
from tests.cabinet import Cabinet


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


@pytest.fixture(scope="module")
def folder(cabinet: Cabinet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, a forged one, one that is none, and what to trust."""
    folder = tmp_path_factory.mktemp("evidence")
    honest = sealed(cabinet)
    files = files_of(honest)
    opinion = min(name for name in files if name.endswith(".opinion.json"))
    forged = packed({**files, opinion: files[opinion].replace(b"agree", b"other", 1)})
    (folder / "honest.asice").write_bytes(honest)
    (folder / "forged.asice").write_bytes(forged)
    (folder / "none.asice").write_bytes(b"PK\x03\x04")
    certificate = x509.load_der_x509_certificate(cabinet.anchors[0])
    (folder / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    policy = Policy(clock_tolerance_seconds=60, witnesses=WitnessPolicy(quorum=1, keys=("w+00000000+AA==",)))
    (folder / "policy.json").write_text(json.dumps(codec.to_value(policy), indent=2))
    return folder
