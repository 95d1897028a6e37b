"""The table is whole: everything that has to be tried is there, once, and in the document."""

import pytest

from tests.attacks import document
from tests.attacks.suite import everything
from tests.attacks.table import BESIDES, LISTED


@pytest.mark.parametrize("listed", LISTED)
def test_whatever_has_to_be_tried_is(listed: str) -> None:
    assert [attack.name for attack in everything() if attack.listed == listed]


def test_no_attack_stands_for_what_is_not_listed_or_takes_the_name_of_another() -> None:
    assert {attack.listed for attack in everything()} == {*LISTED, BESIDES}
    names = [attack.name for attack in everything()]
    assert len(names) == len(set(names))


def test_the_document_shows_every_attack_and_no_other() -> None:
    assert list(document.shown()) == [attack.name for attack in everything()]
