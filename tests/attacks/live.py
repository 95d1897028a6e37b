"""Placeholder."""

from collections.abc import Callable
from typing import Any

from tests.attacks.table import Attacks

ON_A_SCENE = Attacks[Callable[..., Any]]("A live server that is dishonest")
ELSEWHERE = Attacks[Callable[..., Any]]("Elsewhere")
