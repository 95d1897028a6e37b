"""Cosignatures and verifier keys are C2SP's, to the letter; a liar's are errors of one kind."""

import base64
import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.checkpoint import Checkpoint, LogKey, open_checkpoint, origin_of
from ecabinet.core.cosignature import (
    cosign,
    device_witness_key,
    open_cosignature,
    open_cosignatures,
    read_witness_key,
    witness_key,
)
from ecabinet.core.ledger import ProofError
from ecabinet.core.signed_note import MOST_SIGNATURES, KeyKind, NoteKey, NoteSignature, SignedNote

ORIGIN = origin_of("H00.1", 1)
LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = LogKey(name=ORIGIN, public_key=LOG.public_key().public_bytes_raw())
AUDIT = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
COURT = Ed25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
AUDIT_KEY, COURT_KEY = witness_key("audit.example/w1", AUDIT), witness_key("court.example", COURT)
AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
NOTE = Checkpoint(origin=ORIGIN, size=7, root=hashlib.sha256(b"root").digest()).signed(LOG)


def cosigned(note: str = NOTE) -> str:
    signed = SignedNote.from_text(note)
    lines = [cosign(signed.text, "audit.example/w1", AUDIT, AT), cosign(signed.text, "court.example", COURT, AT)]
    return str(signed.adding(lines))


def test_a_cosignature_has_the_form_of_c2sp() -> None:
    # c2sp.org/tlog-cosignature: header, time, the whole note text; base64(key id ‖ u64 time ‖ signature).
    text = NOTE.partition("\n\n")[0] + "\n"
    seconds = int(AT.timestamp())
    key_id = hashlib.sha256(b"audit.example/w1\n\x04" + AUDIT_KEY.public_key).digest()[:4]
    signature = AUDIT.sign(b"cosignature/v1\ntime " + str(seconds).encode() + b"\n" + text.encode())
    blob = base64.b64encode(key_id + seconds.to_bytes(8, "big") + signature).decode()
    assert cosign(text, "audit.example/w1", AUDIT, AT).line() == f"— audit.example/w1 {blob}\n"


def test_the_example_of_the_specification_reads() -> None:
    # c2sp.org/tlog-cosignature: its keys are not told, its forms are.
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
        "+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0x"
        "Ue+mbIUBkBIfZ+qnA==\n"
    )
    signed = SignedNote.from_text(note)
    assert str(signed) == note
    assert [each.name for each in signed.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(signed.signatures[1].data[:8], "big") == 1679315147
    assert len(signed.signatures[1].data) == 72


def test_several_cosign_one_checkpoint_and_the_logs_own_signature_still_opens() -> None:
    note = cosigned()
    assert open_checkpoint(note, LOG_KEY) == open_checkpoint(NOTE, LOG_KEY)
    found = open_cosignatures(note, [COURT_KEY, AUDIT_KEY, COURT_KEY])
    assert [each.key for each in found] == [COURT_KEY, AUDIT_KEY]
    assert {each.at for each in found} == {AT}
    assert open_cosignatures(NOTE, [COURT_KEY]) == ()


def test_a_cosignature_is_of_one_text_one_time_and_one_key() -> None:
    signed = SignedNote.from_text(NOTE)
    line = cosign(signed.text, "audit.example/w1", AUDIT, AT)
    later = replace(line, data=(int.from_bytes(line.data[:8], "big") + 1).to_bytes(8, "big") + line.data[8:])
    stranger = witness_key("audit.example/w1", COURT)
    other_name = replace(AUDIT_KEY, name="audit.example/w2")
    for text, signature, key in (
        (signed.text.replace("\n7\n", "\n8\n"), line, AUDIT_KEY),
        (signed.text, later, AUDIT_KEY),
        (signed.text, line, stranger),
        (signed.text, line, other_name),
        (signed.text, replace(line, data=line.data[8:]), AUDIT_KEY),
        (signed.text, replace(line, data=b"\xff" * 8 + line.data[8:]), AUDIT_KEY),
        (signed.text, line, replace(AUDIT_KEY, kind=KeyKind.LOG)),
        # A log's plain signature is no cosignature, whoever holds the key.
        (signed.text, NoteSignature(AUDIT_KEY.name, AUDIT_KEY.key_id, AUDIT.sign(signed.text.encode())), AUDIT_KEY),
    ):
        with pytest.raises(ProofError):
            open_cosignature(text, signature, key)


def test_a_false_signature_of_a_known_witness_is_not_passed_over() -> None:
    signed = SignedNote.from_text(NOTE)
    forged = NoteSignature(AUDIT_KEY.name, AUDIT_KEY.key_id, bytes(72))
    note = str(signed.adding([forged, cosign(signed.text, "court.example", COURT, AT)]))
    with pytest.raises(ProofError):
        open_cosignatures(note, [AUDIT_KEY, COURT_KEY])
    assert len(open_cosignatures(note, [COURT_KEY])) == 1


def test_a_device_cosigns_under_a_name_of_its_own() -> None:
    key = device_witness_key("H00.1", AUDIT_KEY.public_key)
    assert key.name.startswith("ecabinet/H00.1/device/")
    assert read_witness_key(key.text()) == key


def test_a_note_takes_no_more_signatures_than_readers_take() -> None:
    signed = SignedNote.from_text(NOTE)
    crowd = [NoteSignature(f"w{number}", b"abcd", bytes(72)) for number in range(MOST_SIGNATURES + 5)]
    assert len(SignedNote.from_text(str(signed.adding(crowd))).signatures) == MOST_SIGNATURES
    assert signed.adding(signed.signatures) == signed


# ---------------------------------------------------------------- verifier keys


def test_the_verifier_key_of_gos_note_package_reads() -> None:
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = NoteKey.from_text(text)
    assert (key.kind, key.name, key.text()) == (KeyKind.LOG, "PeterNeumann", text)
    with pytest.raises(ProofError):
        read_witness_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "w",
        "w+00000000+AA==",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX\n",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        AUDIT_KEY.text().replace("audit", "audit\N{NO-BREAK SPACE}"),
        AUDIT_KEY.text() + "=",
    ],
)
def test_other_forms_of_a_key_are_refused(text: str) -> None:
    with pytest.raises(ProofError):
        NoteKey.from_text(text)


