"""The peer of a download: curl, with as many connections, to plain files on the same disk."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.client.sync.files import LANES
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.protocol import Path as Route
from tests.bench.party import MEMBER, Party


def curl(party: Party, documents: Sequence[DocumentVersion], out: Path) -> float:
    """Fetches papers by the member's right into files named by their digests; in how many seconds."""
    out.mkdir()
    caller = party.cabinet.caller(MEMBER)
    authority = out.with_suffix(".pem")
    authority.write_bytes(x509.load_der_x509_certificate(caller.ca_certificate).public_bytes(Encoding.PEM))
    options = [f'cacert = "{authority}"', f'header = "Authorization: {caller.headers["authorization"]}"', "fail"]
    for each in documents:
        path = party.cabinet.path(Route.DOCUMENT, document=each.document, version=each.version)
        options += [f'url = "{party.process.url}{path}"', f'output = "{out / each.digest}"']
    asked = out.with_suffix(".curl")
    asked.write_text("\n".join(options))
    command = ["curl", "--silent", "--show-error", "--http1.1", "-Z", "--parallel-max", str(LANES), "-K", str(asked)]
    began_at = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began_at
