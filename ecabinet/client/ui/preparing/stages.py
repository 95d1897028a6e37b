"""How far something signed by the secretariat has come, in a chip."""

from ecabinet.client.desk.preparing import SendStage
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import Chip
from ecabinet.client.ui.words import Names

_stage = Names("monitor.sending", SendStage)
_TONES = {SendStage.RECORDED: Tone.POSITIVE, SendStage.REFUSED: Tone.DANGER}
ON_ITS_WAY = frozenset({SendStage.SIGNED, SendStage.UPLOADING, SendStage.SENT})
"""Signed, and not yet told what became of it."""


def stage_chip(stage: SendStage) -> Chip:
    """What a person is told of it."""
    return Chip(text=_stage(stage), tone=_TONES.get(stage, Tone.WARNING))
