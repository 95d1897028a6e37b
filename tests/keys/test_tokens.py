"""Tokens: what is seen of them, how their PINs are spared, and what is said when they fail. SoftHSM2 throughout.

A wrapper around it (`tests/services/faulty_module.c`) counts PINs as tokens that are sold do, and fails on demand.
"""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from ecabinet.core import cades
from ecabinet.core.certificates import describe
from ecabinet.keys.certificates import certify_registrar, generate_key, make_request, read_request
from ecabinet.keys.local_signer import LocalSigner
from ecabinet.keys.token import PinState, TokenAddress, TokenError, TokenFault
from ecabinet.keys.token_key import TokenEllipticCurveKey, TokenRSAKey
from ecabinet.keys.token_modules import MODULES_VARIABLE, known_modules
from ecabinet.keys.tokens import Tokens
from tests.core import signing_parties as parties
from tests.core.oracles import openssl_says
from tests.core.signing_parties import BODY, NOW, YEAR
from tests.services.tokens import TOKEN_PIN, SoftToken

WRONG = "000000"

MakeToken = Callable[[str], SoftToken]
Fail = Callable[[str], Path]


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "data")


@pytest.fixture
def address(soft_token: SoftToken) -> TokenAddress:
    return soft_token.put_key(parties.member_key(), "01")


def fault_of(act: Callable[[], object]) -> tuple[TokenFault, PinState | None]:
    with pytest.raises(TokenError) as caught:
        act()
    return caught.value.reason, caught.value.pin


# ---------------------------------------------------------------- what is seen


def test_tells_tokens_and_keys_without_a_pin(make_token: MakeToken, tokens: Tokens) -> None:
    first, second = make_token("Thẻ một"), make_token("Thẻ hai")
    curve = first.put_key(parties.member_key(), "01", "khóa P-256")
    rsa_key = rsa.generate_private_key(65537, 2048)
    second.put_key(rsa_key, "0aff")
    found = tokens.look()
    assert not found.troubles
    assert {each.label for each in found.tokens} == {"Thẻ một", "Thẻ hai"}
    keys = {token.label: key for token, key in found.keys}
    assert keys["Thẻ một"].address == curve
    assert keys["Thẻ một"].label == "khóa P-256"
    assert keys["Thẻ một"].public_key_info == describe(parties.member().chain[0]).public_key_info
    assert keys["Thẻ một"].certificates == keys["Thẻ một"].chain == ()
    assert keys["Thẻ hai"].address.key_id == b"\x0a\xff"
    assert all(each.pin is PinState.USUAL and not each.has_pin_pad for each in found.tokens)
    assert all({"ECDSA", "RSA_PKCS_PSS"} <= each.mechanisms for each in found.tokens)


def test_tells_that_there_are_keys_of_other_kinds(soft_token: SoftToken, tokens: Tokens) -> None:
    address = soft_token.put_key(generate_private_key(SECP384R1()), "01")
    soft_token.put_key(rsa.generate_private_key(65537, 1024), "02")  # noqa: S505
    (token,) = tokens.look().tokens
    assert token.keys == ()
    assert token.unfit_keys == 2
    assert fault_of(lambda: tokens.open(address, TOKEN_PIN)) == (TokenFault.UNFIT_KEY, PinState.RIGHT)


def test_a_key_has_its_newest_certificate_with_its_issuers(
    soft_token: SoftToken, address: TokenAddress, tokens: Tokens
) -> None:
    older, newer = parties.certify(parties.authority()), parties.outsider().chain[0]
    for certificate in (older, newer, older):
        tokens.keep_certificate(address, TOKEN_PIN, certificate, label="ký số")
    assert set(tokens.find(address).certificates) == {older, newer}
    assert fault_of(lambda: tokens.keep_certificate(address, TOKEN_PIN, parties.registrar().chain[0], label="")) == (
        TokenFault.OTHER_CERTIFICATE,
        None,
    )
    given = tokens.signer(address, TOKEN_PIN, parties.outsider().chain)
    assert cades.verify(b"a", cades.sign(b"a", given, NOW)).certificates == parties.outsider().chain
    strange = parties.registrar().chain
    assert fault_of(lambda: tokens.signer(address, TOKEN_PIN, strange)) == (TokenFault.OTHER_CERTIFICATE, None)


def test_says_that_a_key_has_no_certificate(address: TokenAddress, tokens: Tokens) -> None:
    assert fault_of(lambda: tokens.signer(address, TOKEN_PIN)) == (TokenFault.CERTIFICATE_MISSING, None)


# ---------------------------------------------------------------- what its keys do