# ---------------------------------------------------------------- whatever they are fed

_TEXTS = st.text(st.characters(), max_size=200)
_SPOILS = st.tuples(st.integers(0, 800), st.integers(0, 3), st.text(st.characters(), max_size=3))


@given(_TEXTS, st.lists(_SPOILS, min_size=1, max_size=4))
def test_no_text_makes_the_readers_fall_over(text: str, spoils: list[tuple[int, int, str]]) -> None:
    spoiled = whole = cosigned()
    for place, length, instead in spoils:
        start = place % len(whole)
        spoiled = spoiled[:start] + instead + spoiled[start + length :]
    for mess in (text, f"{text}\n\n— {text} {text}\n", spoiled):
        with suppress(ProofError):
            signed = SignedNote.from_text(mess)
            assert str(signed) == mess
        with suppress(ProofError):
            open_cosignatures(mess, [AUDIT_KEY, COURT_KEY])
        with suppress(ProofError):
            NoteKey.from_text(mess)


@given(st.integers(0, 800), st.characters())
def test_a_letter_changed_leaves_nobody_who_cosigned_something_else(place: int, letter: str) -> None:
    whole = cosigned()
    place %= len(whole)
    mess = whole[:place] + letter + whole[place + 1 :]
    text = whole.partition("\n\n")[0]
    with suppress(ProofError):
        if open_cosignatures(mess, [AUDIT_KEY, COURT_KEY]):
            assert mess.startswith(f"{text}\n\n")


@given(st.binary(max_size=90), st.binary(min_size=4, max_size=4), st.text(max_size=20))
def test_no_signature_makes_the_reader_fall_over(data: bytes, key_id: bytes, name: str) -> None:
    for signature in (NoteSignature(name, key_id, data), NoteSignature(AUDIT_KEY.name, AUDIT_KEY.key_id, data)):
        with pytest.raises(ProofError):
            open_cosignature(SignedNote.from_text(NOTE).text, signature, AUDIT_KEY)


@given(st.integers(0, 2**63 - 1))
def test_times_of_all_sizes_are_read_or_refused(seconds: int) -> None:
    text = SignedNote.from_text(NOTE).text
    signature = AUDIT.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    line = NoteSignature(AUDIT_KEY.name, AUDIT_KEY.key_id, seconds.to_bytes(8, "big") + signature)
    with suppress(ProofError):
        at = open_cosignature(text, line, AUDIT_KEY).at
        assert at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
