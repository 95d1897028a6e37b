"""The list of a bundle's files with their hashes, covered by one signature: an ASiCManifest (ETSI EN 319 162-1, A.4).

One line without an end, because `openssl cms` without `-binary` takes every line end for another. No XML parser ever
sees it: what is not written this way is no manifest of ours.
"""

import base64
import binascii
import re
from collections.abc import Mapping

MANIFEST = "META-INF/ASiCManifest001.xml"
SIGNATURE = "META-INF/signature001.p7s"

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
    f'<asic:SigReference URI="{SIGNATURE}" MimeType="application/pkcs7-signature"/>'
)
_BEFORE_NAME = '<asic:DataObjectReference URI="'
_BEFORE_TYPE = '" MimeType="'
_BEFORE_DIGEST = '"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>'
_BEHIND_DIGEST = "</ds:DigestValue></asic:DataObjectReference>"
_FOOT = "</asic:ASiCManifest>"
_MEDIA_TYPES = {
    ".json": "application/json",
    ".p7s": "application/pkcs7-signature",
    ".pdf": "application/pdf",
    ".pem": "application/x-pem-file",
    ".tlog-proof": "text/plain",
    ".txt": "text/plain",
}
_READ_FILE = re.compile(
    r'URI="([^"]+)" MimeType="[^"]*"><ds:DigestMethod Algorithm="[^"]*"/><ds:DigestValue>([^<]+)</ds:DigestValue>'
)
"""Finds names and digests, in linear time; that the manifest is ours in every byte, writing it again shows."""


def write(digests: Mapping[str, str]) -> bytes:
    """The manifest of files by name, in this order, with their SHA-256 in hexadecimal."""
    return "".join([_HEAD, *(_file(name, digest) for name, digest in digests.items()), _FOOT]).encode("ascii")


def lists(data: bytes, digests: Mapping[str, str]) -> bool:
    """Whether `data` is what `write` makes of these, which is not made for it."""
    at = len(_HEAD)
    if not data.startswith(_HEAD.encode()):
        return False
    for name, digest in digests.items():
        piece = _file(name, digest).encode()
        if not data.startswith(piece, at):
            return False
        at += len(piece)
    return data[at:] == _FOOT.encode()


def read(data: bytes) -> Mapping[str, str] | None:
    """What `write` was given; None when it can't have written `data`."""
    if not data.isascii():
        return None
    digests: dict[str, str] = {}
    for name, digest in _READ_FILE.findall(data.decode("ascii")):
        try:
            digests[name] = base64.b64decode(digest, validate=True).hex()
        except (binascii.Error, ValueError):
            return None
    return digests if write(digests) == data else None


def _file(name: str, digest: str) -> str:
    media_type = _MEDIA_TYPES.get(name[name.rfind(".") :], "application/octet-stream")
    encoded = binascii.b2a_base64(bytes.fromhex(digest), newline=False).decode()
    return f"{_BEFORE_NAME}{name}{_BEFORE_TYPE}{media_type}{_BEFORE_DIGEST}{encoded}{_BEHIND_DIGEST}"