@pytest.mark.parametrize("bits", [0, 2048, 3072])
def test_a_tokens_key_asks_for_a_certificate_and_makes_a_registrars(
    bits: int, soft_token: SoftToken, tokens: Tokens, tmp_path: Path
) -> None:
    inside = rsa.generate_private_key(65537, bits) if bits else generate_key()
    key = tokens.open(soft_token.put_key(inside, "01"), TOKEN_PIN)
    assert read_request(make_request(key)) == inside.public_key()
    root = certify_registrar(key, title="Người giữ sổ", body=BODY, at=NOW, valid_for=YEAR)
    registrar = LocalSigner(key, (root,))
    signature = cades.sign(b"a", registrar, NOW)
    assert openssl_says(b"a", signature, root, tmp_path) == (0, "CAdES Verification successful\n")
    assert cades.verify(b"a", signature).certificates == (root,)


def test_a_tokens_key_signs_in_our_way_only_and_stays_inside(soft_token: SoftToken, tokens: Tokens) -> None:
    curve = tokens.open(soft_token.put_key(generate_key(), "01"), TOKEN_PIN)
    other = tokens.open(soft_token.put_key(rsa.generate_private_key(65537, 2048), "02"), TOKEN_PIN)
    assert isinstance(curve, TokenEllipticCurveKey)
    assert isinstance(other, TokenRSAKey)
    with pytest.raises(ValueError, match="SHA-256"):
        curve.sign(b"a", ECDSA(SHA384()))
    for padding in (PKCS1v15(), PSS(mgf=MGF1(SHA256()), salt_length=20), PSS(mgf=MGF1(SHA384()), salt_length=32)):
        with pytest.raises(ValueError, match="PSS"):
            other.sign(b"a", padding, SHA256())
    for key in (curve, other):
        assert TOKEN_PIN not in repr(key)
        with pytest.raises(TypeError):
            key.private_bytes()
        with pytest.raises(TypeError):
            key.private_numbers()


@pytest.mark.parametrize(
    ("lacks", "bits", "is_signed"),
    [("D", 2048, True), ("D 43", 2048, False), ("43", 2048, True), ("1041", 0, False)],
)
def test_signs_by_whichever_mechanism_the_token_has(
    lacks: str, bits: int, *, is_signed: bool, soft_token: SoftToken, faulty: Fail, tokens: Tokens
) -> None:
    inside = rsa.generate_private_key(65537, bits) if bits else generate_key()
    address = soft_token.put_key(inside, "01")
    faulty(f"without={lacks}")
    key = tokens.open(TokenAddress(token=address.token, serial=address.serial, key_id=b"\x01"), TOKEN_PIN)
    if is_signed:
        assert read_request(make_request(key)) == inside.public_key()
    else:
        assert fault_of(lambda: make_request(key)) == (TokenFault.NO_MECHANISM, PinState.RIGHT)


def test_a_key_may_want_the_pin_for_each_signature(soft_token: SoftToken, tokens: Tokens) -> None:
    key = tokens.open(soft_token.make_key_that_always_asks("01"), TOKEN_PIN)
    for _ in range(2):
        read_request(make_request(key))


def test_a_token_may_have_keys_of_its_own_for_its_pin(address: TokenAddress, faulty: Fail, tokens: Tokens) -> None:
    faulty("pad")
    (token,) = tokens.look().tokens
    assert token.has_pin_pad
    read_request(make_request(tokens.open(token.keys[0].address, "")))


# ---------------------------------------------------------------- addresses


def test_an_address_is_a_uri_and_back(address: TokenAddress) -> None:
    assert TokenAddress.parse(str(address)) == address
    short = TokenAddress.parse("pkcs11:serial=12;id=%00%ff")
    assert (short.token, short.serial, short.key_id, short.module) == ("", "12", b"\x00\xff", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkcs11:",
        "pkcs11:token=a",
        "pkcs11:id=%01",
        "pkcs11:token=a;id=%0",
        "pkcs11:token=a;id=%01?pin-value=1234",
        "pkcs11:token=a;id=%01?pin-source=/etc/pin",
        "pkcs11:token=a;token=b;id=%01",
        "pkcs11:token=%ff;id=%01",
        "pkcs11:token=a;id=%01;type=private",
        "pkcs11:token=a b;id=%01",
        "file:token=a;id=%01",
    ],
)
def test_refuses_other_addresses(text: str) -> None:
    assert fault_of(lambda: TokenAddress.parse(text)) == (TokenFault.BAD_ADDRESS, None)


def test_finds_a_token_whose_module_has_another_name_by_now(address: TokenAddress, tokens: Tokens) -> None:
    moved = TokenAddress(
        token=address.token, serial=address.serial, key_id=address.key_id, module=Path("/no/such/module.so")
    )
    assert tokens.open(moved, TOKEN_PIN).on_token.address == address


def test_the_setting_names_the_modules(softhsm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODULES_VARIABLE, f"{softhsm}:/no/such/module.so")
    assert known_modules() == (softhsm, Path("/no/such/module.so"))
    monkeypatch.delenv(MODULES_VARIABLE)
    assert softhsm in known_modules()


