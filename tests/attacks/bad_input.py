"""Statements that are none, properly signed and taken in by the server; and certificates that no key should have."""

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from ecabinet.core import cades
from ecabinet.core.envelope import Envelope, parse, sign
from ecabinet.core.evidence import Check, Culprit, ExitCode
from ecabinet.keys import certificates
from ecabinet.keys.certificates import BACK_DATED_BY, certify_registrar
from ecabinet.keys.token import TokenAddress, TokenError, TokenFault
from ecabinet.keys.tokens import Tokens
from tests.attacks.by_the_maker import filed, in_order
from tests.attacks.by_the_server import finished, left_out
from tests.attacks.table import BESIDES, Attacks
from tests.bundles import files_of, resealed, sealed
from tests.cabinet import Cabinet, Device
from tests.services.tokens import TOKEN_PIN, SoftToken

SIGNER = "signer"

# ---------------------------------------------------------------- statements

STATEMENTS = Attacks[Callable[[bytes], bytes]]("Statements that are none, signed by an elector and taken in")
"""From the bytes of an honest opinion to others, which the elector signs; see `signed` and `taken_in`."""


def signed(body: Cabinet, spoil: Callable[[bytes], bytes]) -> Envelope:
    """A spoilt opinion of an elector's, its signature as good as any."""
    said = spoil(body.opinion("finance", remark="Đề nghị làm rõ nguồn.").statement)
    return Envelope(said, cades.sign(said, body.devices["finance"].signer(), body.now))


def taken_in(body: Cabinet, strange: Envelope) -> bytes:
    """A bundle of a ballot to which the server let something strange join; the secretary could not count it."""
    taken = body.append(strange, tag=body.opening.envelope.digest)
    body.close()
    body.announce()
    others = body.placed(each for each in body.of_the_ballot() if each is not taken)
    files = files_of(sealed(body, record=body.record(ballot=others)))
    together = in_order(files | filed(f"ballot/{taken.leaf:08d}.opinion", taken))
    return resealed(together, body.devices["secretary"].signer(), body)


@STATEMENTS("statement with duplicate keys", Check.SIGNATURES, Culprit.LOG)
def say_one_thing_twice(said: bytes) -> bytes:
    return said.replace(b'"option":"agree"', b'"option":"agree","option":"disagree"', 1)


@STATEMENTS("statement with floats", Check.SIGNATURES, Culprit.LOG)
def count_in_floats(said: bytes) -> bytes:
    return said.replace(b'"counter":1', b'"counter":1.0')


@STATEMENTS("statement with floats", Check.SIGNATURES, Culprit.LOG)
def count_beyond_what_everybody_can_read(said: bytes) -> bytes:
    return said.replace(b'"counter":1', b'"counter":9007199254740993')


@STATEMENTS("statement in NFD", Check.SIGNATURES, Culprit.LOG)
def write_letters_and_marks_apart(said: bytes) -> bytes:
    return unicodedata.normalize("NFD", said.decode()).encode()


@STATEMENTS("statement with lone surrogates", Check.SIGNATURES, Culprit.LOG)
def write_half_a_letter(said: bytes) -> bytes:
    return said.replace(b'"remark":"', b'"remark":"\xed\xa0\x80')


@STATEMENTS("statement with lone surrogates", Check.SIGNATURES, Culprit.LOG)
def write_half_a_letter_by_its_number(said: bytes) -> bytes:
    return said.replace(b'"remark":"', b'"remark":"\\ud800')


@STATEMENTS("statement with a string of 10 MB", Check.SIGNATURES, Culprit.LOG)
def write_ten_megabytes(said: bytes) -> bytes:
    return said.replace(b'"remark":"', b'"remark":"' + b"x" * 10_000_000)


@STATEMENTS(BESIDES, Check.SIGNATURES, Culprit.LOG)
def nest_a_hundred_thousand_lists(said: bytes) -> bytes:
    return said.replace(b'"attachments":[]', b'"attachments":' + b"[" * 100_000 + b"]" * 100_000)


@STATEMENTS(BESIDES, Check.SIGNATURES, Culprit.LOG)
def write_with_spaces(said: bytes) -> bytes:
    return said.replace(b'":', b'": ')


@STATEMENTS(BESIDES, Check.SIGNATURES, Culprit.LOG)
def leave_a_member_out(said: bytes) -> bytes:
    return re.sub(rb'"capacity":"[^"]*",', b"", said)


@STATEMENTS(BESIDES, Check.SIGNATURES, Culprit.LOG)
def say_more_than_there_is_to_say(said: bytes) -> bytes:
    return said.replace(b'"counter":1,', b'"counter":1,"counts_twice":true,')


@STATEMENTS("statement of an unknown type", Check.SIGNATURES, None, code=ExitCode.INCOMPLETE)
def be_of_an_unknown_type(said: bytes) -> bytes:
    return said.replace(b'"type":"opinion"', b'"type":"opinion.whispered"')


