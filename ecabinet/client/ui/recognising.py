"""What is told of recognising scans: how far it has come, and why it can't be done here."""

from datetime import timedelta

from ecabinet.client.desk.recognising import Absence
from ecabinet.client.ui.behind import Behind
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.times import amount_of
from ecabinet.client.ui.widgets import Notice
from ecabinet.client.ui.words import Names, number, say

_absence = Names("recognising.absence", Absence)


def recognising_told(run: Behind) -> str:
    """How many pages of how many, and how long it may still take; empty when nothing is being recognised."""
    progress = run.progress
    if progress is None or not progress.total:
        return ""
    said = say("recognising.pages", done=number(progress.done), total=number(progress.total))
    left = run.seconds_left
    return said if left is None else say("recognising.left", said=said, left=amount_of(timedelta(seconds=left)))


def recognising_briefly(run: Behind) -> str:
    """How many pages of how many, where there is little room."""
    progress = run.progress
    if progress is None or not progress.total:
        return ""
    return say("recognising.briefly", done=number(progress.done), total=number(progress.total))


def absence_notice(absence: Absence) -> Notice:
    """Scans stay pictures on this machine."""
    return Notice(
        Tone.NEUTRAL,
        _absence(absence),
        safe=say("recognising.safe"),
        to_do=say("recognising.to_do"),
        is_closable=True,
    )
