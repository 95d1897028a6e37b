"""Somebody's device, for tests: the same name gives the same three keys in every run."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ecabinet.core.register import DeviceKeys
from ecabinet.core.signer import Signer
from ecabinet.keys.local_signer import LocalSigner


class Device:
    """The three keys of somebody's device. The same name gives the same keys."""

    def __init__(self, name: str) -> None:
        self.signing_key = p256_key(f"{name}/signing")
        self.device_key = Ed25519PrivateKey.from_private_bytes(seed(f"{name}/device"))
        self.sealing_key = X25519PrivateKey.from_private_bytes(seed(f"{name}/sealing"))
        self.certificate = b""

    def keys(self) -> DeviceKeys:
        return DeviceKeys(
            signing_certificate=self.certificate,
            device_key=self.device_key.public_key().public_bytes_raw(),
            sealing_key=self.sealing_key.public_key().public_bytes_raw(),
        )

    def signer(self) -> Signer:
        return LocalSigner(self.signing_key, (self.certificate,))


def p256_key(name: str) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(seed(name), "big") >> 1, SECP256R1())


def seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
