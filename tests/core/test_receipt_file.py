"""A stranger judges a receipt that was saved."""

import io
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.cosignature import cosign, witness_key
from ecabinet.core.evidence import UnreadableBundle, container
from ecabinet.core.fork import UnreadableEvidence
from ecabinet.core.people import Role
from ecabinet.core.receipt_file import ReceiptFile, ReceiptVerdict, check_receipt, read_receipt, write_receipt
from ecabinet.core.register import WitnessPolicy
from ecabinet.core.signed_note import SignedNote
from tests.cabinet import Cabinet
from tests.saved import receipt_file

_WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("finance", "agree", "agree")
    cabinet.answer("chair", "agree", "disagree")
    return cabinet


@pytest.fixture(scope="module")
def file(cabinet: Cabinet) -> ReceiptFile:
    return receipt_file(cabinet, "finance")


def again(file: ReceiptFile) -> ReceiptFile:
    return read_receipt(io.BytesIO(write_receipt(file)))


def verdict(cabinet: Cabinet, file: ReceiptFile) -> ReceiptVerdict:
    return check_receipt(again(file), cabinet.anchors).verdict


def test_a_receipt_shows_what_the_server_acknowledged_of_whom(cabinet: Cabinet, file: ReceiptFile) -> None:
    facts = check_receipt(again(file), cabinet.anchors)
    assert (facts.verdict, facts.elector, facts.ballot) == (
        ReceiptVerdict.ACKNOWLEDGED,
        "finance",
        cabinet.asked.ballot,
    )
    assert (facts.leaf, facts.quorum, facts.witnesses) == (cabinet.opening.leaf + 1, 0, ())


def test_without_the_registrars_word_on_the_key_its_author_is_not_shown(cabinet: Cabinet, file: ReceiptFile) -> None:
    assert verdict(cabinet, replace(file, elector=None)) is ReceiptVerdict.AUTHOR_NOT_SHOWN


def test_what_is_signed_by_others_or_about_something_else_is_forged(cabinet: Cabinet, file: ReceiptFile) -> None:
    chairs = receipt_file(cabinet, "chair")
    twin = Cabinet.with_open_ballot()
    twin.answer("finance", "agree", "agree")
    theirs = receipt_file(twin, "finance")
    for given in (
        replace(file, receipt=chairs.receipt),
        replace(file, opinion=chairs.opinion),
        replace(file, elector=chairs.elector),
        replace(file, elector=theirs.elector),
        replace(file, receipt=theirs.receipt),
        replace(file, logs=(*file.logs, (2, file.logs[0][1]))),
    ):
        assert verdict(cabinet, given) is ReceiptVerdict.FORGED
    assert verdict(twin, file) is ReceiptVerdict.OTHER_REGISTRAR


def test_witnesses_of_the_policy_are_told_and_false_ones_disprove_it() -> None:
    cabinet = Cabinet()
    key = witness_key("kiem-toan.vn/w", _WITNESS)
    cabinet.found(witnesses=WitnessPolicy(quorum=1, keys=(key.text(),)))
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("finance", Role.MEMBER)
    cabinet.publish()
    cabinet.open_ballot()
    cabinet.answer("finance", "agree", "agree")
    file = receipt_file(cabinet, "finance")
    assert check_receipt(file, cabinet.anchors).witnesses == ()
    head, _, note = file.receipt.partition("\n\n")
    signed = SignedNote.from_text(note)
    for text, is_true in ((signed.text, True), ("other\n1\n", False)):
        cosigned = signed.adding([cosign(text, key.name, _WITNESS, cabinet.now)])
        facts = check_receipt(replace(file, receipt=f"{head}\n\n{cosigned}"), cabinet.anchors)
        assert facts.verdict is (ReceiptVerdict.ACKNOWLEDGED if is_true else ReceiptVerdict.FORGED)
        assert [each.name for each in facts.witnesses] == ["kiem-toan.vn/w"] * is_true


def test_nothing_but_what_belongs_there_may_be_in_it(file: ReceiptFile) -> None:
    whole = write_receipt(file)
    for given in (b"", whole[:-1], whole + b"\0"):
        with pytest.raises(UnreadableBundle):
            read_receipt(io.BytesIO(given))
    for wrong in (replace(file, receipt="no receipt"), replace(file, logs=()), replace(file, opinion=file.logs[0][1])):
        with pytest.raises(UnreadableEvidence):
            check_receipt(again(wrong), ())
    with pytest.raises(UnreadableEvidence):
        read_receipt(io.BytesIO(container.write((("README.txt", b""), ("stray.json", b"{}")))))