# ---------------------------------------------------------------- PINs


def test_a_wrong_pin_is_told_and_the_third_is_not_tried(address: TokenAddress, tokens: Tokens, tmp_path: Path) -> None:
    assert fault_of(lambda: tokens.open(address, WRONG)) == (TokenFault.WRONG_PIN, PinState.LOW)
    assert fault_of(lambda: tokens.open(address, WRONG)) == (TokenFault.WRONG_PIN, PinState.LOW)
    # Nothing more is tried, in this process or the next, right or wrong.
    assert fault_of(lambda: tokens.open(address, TOKEN_PIN)) == (TokenFault.PAUSED, PinState.LOW)
    again = Tokens(tmp_path / "data")
    assert fault_of(lambda: again.open(address, TOKEN_PIN)) == (TokenFault.PAUSED, PinState.LOW)
    again.open(address, TOKEN_PIN, knowingly=True)
    again.open(address, TOKEN_PIN)
    (counts,) = (tmp_path / "data").glob("*.json")
    assert stat.S_IMODE(counts.stat().st_mode) == 0o600
    assert TOKEN_PIN not in counts.read_text()


def test_a_right_pin_begins_the_count_anew(address: TokenAddress, tokens: Tokens) -> None:
    for _ in range(3):
        assert fault_of(lambda: tokens.open(address, WRONG))[0] is TokenFault.WRONG_PIN
        tokens.open(address, TOKEN_PIN)


def test_one_tokens_wrong_pins_are_not_anothers(make_token: MakeToken, tokens: Tokens) -> None:
    first, second = (
        make_token("Thẻ một").put_key(generate_key(), "01"),
        make_token("Thẻ hai").put_key(generate_key(), "01"),
    )
    for _ in range(2):
        fault_of(lambda: tokens.open(first, WRONG))
    assert fault_of(lambda: tokens.open(first, TOKEN_PIN))[0] is TokenFault.PAUSED
    tokens.open(second, TOKEN_PIN)


def test_a_tokens_last_try_is_not_spent_unasked(address: TokenAddress, faulty: Fail, tmp_path: Path) -> None:
    counting = faulty("count")
    meant = TokenAddress(token=address.token, serial=address.serial, key_id=address.key_id, module=counting)
    # Others than we may have tried: the token's own word counts, whatever was counted here.
    assert fault_of(lambda: Tokens(tmp_path / "one").open(meant, WRONG)) == (TokenFault.WRONG_PIN, PinState.LOW)
    assert fault_of(lambda: Tokens(tmp_path / "two").open(meant, WRONG)) == (TokenFault.WRONG_PIN, PinState.FINAL_TRY)
    third = Tokens(tmp_path / "three")
    for _ in range(3):
        assert fault_of(lambda: third.open(meant, TOKEN_PIN)) == (TokenFault.FINAL_TRY, PinState.FINAL_TRY)
    assert third.look().tokens[0].pin is PinState.FINAL_TRY
    third.open(meant, TOKEN_PIN, knowingly=True)
    assert third.look().tokens[0].pin is PinState.USUAL


def test_a_locked_pin_is_told_and_never_tried(address: TokenAddress, faulty: Fail, tokens: Tokens) -> None:
    meant = TokenAddress(token=address.token, serial=address.serial, key_id=address.key_id, module=faulty("count"))
    fault_of(lambda: tokens.open(meant, WRONG))
    fault_of(lambda: tokens.open(meant, WRONG))
    locked = (TokenFault.PIN_LOCKED, PinState.LOCKED)
    assert fault_of(lambda: tokens.open(meant, WRONG, knowingly=True)) == locked
    assert fault_of(lambda: tokens.open(meant, TOKEN_PIN, knowingly=True)) == locked
    assert tokens.look().tokens[0].pin is PinState.LOCKED


def test_a_pin_that_cant_be_one_is_not_counted(address: TokenAddress, tokens: Tokens) -> None:
    for _ in range(3):
        assert fault_of(lambda: tokens.open(address, ""))[0] is TokenFault.PIN_LENGTH
    tokens.open(address, TOKEN_PIN)


# ---------------------------------------------------------------- what fails


def test_says_that_the_token_or_its_key_is_not_there(
    soft_token: SoftToken, address: TokenAddress, tokens: Tokens
) -> None:
    other = TokenAddress(token=address.token, serial=address.serial, key_id=b"\x07", module=address.module)
    assert fault_of(lambda: tokens.open(other, TOKEN_PIN)) == (TokenFault.KEY_MISSING, PinState.RIGHT)
    soft_token.pull_out()
    assert fault_of(lambda: tokens.open(address, TOKEN_PIN)) == (TokenFault.TOKEN_MISSING, None)


