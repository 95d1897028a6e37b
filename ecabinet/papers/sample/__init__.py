"""The sample meeting: papers, ballots and people of tỉnh Bình Minh, which does not exist.

`python -m ecabinet.papers.sample OUT` makes every PDF again from the sources in `resources/sample`.
"""

from ecabinet.papers.sample.catalogue import (
    Body,
    Item,
    Meeting,
    Paper,
    SampleBallot,
    SamplePerson,
    ballots,
    body,
    meeting,
    papers,
    people,
)

__all__ = [
    "Body",
    "Item",
    "Meeting",
    "Paper",
    "SampleBallot",
    "SamplePerson",
    "ballots",
    "body",
    "meeting",
    "papers",
    "people",
]
