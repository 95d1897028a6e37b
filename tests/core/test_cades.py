"""Strict CAdES: what we write stock tools accept; what we accept pyHanko accepts, and is the one way to write it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from ecabinet.core import cades
from ecabinet.core.cades import BadSignature, Reason, Signature
from ecabinet.core.signer import SignatureAlgorithm
from ecabinet.keys.local_signer import LocalSigner
from tests.core import signing_parties as parties
from tests.core.cms_forms import IDENTIFIERS, PKCS1_IDENTIFIERS, TWISTS, Form
from tests.core.oracles import openssl_says, pyhanko_accepts, root_of
from tests.core.signing_parties import NOW

CONTENT = '{"answer":"đồng ý"}'.encode()

SIGNERS: dict[str, Callable[[], LocalSigner]] = {
    "member": parties.member,
    "registrar": parties.registrar,
    "rsa": parties.rsa_signer,
    "chain of two": parties.outsider,
}


def accepts(content: bytes, signature: bytes) -> Signature | None:
    try:
        return cades.verify(content, signature)
    except BadSignature:
        return None


@dataclass(frozen=True)
class Replayed:
    """A signer that knows one signature value already."""

    chain: tuple[bytes, ...]
    algorithm: SignatureAlgorithm
    value: bytes

    def sign(self, message: bytes) -> bytes:
        return self.value


def written_again(content: bytes, signature: Signature) -> bytes:
    """The one way to write what was read."""
    replayed = Replayed(signature.certificates, signature.algorithm, signature.value)
    return cades.sign(content, replayed, signature.signed_at)


# ---------------------------------------------------------------- what we write


@pytest.mark.parametrize("name", SIGNERS)
def test_reads_what_it_writes(name: str) -> None:
    signer = SIGNERS[name]()
    signature = cades.sign(CONTENT, signer, NOW)
    found = cades.verify(CONTENT, signature)
    assert found == cades.read(signature)
    assert found.certificates == signer.chain
    assert found.signer_certificate == signer.chain[0]
    assert found.signed_at == NOW
    assert found.message_digest == hashlib.sha256(CONTENT).digest()
    assert found.algorithm is signer.algorithm


@pytest.mark.parametrize("name", SIGNERS)
def test_pyhanko_accepts_what_we_write(name: str) -> None:
    signer = SIGNERS[name]()
    assert pyhanko_accepts(CONTENT, cades.sign(CONTENT, signer, NOW), root_of(signer))


@pytest.mark.parametrize("name", SIGNERS)
def test_openssl_accepts_what_we_write(name: str, tmp_path: Path) -> None:
    signer = SIGNERS[name]()
    signature = cades.sign(CONTENT, signer, NOW)
    assert openssl_says(CONTENT, signature, root_of(signer), tmp_path) == (0, "CAdES Verification successful\n")
    assert openssl_says(CONTENT + b" ", signature, root_of(signer), tmp_path)[0] != 0


@pytest.mark.parametrize("year", [1949, 1950, 1999, 2000, 2049, 2050, 9999])
def test_tells_the_signing_time_of_every_year(year: int) -> None:
    at = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    signature = cades.sign(CONTENT, parties.member(), at)
    assert cades.read(signature).signed_at == at
    assert pyhanko_accepts(CONTENT, signature, parties.authority().certificate)


def test_refuses_to_write_what_it_would_not_read() -> None:
    member, registrar = parties.member(), parties.registrar()
    for chain, algorithm in (
        ((), member.algorithm),
        ((b"no certificate",), member.algorithm),
        ((*member.chain, parties.authority().certificate), member.algorithm),  # with the root
        ((*member.chain, *registrar.chain), member.algorithm),  # with a stranger
        (member.chain, SignatureAlgorithm.RSA_PSS_SHA256),
        (parties.rsa_signer().chain, SignatureAlgorithm.RSA_PKCS1_SHA256),
    ):
        with pytest.raises(ValueError, match=r"chain|PKCS"):
            cades.sign(CONTENT, Replayed(chain, algorithm, b""), NOW)
    with pytest.raises(ValueError, match="zone"):
        cades.sign(CONTENT, member, NOW.replace(tzinfo=None))


# ---------------------------------------------------------------- what others might write


@pytest.mark.parametrize("name", TWISTS)
@pytest.mark.parametrize("signer", [parties.member, parties.outsider], ids=["member", "chain of two"])
def test_refuses_every_other_form(signer: Callable[[], LocalSigner], name: str) -> None:
    reason, twist = TWISTS[name]
    form = Form(signer(), CONTENT, NOW)
    assert accepts(CONTENT, form.write()) is not None, "untwisted, it is ours"
    twist(form)
    with pytest.raises(BadSignature) as caught:
        cades.verify(CONTENT, form.write())
    assert caught.value.reason is reason


def test_refuses_unsorted_certificates() -> None:
    signature = cades.sign(CONTENT, parties.outsider(), NOW)
    first, second = sorted(parties.outsider().chain)
    swapped = signature.replace(first + second, second + first)
    assert swapped != signature
    with pytest.raises(BadSignature, match=Reason.NOT_DER):
        cades.read(swapped)


@pytest.mark.parametrize("identifier", PKCS1_IDENTIFIERS, ids=["rsaEncryption", "sha256WithRSAEncryption"])
def test_checks_what_older_tokens_make(identifier: bytes) -> None:
    signer = parties.rsa_signer()
    key = signer._private_key
    form = Form(signer, CONTENT, NOW, sign=lambda message: key.sign(message, PKCS1v15(), SHA256()))  # type: ignore[call-arg, arg-type]
    form.signature_algorithm = identifier
    signature = form.write()
    assert cades.verify(CONTENT, signature).algorithm is SignatureAlgorithm.RSA_PKCS1_SHA256
    assert pyhanko_accepts(CONTENT, signature, root_of(signer))
    form.signature_algorithm = IDENTIFIERS[SignatureAlgorithm.RSA_PSS_SHA256]
    with pytest.raises(BadSignature, match=Reason.FORGED):
        cades.verify(CONTENT, form.write())


def test_refuses_an_algorithm_of_another_kind_of_key() -> None:
    form = Form(parties.member(), CONTENT, NOW)
    form.signature_algorithm = IDENTIFIERS[SignatureAlgorithm.RSA_PSS_SHA256]
    with pytest.raises(BadSignature, match=Reason.UNKNOWN_ALGORITHM):
        cades.verify(CONTENT, form.write())


def test_refuses_a_key_on_another_curve() -> None:
    key = generate_private_key(SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
        .public_bytes(Encoding.DER)
    )
    form = Form(parties.member(), CONTENT, NOW)
    form.certificates = [certificate]
    with pytest.raises(BadSignature, match=Reason.BAD_CERTIFICATE):
        cades.read(form.write())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (lambda body: b"\x30\x82" + len(body).to_bytes(2, "big"), b"", None),
        (lambda body: b"\x30\x83" + len(body).to_bytes(3, "big"), b"", Reason.NOT_DER),
        (lambda body: b"\x30\x80", b"\x00\x00", Reason.NOT_DER),
        (lambda body: b"\x30\x85" + len(body).to_bytes(5, "big"), b"", Reason.NOT_DER),
        (lambda body: b"\x31\x82" + len(body).to_bytes(2, "big"), b"", Reason.UNKNOWN_FORM),
        (lambda body: b"\x3f\x82" + len(body).to_bytes(2, "big"), b"", Reason.UNKNOWN_FORM),
        (lambda body: b"\x30\x82" + (len(body) + 1).to_bytes(2, "big"), b"", Reason.NOT_DER),
    ],
    ids=["as it should be", "long length", "indefinite", "five octets", "a set", "a long tag", "cut short"],
)
def test_knows_one_way_to_write_a_length(before: Callable[[bytes], bytes], after: bytes, reason: Reason | None) -> None:
    body = cades.sign(CONTENT, parties.member(), NOW)[4:]
    signature = before(body) + body + after
    if reason is None:
        assert accepts(CONTENT, signature) is not None
    else:
        with pytest.raises(BadSignature, match=reason):
            cades.read(signature)


def test_refuses_what_is_too_large() -> None:
    with pytest.raises(BadSignature, match=Reason.TOO_LARGE):
        cades.read(bytes(cades.SIZE_LIMIT + 1))


def test_refuses_other_content() -> None:
    signature = cades.sign(CONTENT, parties.member(), NOW)
    with pytest.raises(BadSignature, match=Reason.OTHER_CONTENT):
        cades.verify(CONTENT + b"\n", signature)


# ---------------------------------------------------------------- whatever the bytes

twisted = st.builds(
    lambda name, at, content, twists: (name, at, content, twists),
    st.sampled_from(sorted(SIGNERS)),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.binary(max_size=64),
    st.lists(st.sampled_from(sorted(TWISTS)), max_size=2),
)
edits = st.lists(
    st.tuples(
        st.sampled_from(["flip", "set", "delete", "insert", "cut", "repeat"]),
        st.integers(0, 2**16),
        st.integers(1, 255),
    ),
    min_size=1,
    max_size=3,
)


def edited(data: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    for change, place, value in changes:
        at = place % max(len(data), 1)
        match change:
            case "flip":
                data = data[:at] + bytes(byte ^ value for byte in data[at : at + 1]) + data[at + 1 :]
            case "set":
                data = data[:at] + bytes([value]) + data[at + 1 :]
            case "delete":
                data = data[:at] + data[at + value % 8 + 1 :]
            case "insert":
                data = data[:at] + bytes([value]) + data[at:]
            case "cut":
                data = data[:at]
            case "repeat":
                data = data[: at + value] + data[at:]
    return data


def check_twisted(name: str, at: datetime, content: bytes, twists: list[str]) -> None:
    """What we accept is written in the one way, and pyHanko accepts it."""
    form = Form(SIGNERS[name](), content, at)
    for twist in twists:
        TWISTS[twist][1](form)
    signature = form.write()
    found = accepts(content, signature)
    if not twists:
        assert found is not None
    if found is not None:
        assert written_again(content, found) == signature
        assert pyhanko_accepts(content, signature, root_of(form.signer))


def check_edited(name: str, changes: list[tuple[str, int, int]]) -> None:
    """No byte can be changed."""
    signature = _signed(name)
    changed = edited(signature, changes)
    assert (accepts(CONTENT, changed) is not None) == (changed == signature)


_SIGNED: dict[str, bytes] = {}


def _signed(name: str) -> bytes:
    return _SIGNED.setdefault(name, cades.sign(CONTENT, SIGNERS[name](), NOW))


@settings(max_examples=1000)
@given(twisted)
def test_pyhanko_accepts_what_we_accept(case: tuple[str, datetime, bytes, list[str]]) -> None:
    check_twisted(*case)


@settings(max_examples=2000)
@given(st.sampled_from(sorted(SIGNERS)), edits)
def test_no_byte_can_be_changed(name: str, changes: list[tuple[str, int, int]]) -> None:
    check_edited(name, changes)


def reading(read: Callable[[bytes], object], signature: bytes) -> object:
    try:
        return read(signature)
    except BadSignature as error:
        return error.reason


@settings(max_examples=150)
@given(st.sampled_from(sorted(SIGNERS)), st.datetimes(datetime(1950, 1, 1), datetime(2051, 1, 1)), st.just([]) | edits)  # noqa: DTZ001 - aware below
def test_a_signer_that_is_known_is_read_as_strictly(
    name: str, at: datetime, changes: list[tuple[str, int, int]]
) -> None:
    for content in (b"first", b"second", b"third"):  # sizes of P-256 signatures vary
        cades.read(cades.sign(content, SIGNERS[name](), NOW))
    changed = edited(cades.sign(CONTENT, SIGNERS[name](), at.replace(tzinfo=UTC)), changes)
    assert reading(cades.read, changed) == reading(lambda data: cades._read_strictly(data)[0], changed)


@settings(max_examples=2000)
@given(st.binary(max_size=200))
def test_raises_nothing_else_for_random_bytes(data: bytes) -> None:
    assert accepts(CONTENT, data) is None


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=50_000)
@given(twisted)
def test_pyhanko_accepts_what_we_accept_for_long(case: tuple[str, datetime, bytes, list[str]]) -> None:
    check_twisted(*case)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=200_000)
@given(st.sampled_from(sorted(SIGNERS)), edits)
def test_no_byte_can_be_changed_for_long(name: str, changes: list[tuple[str, int, int]]) -> None:
    check_edited(name, changes)


@pytest.mark.parametrize("name", SIGNERS)
def test_no_single_byte_can_be_changed(name: str) -> None:
    signature = _signed(name)
    for place in range(len(signature)):
        for mask in (0x01, 0x80, 0xFF):
            assert accepts(CONTENT, edited(signature, [("flip", place, mask)])) is None, place
