"""The list of a bundle's files with their hashes, covered by one signature: an ASiCManifest (ETSI EN 319 162-1, A.4).

Written, and read, one line a file. No XML parser ever sees it: what is not written this way is no manifest of ours.
"""

import base64
import binascii
import re
from collections.abc import Mapping

MANIFEST = "META-INF/ASiCManifest001.xml"
SIGNATURE = "META-INF/signature001.p7s"

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
    f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>\n'
)
_LINE = (
    '<asic:DataObjectReference URI="{name}" MimeType="{media_type}">'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    "<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>\n"
)
_FOOT = "</asic:ASiCManifest>\n"
_MEDIA_TYPES = {
    ".json": "application/json",
    ".p7s": "application/pkcs7-signature",
    ".pdf": "application/pdf",
    ".pem": "application/x-pem-file",
    ".tlog-proof": "text/plain",
    ".txt": "text/plain",
}
_READ_LINE = re.compile(r'<asic:DataObjectReference URI="([^"]+)" .*<ds:DigestValue>([^<]+)</ds:DigestValue>.*\n')
"""Finds name and digest; that the line is ours in every byte, writing it again shows."""


def write(digests: Mapping[str, str]) -> bytes:
    """The manifest of files by name, in this order, with their SHA-256 in hexadecimal."""
    return "".join([_HEAD, *(_line(name, digest) for name, digest in digests.items()), _FOOT]).encode("ascii")


def read(data: bytes) -> Mapping[str, str] | None:
    """What `write` was given; None when it can't have written `data`."""
    text = data.decode("ascii", "replace")
    digests: dict[str, str] = {}
    for line in text.removeprefix(_HEAD).removesuffix(_FOOT).splitlines(keepends=True):
        found = _READ_LINE.fullmatch(line)
        if found is None or found[1] in digests:
            return None
        try:
            digests[found[1]] = base64.b64decode(found[2], validate=True).hex()
        except (binascii.Error, ValueError):
            return None
    return digests if write(digests) == data else None


def _line(name: str, digest: str) -> str:
    suffix = name[name.rfind(".") :] if "." in name else ""
    return _LINE.format(
        name=name,
        media_type=_MEDIA_TYPES.get(suffix, "application/octet-stream"),
        digest=base64.b64encode(bytes.fromhex(digest)).decode(),
    )