def test_says_that_two_tokens_or_two_keys_can_not_be_told_apart(
    make_token: MakeToken, soft_token: SoftToken, address: TokenAddress, tokens: Tokens
) -> None:
    soft_token.put_key(generate_key(), "01")
    assert fault_of(lambda: tokens.open(address, TOKEN_PIN)) == (TokenFault.SEVERAL_KEYS, PinState.RIGHT)
    make_token(soft_token.label)
    unnumbered = TokenAddress(token=soft_token.label, serial="", key_id=b"\x01")
    assert fault_of(lambda: tokens.open(unnumbered, TOKEN_PIN)) == (TokenFault.SEVERAL_TOKENS, None)


def test_says_when_the_token_is_pulled_out_between_pin_and_signature(
    soft_token: SoftToken, address: TokenAddress, tokens: Tokens
) -> None:
    signer = tokens.signer(address, TOKEN_PIN, parties.member().chain)
    soft_token.pull_out()
    assert fault_of(lambda: cades.sign(b"a", signer, NOW))[0] is TokenFault.TOKEN_MISSING


@pytest.mark.parametrize("when", ["login", "init"])
def test_says_when_the_token_is_pulled_out_in_the_middle(
    when: str, soft_token: SoftToken, address: TokenAddress, faulty: Fail, tokens: Tokens
) -> None:
    faulty("")
    meant = tokens.find(TokenAddress(token=address.token, serial=address.serial, key_id=address.key_id)).address
    signer = tokens.signer(meant, TOKEN_PIN, parties.member().chain)
    faulty(f"{when}=remove:{soft_token.store}")
    assert fault_of(lambda: cades.sign(b"a", signer, NOW))[0] is TokenFault.REMOVED


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("login=A2", TokenFault.PIN_LENGTH),
        ("login=A3", TokenFault.PIN_EXPIRED),
        ("login=A4", TokenFault.PIN_LOCKED),
        ("login=102", TokenFault.PIN_NOT_SET),
        ("login=50", TokenFault.REFUSED),
        ("login=hang", TokenFault.MODULE_SILENT),
        ("login=crash", TokenFault.MODULE_CRASHED),
        ("init=70", TokenFault.NO_MECHANISM),
        ("init=82", TokenFault.KEY_MISSING),
        ("sign=30", TokenFault.DEVICE_ERROR),
        ("sign=32", TokenFault.REMOVED),
        ("sign=E0", TokenFault.REMOVED),
        ("sign=B0", TokenFault.SESSION_CLOSED),
        ("sign=B3", TokenFault.SESSION_CLOSED),
        ("sign=101", TokenFault.SESSION_CLOSED),
        ("sign=200", TokenFault.REFUSED),
        ("sign=80000001", TokenFault.FAILED),
        ("sign=false", TokenFault.FALSE_SIGNATURE),
        ("sign=hang", TokenFault.MODULE_SILENT),
        ("sign=crash", TokenFault.MODULE_CRASHED),
    ],
)
def test_says_what_failed(how: str, reason: TokenFault, address: TokenAddress, faulty: Fail, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "data", limit=20)
    faulty("")
    meant = tokens.find(TokenAddress(token=address.token, serial=address.serial, key_id=address.key_id)).address
    signer = tokens.signer(meant, TOKEN_PIN, parties.member().chain)
    if how.endswith("hang"):
        tokens._limit = 3
    faulty(how)
    assert fault_of(lambda: cades.sign(b"a", signer, NOW))[0] is reason
    # It works again as soon as the token does, and only a PIN that may have been wrong was counted.
    faulty("")
    assert cades.verify(b"a", cades.sign(b"a", signer, NOW)).certificates == signer.chain


def test_says_what_is_wrong_with_a_module_and_goes_on_to_the_next(
    softhsm: Path, address: TokenAddress, tmp_path: Path
) -> None:
    missing, nonsense = tmp_path / "none.so", tmp_path / "nonsense.so"
    nonsense.write_bytes(b"no library")
    found = Tokens(tmp_path, modules=[missing, nonsense, softhsm]).look()
    assert [(module, error.reason) for module, error in found.troubles] == [
        (missing, TokenFault.MODULE_MISSING),
        (nonsense, TokenFault.MODULE_UNUSABLE),
    ]
    assert [key.address for _, key in found.keys] == [address]
    nowhere = TokenAddress(token=address.token, serial=address.serial, key_id=address.key_id)
    assert fault_of(lambda: Tokens(tmp_path, modules=[]).open(nowhere, TOKEN_PIN))[0] is TokenFault.MODULE_MISSING
    assert fault_of(lambda: Tokens(tmp_path, modules=[missing]).open(nowhere, TOKEN_PIN))[0] is (
        TokenFault.MODULE_MISSING
    )
