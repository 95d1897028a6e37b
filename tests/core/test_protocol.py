"""What both ends of the wire must agree on: codes, what a device signs, statuses, and messages that read back."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import codec
from ecabinet.core.protocol import STATUS, BallotRecord, Code, Reason, Refusal, Refused, sign_in_message
from tests.cabinet import Cabinet

SPKI = b"a public key"
secrets = st.binary(min_size=10, max_size=10)


@given(secrets)
def test_a_code_is_read_back_however_it_is_typed(secret: bytes) -> None:
    code = Code.for_server(secret, SPKI)
    text = code.text()
    assert len(text) == 8 * 4 + 7
    for typed in (text, text.lower(), text.replace("-", " "), text.replace("O", "0").replace("I", "1"), f" {text}\n"):
        assert Code.from_text(typed) == code
    assert code.secret == secret


@given(secrets)
def test_a_code_names_its_server(secret: bytes) -> None:
    code = Code.for_server(secret, SPKI)
    assert code.is_for(SPKI)
    assert not code.is_for(b"another key")
    assert hashlib.sha256(SPKI).digest().startswith(code.ca_key_hash)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    try:
        code = Code.from_text(text)
    except ValueError:
        return
    assert Code.from_text(code.text()) == code


def test_what_a_device_signs_is_for_one_server_and_one_challenge() -> None:
    signed = {sign_in_message(spki, challenge) for spki in (SPKI, b"other") for challenge in (b"1", b"2")}
    assert len(signed) == 4
    assert all(each.startswith(b"ecabinet sign-in v1\x00") for each in signed)


def test_a_refusal_goes_over_the_wire() -> None:
    refused = Refused(Reason.UNFIT_OPINION, "missing_answer")
    assert codec.load(Refusal, codec.dump(refused.refusal)) == refused.refusal
    assert set(STATUS.values()) <= {401, 403, 404, 409, 413, 426, 429, 507}


def test_a_ballots_record_goes_over_the_wire() -> None:
    record = Cabinet.with_result().record()
    assert codec.load(BallotRecord, codec.dump(record)) == record
    with pytest.raises(codec.MalformedError):
        codec.load(Refusal, codec.dump(record))
