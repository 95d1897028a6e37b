"""What stands in a bundle that nobody sealed, because it vouches for itself and may come later than the seal.

A time stamp, and behind it the CRLs and OCSP answers (DER) of outside authorities about certificates of signers:
`META-INF/revocations/`, each called by its SHA-256 and kind. They are added when a bundle leaves the program, and can
be left out again: the sealed bytes stay as they were.
"""

import re
from collections.abc import Mapping

from ecabinet.core import canonical
from ecabinet.core.evidence import container
from ecabinet.core.evidence.container import Content, Flaw, UnreadableBundle
from ecabinet.core.revocation import Kind

REVOCATIONS = "META-INF/revocations/"
_REVOCATION = re.compile(REVOCATIONS + r"([0-9a-f]{64})\.(?:crl|ocsp)")


def revocation_name(kind: Kind, answer: bytes) -> str:
    """The file of a CRL or an OCSP answer (DER)."""
    return f"{REVOCATIONS}{canonical.digest(answer)}.{kind}"


def is_revocation(name: str) -> bool:
    """Whether a file of this name has its place among the revocations."""
    return _REVOCATION.fullmatch(name) is not None


def read_revocations(contents: Mapping[str, Content]) -> Mapping[str, bytes]:
    """Those of a bundle, by file name. Raises UnreadableBundle for one that is not called by its digest."""
    found = {}
    for name, content in contents.items():
        named = _REVOCATION.fullmatch(name)
        if named is not None and content.data is not None:
            if named[1] != content.digest:
                raise UnreadableBundle(Flaw.MALFORMED_ENTRY, name)
            found[name] = content.data
    return found


def with_enclosed(tail: bytes, size: int, files: Mapping[str, bytes]) -> tuple[int, bytes]:
    """How many bytes of a bundle stay when such files are added to it, and what then follows.

    `size` is the bundle's, `tail` its last bytes: `container.directory_size` of them, or all. It has none yet.
    """
    kept, rest = size, b""
    for name in sorted(files, key=lambda name: (is_revocation(name), name)):
        begins, more = container.appended(rest or tail, kept + len(rest), name, files[name])
        rest, kept = rest[: max(begins - kept, 0)] + more, min(kept, begins)
    return kept, rest