@STATEMENTS("statement of an unknown version", Check.SIGNATURES, None, code=ExitCode.INCOMPLETE)
def be_of_an_unknown_version(said: bytes) -> bytes:
    return said.replace(b'"v":1', b'"v":99')


# ---------------------------------------------------------------- certificates

CERTIFICATES = Attacks[Callable[[Cabinet], bytes]]("Certificates that no key should have")
"""From a body whose ballot is open to a bundle."""
Certify: TypeAlias = Callable[[Cabinet, Device], bytes]


def certified(
    body: Cabinet,
    key: object,
    *extensions: x509.ExtensionType,
    begins_in: timedelta = -BACK_DATED_BY,
    ends_in: timedelta = timedelta(days=365),
) -> bytes:
    """A certificate by the body's CA, as one likes."""
    usual = (
        certificates._key_usage(digital_signature=True, content_commitment=True),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]),
    )
    builder = certificates._builder(
        certificates._name(body.offices["finance"][0], "UBND tỉnh"),
        x509.load_der_x509_certificate(body.authority.certificate).subject,
        key,  # type: ignore[arg-type] # of any kind
        body.now + begins_in + BACK_DATED_BY,
        body.now + ends_in,
    )
    for extension in extensions or usual:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(body.authority.private_key, SHA256()).public_bytes(Encoding.DER)


def expired(body: Cabinet, device: Device) -> bytes:
    return certified(
        body, device.signing_key.public_key(), begins_in=timedelta(days=-30), ends_in=timedelta(seconds=-1)
    )


def not_yet_valid(body: Cabinet, device: Device) -> bytes:
    return certified(body, device.signing_key.public_key(), begins_in=timedelta(days=1))


def of_another_authority(body: Cabinet, device: Device) -> bytes:
    """Which bears the same name."""
    return Cabinet(body.body).certify("finance", device.signing_key)


def for_servers(body: Cabinet, device: Device) -> bytes:
    usage = certificates._key_usage(digital_signature=True)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return certified(body, device.signing_key.public_key(), usage, purpose)


def self_signed(body: Cabinet, device: Device) -> bytes:
    title = body.offices["finance"][0]
    return certify_registrar(device.signing_key, title=title, body="UBND", at=body.now, valid_for=timedelta(days=365))


def of_a_weak_key(body: Cabinet, device: Device) -> bytes:
    del device
    return certified(body, rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key())  # noqa: S505


def answer_under(certify: Certify, body: Cabinet) -> bytes:
    """The server takes an opinion in that was signed under such a certificate."""
    device = body.devices["finance"] = Device("finance")
    device.certificate = certify(body, device)
    body.answer("finance")
    return left_out(body)


def enrol_under(certify: Certify, body: Cabinet) -> bytes:
    """The registrar enrols a key under such a certificate."""
    device = Device("a new device")
    device.certificate = certify(body, device)
    body.append(body.enrolment("finance", device=device))
    return finished(body)


for _listed, _words, _certify in (
    ("certificate expired", "an expired certificate", expired),
    ("certificate not yet valid", "a certificate that is not valid yet", not_yet_valid),
    ("certificate of another CA", "a certificate of another authority", of_another_authority),
    ("certificate with the wrong usage", "a certificate for servers", for_servers),
    ("certificate self-signed", "a certificate that its owner signed", self_signed),
    ("certificate of a weak key", "a certificate of a weak key", of_a_weak_key),
):
    _enrol = CERTIFICATES(_listed, Check.REGISTER, Culprit.REGISTRAR, name=f"enrol under {_words}")
    _enrol(partial(enrol_under, _certify))
    if _certify is not of_a_weak_key:  # with which nothing of ours signs
        _told = Check.VALIDITY if _certify in {expired, not_yet_valid} else Check.CHAINS
        _answer = CERTIFICATES(_listed, _told, Culprit.LOG, name=f"answer under {_words}")
        _answer(partial(answer_under, _certify))


# ---------------------------------------------------------------- tokens

ON_A_TOKEN = Attacks[Callable[[SoftToken, Callable[[str], Path], Tokens], TokenFault]]("A token")
"""What the signer says of a token that is plugged in, behind a module that fails as it is told."""


@ON_A_TOKEN("token removed in the middle of a signature", SIGNER, None, code=None)
def pull_the_token_out_while_it_signs(token: SoftToken, faulty: Callable[[str], Path], tokens: Tokens) -> TokenFault:
    body = Cabinet.with_open_ballot()
    device = body.devices["finance"]
    address = token.put_key(device.signing_key, "01")
    faulty("")
    meant = tokens.find(TokenAddress(token=address.token, serial=address.serial, key_id=address.key_id)).address
    signer = tokens.signer(meant, TOKEN_PIN, (device.certificate,))
    faulty(f"init=remove:{token.store}")
    said = parse(body.opinion("finance").statement)
    try:
        sign(said, signer)
    except TokenError as error:
        return error.reason
    raise AssertionError("an opinion was signed")
