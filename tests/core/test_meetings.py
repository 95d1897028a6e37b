"""Papers and meetings say what makes sense and no more, and a meeting goes through its states in order."""

from dataclasses import replace
from typing import Any

import pytest

from ecabinet.core import envelope
from ecabinet.core.meetings import DocumentsPublished, MeetingSent
from tests.cabinet import Cabinet

CABINET = Cabinet.with_open_ballot()
DOCUMENT = CABINET.documents[0]


def meeting() -> MeetingSent:
    said = envelope.parse(CABINET.meeting().statement)
    assert isinstance(said, MeetingSent)
    return said


@pytest.mark.parametrize(
    "changes",
    [{"size": 0}, {"version": 0}, {"version": 2}, {"replaces": "0" * 64}, {"version": 1, "replaces": "0" * 64}],
)
def test_a_version_replaces_the_one_before_or_is_the_first(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"size|version"):
        replace(DOCUMENT, **changes)
    assert replace(DOCUMENT, version=2, replaces="0" * 64).document == DOCUMENT.document


def test_a_publication_has_papers_and_each_once() -> None:
    heading = CABINET.heading()
    for documents in ((), (DOCUMENT, DOCUMENT)):
        with pytest.raises(ValueError, match="documents"):
            DocumentsPublished(**heading, documents=documents)


def test_a_meeting_names_everybody_once_and_numbers_its_items() -> None:
    sent = meeting()
    for changes in (
        {"participants": ("chair", "chair")},
        {"items": (replace(sent.items[0], number=2),)},
        {"revision": 2},
        {"revision": 0},
        {"replaces": "0" * 64},
    ):
        with pytest.raises(ValueError, match=r"participants|items|revision"):
            replace(sent, **changes)
    assert replace(sent, revision=2, replaces="0" * 64).meeting == sent.meeting


def test_an_item_is_read_by_all_or_by_those_it_names_of_them() -> None:
    sent = meeting()
    item = sent.items[0]
    assert sent.readers_of(item) == frozenset(CABINET.members)
    assert sent.readers_of(replace(item, readers=("chair", "stranger"))) == {"chair"}
