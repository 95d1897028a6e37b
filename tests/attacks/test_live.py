"""Each attack of a dishonest server is noticed by real clients, and what they keep tells; as the document says."""

from collections.abc import Callable

import pytest

from tests.attacks import live
from tests.attacks.document import settle
from tests.attacks.scene import Scene, Told
from tests.attacks.table import Attack


@pytest.mark.long
@pytest.mark.parametrize("attack", list(live.ON_A_SCENE), ids=lambda attack: attack.name)
def test_whoever_runs_the_server(attack: Attack[Callable[[Scene], Told]], scene: Scene) -> None:
    settle(attack, *attack.play(scene))
