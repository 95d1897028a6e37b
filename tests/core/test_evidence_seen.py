"""What a signer says to have seen: what the log signed, and of this very ledger."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Report
from tests.bundles import blamed, checked, sealed
from tests.cabinet import Cabinet


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet.with_open_ballot()


def finished(cabinet: Cabinet, seen: str) -> Report:
    """The report on a ballot in which somebody claims to have seen that note."""
    cabinet.append(cabinet.opinion("finance", **cabinet.heading(seen=seen)))
    cabinet.close()
    cabinet.announce()
    return checked(sealed(cabinet), cabinet)


def with_false_signature(note: str) -> str:
    """Under the log's name and the id of its key, whoever made it."""
    head, _, signature = note.rstrip("\n").rpartition(" ")
    blob = bytearray(base64.b64decode(signature))
    blob[-1] ^= 1
    return f"{head} {base64.b64encode(blob).decode()}\n"


def test_a_note_of_the_log_over_this_ledger_is_seen(cabinet: Cabinet) -> None:
    assert finished(cabinet, cabinet.checkpoint(4)).exit_code is ExitCode.PROVEN


@pytest.mark.parametrize("root", [None, bytes(32)])
def test_a_false_signature_is_the_members_doing_whatever_the_root(root: bytes | None, cabinet: Cabinet) -> None:
    own = Checkpoint(origin=cabinet.log_key.name, size=4, root=root or cabinet.tree.root(4))
    report = finished(cabinet, with_false_signature(own.signed(cabinet.log_private_key)))
    assert blamed(report) == {(Check.SEEN, Culprit.ELECTOR)}
    assert [each.fault for each in report[Check.SEEN].findings] == [Fault.SEEN_FORGED]


def test_a_note_of_another_key_is_none_of_the_logs_whatever_its_root(cabinet: Cabinet) -> None:
    own = Checkpoint(origin=cabinet.log_key.name, size=4, root=cabinet.tree.root(4))
    assert blamed(finished(cabinet, own.signed(Ed25519PrivateKey.generate()))) == {(Check.SEEN, Culprit.ELECTOR)}


@pytest.mark.parametrize("cut", ["—", "\n\n"])
def test_a_note_that_nobody_signed_is_none(cut: str, cabinet: Cabinet) -> None:
    note = cabinet.checkpoint(4)
    assert blamed(finished(cabinet, note[: note.index(cut)])) == {(Check.SEEN, Culprit.ELECTOR)}


def test_a_root_from_before_there_was_the_statement_in_it_is_the_logs_doing(cabinet: Cabinet) -> None:
    size = len(cabinet.tree) + 2
    later = Checkpoint(origin=cabinet.log_key.name, size=size, root=bytes(32)).signed(cabinet.log_private_key)
    assert blamed(finished(cabinet, later)) == {(Check.SEEN, Culprit.LOG)}
