"""How urgent a ballot is, as a chip."""

from ecabinet.client.ui import icons
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Chip
from ecabinet.client.ui.words import Names
from ecabinet.core.ballots import Priority

_priority = Names("kit.priority", Priority)
_TONES = {
    Priority.NORMAL: Tone.NEUTRAL,
    Priority.URGENT: Tone.WARNING,
    Priority.VERY_URGENT: Tone.WARNING,
    Priority.FLASH: Tone.DANGER,
}


def priority_chip(priority: Priority) -> Chip:
    """Thường · Khẩn · Thượng khẩn · Hỏa tốc."""
    icon: icons.Name | None = "flame" if priority is Priority.FLASH else None
    return Chip(text=_priority(priority), tone=_TONES[priority], icon=icon)
