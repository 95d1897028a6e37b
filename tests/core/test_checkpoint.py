"""Checkpoints and receipts are C2SP's, to the letter, and a liar's are errors of one kind."""

import base64
import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ecabinet.core.checkpoint import Checkpoint, LogKey, Receipt, open_checkpoint, origin_of, unverified
from ecabinet.core.ledger import Entry, ProofError, Tree, leaf_hash

ORIGIN = origin_of("H00.1", 1)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = LogKey(name=ORIGIN, public_key=PRIVATE.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(origin=ORIGIN, size=3, root=hashlib.sha256(b"root").digest())
ENTRIES = [
    Entry(tag=bytes([number] * 32), envelope_digest=b"d" * 32, accepted_at=datetime(2026, 11, 23, tzinfo=UTC))
    for number in range(5)
]


def receipt() -> Receipt:
    tree = Tree(leaf_hash(bytes(each)) for each in ENTRIES)
    note = Checkpoint(origin=ORIGIN, size=5, root=tree.root()).signed(PRIVATE)
    return Receipt(entry=ENTRIES[2], index=2, path=tree.inclusion_proof(2), note=note)


# ---------------------------------------------------------------- notes


def test_a_note_has_the_form_of_c2sp() -> None:
    # c2sp.org/tlog-checkpoint: origin, size, root; a blank line; "— name base64(key id ‖ signature)".
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + KEY.public_key).digest()[:4]
    text = f"ecabinet/H00.1/1\n3\n{base64.b64encode(CHECKPOINT.root).decode()}\n"
    signature = base64.b64encode(key_id + PRIVATE.sign(text.encode())).decode()
    assert CHECKPOINT.signed(PRIVATE) == f"{text}\n— ecabinet/H00.1/1 {signature}\n"


def test_the_key_id_is_the_one_of_the_specification() -> None:
    # The example of Go's sumdb/note: its verifier key names the hash beside the key.
    name, key_id, key = "PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    encoded = base64.b64decode(key)
    assert encoded[0] == 1
    assert LogKey(name=name, public_key=encoded[1:]).key_id.hex() == key_id


def test_what_was_signed_opens() -> None:
    note = CHECKPOINT.signed(PRIVATE)
    assert open_checkpoint(note, KEY) == CHECKPOINT
    assert unverified(note) == CHECKPOINT


def test_cosignatures_by_unknown_keys_are_passed_over() -> None:
    note = CHECKPOINT.signed(PRIVATE)
    text, _, own = note.partition("\n\n")
    witness = "— witness.example " + base64.b64encode(b"abcd" + bytes(72)).decode() + "\n"
    for signatures in (witness + own, own + witness):
        assert open_checkpoint(f"{text}\n\n{signatures}", KEY) == CHECKPOINT


def test_another_key_or_another_log_is_refused() -> None:
    note = CHECKPOINT.signed(PRIVATE)
    stranger = Ed25519PrivateKey.generate()
    other = origin_of("H00.1", 2)
    for wrong, key in (
        (CHECKPOINT.signed(stranger), KEY),
        (note, LogKey(name=ORIGIN, public_key=stranger.public_key().public_bytes_raw())),
        (note, LogKey(name=other, public_key=KEY.public_key)),
        (note.replace("\n3\n", "\n4\n"), KEY),
        (note.replace(f"— {ORIGIN}", f"— {other}"), KEY),
    ):
        with pytest.raises(ProofError):
            open_checkpoint(wrong, key)


def test_a_signature_of_our_name_that_fails_is_not_passed_over() -> None:
    note = CHECKPOINT.signed(PRIVATE)
    text, _, own = note.partition("\n\n")
    forged = f"— {ORIGIN} " + base64.b64encode(KEY.key_id + bytes(64)).decode() + "\n"
    with pytest.raises(ProofError):
        open_checkpoint(f"{text}\n\n{forged}{own}", KEY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n3\n", "\n03\n"),
        ("\n3\n", "\n+3\n"),
        ("\n3\n", "\n\n"),
        ("\n3\n", "\n9223372036854775808\n"),
        ("\n3\n", "\n3\r\n"),
        ("\n3\n", "\n٣\n"),
        ("—", "-"),
        ("\n\n", "\n"),
        ("=\n\n", "=\nextension\n\n"),
        ("=\n\n", "\n\n"),
    ],
)
def test_other_forms_of_a_note_are_refused(old: str, new: str) -> None:
    note = CHECKPOINT.signed(PRIVATE)
    assert old in note
    with pytest.raises(ProofError):
        unverified(note.replace(old, new, 1))


@given(st.text(max_size=300), st.integers(0, 200), st.characters())
def test_no_text_makes_the_reader_fall_over(text: str, place: int, letter: str) -> None:
    note = CHECKPOINT.signed(PRIVATE)
    place %= len(note)
    for mess in (text, f"{text}\n\n— {text} {text}\n", note[:place] + letter + note[place + 1 :], note[:place]):
        if mess != note:
            with pytest.raises(ProofError):
                open_checkpoint(mess, KEY)


def test_a_note_without_end_is_refused() -> None:
    with pytest.raises(ProofError):
        unverified(CHECKPOINT.signed(PRIVATE) + "— a AAAAAAAA\n" * 100)
    with pytest.raises(ProofError):
        unverified("x" * (513 * 1024))


# ---------------------------------------------------------------- receipts


def test_a_receipt_has_the_form_of_c2sp_and_reads_back() -> None:
    text = receipt().text()
    lines = text.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == f"extra {base64.b64encode(bytes(ENTRIES[2])).decode()}"
    assert lines[2] == "index 2"
    assert text.endswith(receipt().note)
    assert Receipt.from_text(text) == receipt()


def test_a_receipt_proves_what_it_says_and_nothing_else() -> None:
    known = {"tag": ENTRIES[2].tag, "envelope_digest": b"d" * 32}
    assert receipt().verify(KEY, **known).size == 5
    moved = replace(ENTRIES[2], accepted_at=datetime(2026, 11, 22, tzinfo=UTC))
    for wrong, said in (
        (receipt(), {**known, "tag": bytes(32)}),
        (receipt(), {**known, "envelope_digest": bytes(32)}),
        (replace(receipt(), index=3), known),
        (replace(receipt(), path=receipt().path[:-1]), known),
        (replace(receipt(), entry=moved), known),
        (replace(receipt(), note=CHECKPOINT.signed(PRIVATE)), known),
        (replace(receipt(), note=CHECKPOINT.signed(Ed25519PrivateKey.generate())), known),
    ):
        with pytest.raises(ProofError):
            wrong.verify(KEY, **said)


@given(st.text(max_size=200), st.integers(0, 400), st.characters())
def test_no_text_makes_the_receipt_reader_fall_over(text: str, place: int, letter: str) -> None:
    known = {"tag": ENTRIES[2].tag, "envelope_digest": b"d" * 32}
    whole = receipt().text()
    place %= len(whole)
    for mess in (text, whole[:place] + letter + whole[place + 1 :], whole[:place]):
        with suppress(ProofError):
            read = Receipt.from_text(mess)
            assert read.text() == mess
            read.verify(KEY, **known)
            assert mess == whole
