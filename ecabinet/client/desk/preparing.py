"""Chuẩn bị họp và phiếu: everything the secretariat may ask."""

from ecabinet.client.desk.ballots import Ballots
from ecabinet.client.desk.counting import (
    Counting,
    ElectorLine,
    ElectorStage,
    Evidence,
    Monitor,
    ResultDraft,
)
from ecabinet.client.desk.drafting import Drafting, RefusedPaper, Taken
from ecabinet.client.desk.drafts import (
    BallotDraft,
    DraftKind,
    DraftLine,
    Incomplete,
    ItemDraft,
    MeetingDraft,
    Missing,
)
from ecabinet.client.desk.errors import WitnessesAwaited
from ecabinet.client.desk.intake import PaperFlaw, PreparedPaper
from ecabinet.client.desk.publishing import SendStage
from ecabinet.client.desk.records import RecordDoubtful
from ecabinet.client.desk.unlocked import Unlocked

__all__ = [
    "BallotDraft",
    "DraftKind",
    "DraftLine",
    "ElectorLine",
    "ElectorStage",
    "Evidence",
    "Incomplete",
    "ItemDraft",
    "MeetingDraft",
    "Missing",
    "Monitor",
    "PaperFlaw",
    "PreparedPaper",
    "Preparing",
    "RecordDoubtful",
    "RefusedPaper",
    "ResultDraft",
    "SendStage",
    "Taken",
    "WitnessesAwaited",
]


class Preparing(Drafting, Counting):
    """Drafts until they are sent, and ballots from then on."""

    def __init__(self, unlocked: Unlocked, ballots: Ballots) -> None:
        Drafting.__init__(self, unlocked)
        Counting.__init__(self, unlocked, ballots)
