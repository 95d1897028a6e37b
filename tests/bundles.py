"""Bundles for tests: sealed by the cabinet's secretary, taken apart, and put together again by whoever means ill."""

import io
import zipfile
from collections.abc import Mapping

from ecabinet.core import cades
from ecabinet.core.canonical import digest
from ecabinet.core.evidence import Check, Culprit, Report, assemble, check, container, manifest, read
from ecabinet.core.protocol import BallotRecord
from ecabinet.core.signer import Signer
from tests.cabinet import Cabinet

UNLISTED = ("mimetype", manifest.MANIFEST, manifest.SIGNATURE)


def sealed(cabinet: Cabinet, *, record: BallotRecord | None = None, papers: Mapping[str, bytes] | None = None) -> bytes:
    """The bundle of the cabinet's ballot, with all papers or those given."""
    unsigned = assemble(record or cabinet.record(), cabinet.papers if papers is None else papers)
    return unsigned.seal(cades.sign(unsigned.manifest, cabinet.devices["secretary"].signer(), cabinet.now))


def files_of(bundle: bytes) -> dict[str, bytes]:
    """What a stock zip reader finds in a bundle."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes]) -> bytes:
    """These files in the container's form, whether or not they belong together."""
    return container.write(files.items())


def resealed(files: Mapping[str, bytes], signer: Signer, cabinet: Cabinet) -> bytes:
    """These files, listed and sealed anew by `signer`."""
    listed = manifest.write({name: digest(data) for name, data in files.items() if name not in UNLISTED})
    signature = cades.sign(listed, signer, cabinet.now)
    return packed({**files, manifest.MANIFEST: listed, manifest.SIGNATURE: signature})


def named(files: Mapping[str, bytes], part: str) -> str:
    """The one file whose name has `part` in it."""
    (name,) = (name for name in files if part in name)
    return name


def checked(bundle: bytes, cabinet: Cabinet) -> Report:
    return check(read(bundle), cabinet.anchors)


def blamed(report: Report) -> set[tuple[Check, Culprit | None]]:
    """Which checks failed, and whose doing each failure is."""
    return {(each, finding.culprit) for each, finding in report.failures()}
