"""What kept a round of sync from being finished, in words. Needs no window; only who has unlocked needs it."""

from ecabinet.client.desk.syncing import Trouble
from ecabinet.client.ui.explanations import Explanation
from ecabinet.client.ui.words import Names, say

_happened = Names("syncing.happened", Trouble)
_to_do = Names("syncing.to_do", Trouble)


def explain_trouble(trouble: Trouble) -> Explanation:
    """What happened, what is safe, what to do."""
    return Explanation(happened=_happened(trouble), safe=say("syncing.safe"), to_do=_to_do(trouble))
