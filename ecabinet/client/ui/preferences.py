"""What a person has chosen about the program itself: kept on the machine, for everybody who unlocks it there."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from ecabinet.client.ui.theme import Mode, Theme
from ecabinet.client.ui.words import Language

SCALES = (100, 125, 150, 175, 200)
"""Per cent."""
LOCKS_AFTER = (5, 15, 30, 60)
"""Minutes without a key or the mouse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All of it; the values are those of a first start."""

    language: Language = Language.VIETNAMESE
    mode: Mode = Mode.LIGHT
    scale: int = SCALES[0]
    locks_after: int = LOCKS_AFTER[1]

    @property
    def theme(self) -> Theme:
        return Theme(mode=self.mode, scale=self.scale / 100)

    def written(self) -> str:
        """As `read` takes it."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def read(cls, text: str) -> Self:
        """What was written; where it can't be understood, as at a first start."""
        try:
            found: dict[str, Any] = json.loads(text)
            preferences = cls(
                language=Language(found["language"]),
                mode=Mode(found["mode"]),
                scale=found["scale"],
                locks_after=found["locks_after"],
            )
        except (ValueError, KeyError, TypeError):
            return cls()
        return preferences if preferences.scale in SCALES and preferences.locks_after in LOCKS_AFTER else cls()
