"""Submissions on their way to the ledger: whoever comes with whom, each is answered for himself."""

import json
from collections.abc import Sequence

import pytest

from ecabinet.core import codec
from ecabinet.core.checkpoint import Receipt
from ecabinet.core.envelope import Envelope
from ecabinet.core.protocol import MOST_ENVELOPES, Path, Reason, Refusal, Refused, Submission, SubmissionOutcome
from ecabinet.server.actions import Server
from ecabinet.server.submissions import Sent, serve
from tests.server.live import LiveCabinet
from tests.server.local import LocalCabinet
from tests.server.test_sessions import local_answer


def sent(token: str, *envelopes: Envelope) -> Sent:
    return Sent(f"Bearer {token}", codec.dump(Submission(envelopes=envelopes)))


def answers(server: Server, body: str, group: Sequence[Sent]) -> list[str]:
    """Of each what it came to: "receipt", or a reason."""
    told = []
    for answer in serve(server, body, group):
        if isinstance(answer, Refused):
            told.append(answer.refusal.reason.value)
        else:
            assert not isinstance(answer, Exception)
            (outcome,) = codec.load(SubmissionOutcome, bytes(answer.body)).outcomes
            told.append("receipt" if outcome.receipt else str(outcome.refusal and outcome.refusal.reason.value))
    return told


def test_each_of_a_group_is_answered_for_himself(local: LocalCabinet) -> None:
    local.prepare(members=["chair", "finance"])
    token = local.server.sessions.sign_in(local_answer(local, local.devices["chair"])).token
    chair, finance = local.opinion("chair"), local.opinion("finance")
    group = [
        sent("nobody's", finance),
        sent(token, chair),
        Sent(f"Bearer {token}", b"{}"),
        sent(token, *[finance] * (MOST_ENVELOPES + 1)),
        sent(token, local.altered(finance, answers=())),
        sent(token, chair),
        Sent("", b""),
    ]
    told = ["not_signed_in", "receipt", "bad_request", "too_large", "unfit_opinion", "receipt", "not_signed_in"]
    assert answers(local.server, local.body, group) == told
    assert answers(local.server, local.body, [sent(token, finance)]) == ["receipt"]


@pytest.mark.parametrize("copies", [1, 8], ids=["read at once", "read when it is known who sends"])
def test_who_is_not_signed_in_submits_nothing_long_or_short(cabinet: LiveCabinet, copies: int) -> None:
    cabinet.prepare(members=["chair"])
    opinion = cabinet.opinion("chair")
    path, message = cabinet.path(Path.STATEMENTS), codec.dump(Submission(envelopes=(opinion,) * copies))
    assert (len(message) > 16 * 1024) == (copies > 1)
    answer = cabinet.server.request("POST", path, body=message)
    assert (answer.status, codec.load(Refusal, answer.data).reason) == (401, Reason.NOT_SIGNED_IN)
    other = cabinet.path(Path.STATEMENTS).replace(cabinet.body, "H49.0")
    answer = cabinet.caller("chair").request("POST", other, body=message)
    assert (answer.status, codec.load(Refusal, answer.data).reason) == (403, Reason.NO_RIGHT)
    answer = cabinet.caller("chair").request("POST", path, body=message)
    outcomes = json.loads(answer.data)["outcomes"]
    assert len({Receipt.from_text(each["receipt"]).index for each in outcomes}) == 1
    assert len(outcomes) == copies
