"""Sync: what the server has for this person comes into the vault, what the person made goes to the server."""

from ecabinet.client.sync.alarms import Alarm, AlarmKind, ChangedKeys, OtherPaper
from ecabinet.client.sync.outbox import Need, enqueue
from ecabinet.client.sync.page import DoubtfulPage, Fork
from ecabinet.client.sync.rounds import Report, Sync
from ecabinet.client.sync.status import Status, Trouble

__all__ = [
    "Alarm",
    "AlarmKind",
    "ChangedKeys",
    "DoubtfulPage",
    "Fork",
    "Need",
    "OtherPaper",
    "Report",
    "Status",
    "Sync",
    "Trouble",
    "enqueue",
]
