"""Sealing: nothing opens but with every part it was sealed with."""

import os
import unicodedata

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.keys.recovery_code import BadRecoveryCode, CodeFault, RecoveryCode
from ecabinet.keys.seal import Stretching, WrongKey, derive_key, from_text, seal, to_text, unseal

KEY, OTHER = bytes(32), bytes(31) + b"\x01"


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_opens_what_it_sealed(secret: bytes, owner: bytes) -> None:
    sealed = seal(KEY, secret, owner)
    assert unseal(KEY, sealed, owner) == secret
    for key, place in ((OTHER, owner), (KEY, owner + b"x")):
        with pytest.raises(WrongKey):
            unseal(key, sealed, place)


@given(st.integers(0, 59), st.integers(1, 255))
def test_opens_nothing_that_was_changed(place: int, mask: int) -> None:
    sealed = bytearray(seal(KEY, bytes(32), b"owner"))
    sealed[place] ^= mask
    with pytest.raises(WrongKey):
        unseal(KEY, bytes(sealed), b"owner")


@pytest.mark.parametrize("size", range(29))
def test_opens_nothing_that_was_cut(size: int) -> None:
    with pytest.raises(WrongKey):
        unseal(KEY, seal(KEY, b"", b"")[: size - 1 if size else 0], b"")


def test_seals_otherwise_each_time() -> None:
    assert seal(KEY, b"secret", b"") != seal(KEY, b"secret", b"")


def test_derives_a_key_for_each_secret_salt_and_purpose() -> None:
    keys = {
        derive_key(*parts, salt=salt, purpose=purpose)
        for parts in ((KEY,), (OTHER,), (KEY, OTHER), (OTHER, KEY), (KEY + OTHER,))
        for salt in (b"a", b"b")
        for purpose in ("x", "y")
    }
    assert len(keys) == 20


def test_stretches_by_scrypt() -> None:
    stretching = Stretching(salt=bytes(16), cost=1 << 10)
    assert stretching.stretch("123456") == Scrypt(salt=bytes(16), length=32, n=1 << 10, r=8, p=1).derive(b"123456")
    for words in ("mật khẩu", "\uff11\uff12\uff13"):  # letters composed or not, digits as an input method widens them
        for form in ("NFC", "NFD", "NFKC"):
            assert stretching.stretch(unicodedata.normalize(form, words)) == stretching.stretch(words)


@pytest.mark.parametrize("cost", [0, 1 << 9, 1 << 21, (1 << 14) + 1, "1024", None])
def test_refuses_a_cost_out_of_bounds(cost: int) -> None:
    with pytest.raises(ValueError, match="cost"):
        Stretching(cost=cost)


@given(st.binary())
def test_writes_bytes_as_text(data: bytes) -> None:
    assert from_text(to_text(data)) == data


# ---------------------------------------------------------------- recovery codes


@given(st.binary(min_size=16, max_size=16))
def test_reads_a_code_however_it_is_typed(secret: bytes) -> None:
    code = RecoveryCode(secret)
    text = str(code)
    assert len(text.replace("-", "")) == 28
    for typed in (text, text.lower(), text.replace("-", ""), f" {text.replace('-', ' ')} ", text.replace("0", "O")):
        assert RecoveryCode.parse(typed) == code
    assert RecoveryCode.parse(text.replace("1", "l")) == code


def test_tells_nothing_of_a_code_in_a_log() -> None:
    code = RecoveryCode()
    assert code.secret.hex() not in repr(code)
    assert str(code) not in repr(code)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", CodeFault.WRONG_LENGTH),
        (str(RecoveryCode(bytes(16)))[:-1], CodeFault.WRONG_LENGTH),
        (str(RecoveryCode(bytes(16))) + "0", CodeFault.WRONG_LENGTH),
        ("U" + str(RecoveryCode(bytes(16)))[1:], CodeFault.UNKNOWN_LETTER),
        ("Đ" + str(RecoveryCode(bytes(16)))[1:], CodeFault.UNKNOWN_LETTER),
        ("1" + str(RecoveryCode(bytes(16)))[1:], CodeFault.MISTYPED),
    ],
)
def test_tells_what_is_wrong_with_a_code(text: str, reason: CodeFault) -> None:
    with pytest.raises(BadRecoveryCode) as caught:
        RecoveryCode.parse(text)
    assert caught.value.reason is reason


@given(st.binary(min_size=16, max_size=16), st.integers(0, 27), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_notices_a_wrong_letter(secret: bytes, place: int, letter: str) -> None:
    right = str(RecoveryCode(secret)).replace("-", "")
    assert is_mistyped(right[:place] + letter + right[place + 1 :]) == (letter != right[place])


@given(st.binary(min_size=16, max_size=16), st.integers(0, 26))
def test_notices_neighbours_exchanged(secret: bytes, place: int) -> None:
    right = str(RecoveryCode(secret)).replace("-", "")
    first, second = right[place], right[place + 1]
    assert is_mistyped(right[:place] + second + first + right[place + 2 :]) == (first != second)


def is_mistyped(text: str) -> bool:
    try:
        RecoveryCode.parse(text)
    except BadRecoveryCode as error:
        return error.reason is CodeFault.MISTYPED
    return False


def test_draws_another_code_each_time() -> None:
    assert len({str(RecoveryCode()) for _ in range(50)}) == 50
    assert len(RecoveryCode(os.urandom(16)).derive_key("vault key", bytes(16))) == 32
