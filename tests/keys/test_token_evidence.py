"""A ballot sent, answered, counted and sealed by keys on tokens is proved like any other, by us and by OpenSSL."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from ecabinet.core import cades
from ecabinet.core.certificates import describe
from ecabinet.core.people import Role
from ecabinet.core.signer import SignatureAlgorithm
from ecabinet.keys.certificates import SigningKey, generate_key
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.tokens import Tokens
from tests.bundles import checked, files_of, sealed
from tests.cabinet import Cabinet
from tests.core.oracles import openssl_says
from tests.devices import Device
from tests.sample import MEMBERS
from tests.services.tokens import TOKEN_PIN, SoftToken

ON_TOKENS: dict[str, SigningKey] = {
    "secretary": rsa.generate_private_key(65537, 3072),
    "chair": generate_key(),
    "finance": rsa.generate_private_key(65537, 2048),
}


class TokenDevice(Device):
    """A device whose signing key is on a token."""

    def __init__(self, name: str, key: SigningKey) -> None:
        super().__init__(name)
        self._key = key

    def signer(self) -> LocalSigner:
        return LocalSigner(self._key, (self.certificate,))


def with_token(cabinet: Cabinet, person: str, key: SigningKey) -> Device:
    device = TokenDevice(person, key)
    device.certificate = cabinet.certify(person, key)
    return device


def test_what_tokens_signed_is_proved(soft_token: SoftToken, tmp_path: Path) -> None:
    tokens, cabinet = Tokens(tmp_path / "data"), Cabinet()
    cabinet.found()
    for number, person in enumerate(("secretary", *MEMBERS), 1):
        device = None
        if person in ON_TOKENS:
            key = tokens.open(soft_token.put_key(ON_TOKENS[person], f"{number:02}"), TOKEN_PIN)
            device = with_token(cabinet, person, key)
        cabinet.enrol(person, Role.SECRETARY if person == "secretary" else Role.MEMBER, device=device)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "disagree", remark="Đề nghị làm rõ nguồn.")
    cabinet.answer("construction", "agree", "agree")
    cabinet.close()
    cabinet.announce()
    bundle = sealed(cabinet)
    assert not list(checked(bundle, cabinet).failures())
    files, ways = files_of(bundle), set()
    for name, content in files.items():
        signature = files.get(name.removesuffix(".json") + ".p7s") if name.endswith(".json") else None
        if signature is None:
            continue
        found = cades.read(signature)
        ways.add(found.algorithm)
        own = found.certificates[0]
        root = own if describe(own).is_self_issued else cabinet.authority.certificate
        assert openssl_says(content, signature, root, tmp_path) == (0, "CAdES Verification successful\n")
    assert ways == {SignatureAlgorithm.ECDSA_P256_SHA256, SignatureAlgorithm.RSA_PSS_SHA256}
