"""A statement, signed: exact bytes for ever, one identity, and nothing half understood."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core import cades, canonical, codec, envelope
from ecabinet.core.ballots import BallotClosed
from ecabinet.core.envelope import Envelope, Statement, UnknownStatementError, heading, new_id, open_envelope, parse
from ecabinet.core.ledger import NO_TAG
from ecabinet.core.register import register_tag
from ecabinet.core.statements import tag_of
from tests.cabinet import Cabinet
from tests.sample import BEGINNING, BODY


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    return Cabinet.with_result()


def test_every_statement_of_a_ledger_reads_back_to_its_very_bytes(cabinet: Cabinet) -> None:
    for each in cabinet.ledger:
        opened = open_envelope(each.envelope)
        assert bytes(opened.statement) == each.envelope.statement
        assert opened.certificate in {device.certificate for device in cabinet.devices.values()}


def test_what_was_changed_does_not_open(cabinet: Cabinet) -> None:
    signed = cabinet.opening.envelope
    with pytest.raises(cades.BadSignature):
        open_envelope(Envelope(signed.statement.replace("48 tỷ".encode(), "84 tỷ".encode()), signed.signature))
    with pytest.raises(cades.BadSignature):
        open_envelope(Envelope(signed.statement, cabinet.ledger[0].envelope.signature))


def test_the_digest_parts_statement_and_signature() -> None:
    one, other = Envelope(b"ab", b"c"), Envelope(b"a", b"bc")
    assert one.digest != other.digest
    assert one.digest == hashlib.sha256(bytes(7) + b"\2ab" + bytes(7) + b"\1c").digest()


def test_names_by_which_others_refer_to_it(cabinet: Cabinet) -> None:
    opened = cabinet.opening.opened
    assert opened.digest == cabinet.opening.envelope.digest.hex()
    assert opened.statement_digest == hashlib.sha256(opened.envelope.statement).hexdigest()


def test_a_type_or_version_nobody_knows_is_told_apart_from_rubbish(cabinet: Cabinet) -> None:
    value = canonical.decode(cabinet.opening.envelope.statement)
    assert isinstance(value, dict)
    for changes in ({"v": 2}, {"type": "ballot.dreamt"}):
        with pytest.raises(UnknownStatementError):
            parse(canonical.encode({**value, **changes}))
    for wrong in ({"v": "1"}, {"v": True}, {"type": None}, {"more": 1}, {"id": "x"}, {"nonce": "0" * 31}):
        with pytest.raises(codec.MalformedError):
            parse(canonical.encode({**value, **wrong}))
    for rubbish in (b"[]", b"1", b"{}"):
        with pytest.raises(codec.MalformedError):
            parse(rubbish)
    with pytest.raises(canonical.NotCanonicalError):
        parse(b"")


@given(st.binary(max_size=100))
def test_no_bytes_make_the_reader_fall_over(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever: none is a statement
        parse(data)


def test_a_type_stands_once() -> None:
    with pytest.raises(TypeError, match="twice"):

        @envelope.statement("ballot.closed")
        @dataclass(frozen=True, slots=True, kw_only=True)
        class Again(Statement):
            pass


def test_the_tag_says_where_a_statement_belongs(cabinet: Cabinet) -> None:
    ballot = cabinet.opening.envelope.digest
    for each in cabinet.ledger:
        kind = each.opened.statement.TYPE
        if kind in {"documents.published", "meeting.sent"}:
            assert tag_of(each.opened) == NO_TAG
        elif kind in {"body.founded", "enrolled", "revoked", "epoch"}:
            assert tag_of(each.opened) == register_tag(BODY)
        else:
            assert tag_of(each.opened) == ballot


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=5))
def test_ids_sort_by_the_time_they_were_made(milliseconds: list[int]) -> None:
    times = sorted({BEGINNING + timedelta(milliseconds=each) for each in milliseconds})
    ids = [new_id(at) for at in times]
    assert ids == sorted(ids)
    assert {each[14] for each in ids} == {"7"}
    assert {each[19] for each in ids} <= set("89ab")


def test_a_heading_is_fresh_each_time_and_as_it_will_be_read() -> None:
    at = datetime(2026, 11, 23, 1, 2, 3, 456_789, tzinfo=UTC)
    one, other = heading(BODY, at=at, seen=None), heading(BODY, at=at, seen=None)
    assert one["id"] != other["id"]
    assert one["nonce"] != other["nonce"]
    said = BallotClosed(**one, ballot=one["id"], opened="0" * 64, reason="")
    assert parse(bytes(said)) == said
    assert said != replace(said, reason=" ")
