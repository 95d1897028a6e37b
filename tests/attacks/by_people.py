"""By people of the body: the secretary who counts, the registrar who enrols, an elector who accuses."""

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.ballots import Collation, OptionCount, ResultLine
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.evidence import Check, Culprit
from tests.attacks.by_the_server import finished
from tests.attacks.table import BESIDES, Attacks
from tests.bundles import sealed
from tests.cabinet import Cabinet

ON_A_BODY = Attacks[Callable[[Cabinet], bytes]]("The secretary, the registrar, an elector")
"""From a body whose ballot is open to a bundle. The server is their accomplice: an honest one takes none of this in."""


def counted(body: Cabinet, lie: Callable[[Collation], Collation]) -> bytes:
    body.answer("finance")
    body.close()
    body.announce(lie(body.collation()))
    return sealed(body)


@ON_A_BODY("count an older opinion", Check.ONE_HEAD, Culprit.SECRETARY)
def count_an_older_opinion(body: Cabinet) -> bytes:
    first = body.answer("finance", "agree", "agree")
    body.answer("finance", "disagree", "disagree")
    body.close()
    honest = body.collation()
    lines = tuple(ResultLine(elector=e.elector, leaf=first.leaf if e.leaf else None) for e in honest.lines)
    body.announce(replace(honest, lines=lines))
    return sealed(body)


@ON_A_BODY("drop an opinion", Check.ONE_HEAD, Culprit.SECRETARY)
def leave_an_opinion_out_of_the_table(body: Cabinet) -> bytes:
    return counted(body, lambda honest: replace(honest, lines=tuple(replace(e, leaf=None) for e in honest.lines)))


@ON_A_BODY("drop an opinion", Check.ONE_HEAD, Culprit.SECRETARY)
def call_late_what_came_in_time(body: Cabinet) -> bytes:
    def lie(honest: Collation) -> Collation:
        (leaf,) = (line.leaf for line in honest.lines if line.leaf is not None)
        return replace(honest, lines=tuple(replace(e, leaf=None) for e in honest.lines), late=(leaf,))

    return counted(body, lie)


@ON_A_BODY("wrong tally", Check.TALLY, Culprit.SECRETARY)
def count_three_votes_more(body: Cabinet) -> bytes:
    def lie(honest: Collation) -> Collation:
        first = honest.tallies[0]
        more = replace(first, counts=(OptionCount(option="agree", count=4), *first.counts[1:]), no_answer=1)
        return replace(honest, tallies=(more, *honest.tallies[1:]))

    return counted(body, lie)


@ON_A_BODY("wrong tally", Check.TALLY, Culprit.SECRETARY)
def say_that_more_answered_than_did(body: Cabinet) -> bytes:
    return counted(body, lambda honest: replace(honest, received=5))


@ON_A_BODY("wrong tally", Check.TALLY, Culprit.SECRETARY)
def say_that_fewer_were_asked_than_were(body: Cabinet) -> bytes:
    return counted(body, lambda honest: replace(honest, sent=1))


@ON_A_BODY("forged result", Check.OUTCOME, Culprit.SECRETARY)
def announce_what_the_rule_does_not_give(body: Cabinet) -> bytes:
    def lie(honest: Collation) -> Collation:
        carried = tuple(replace(each, carried="agree") for each in honest.tallies)
        return replace(honest, is_quorate=True, tallies=carried)

    return counted(body, lie)


@ON_A_BODY("forged result", Check.ORDER, Culprit.SECRETARY)
def name_another_closing_in_the_result(body: Cabinet) -> bytes:
    body.close()
    body.append(body.result(closed_leaf=body.closed_leaf - 1))
    return sealed(body)


@ON_A_BODY("author outside the electorate", Check.ELECTORATE, Culprit.SECRETARY)
def ask_somebody_who_does_not_exist(body: Cabinet) -> bytes:
    asked = body.electorate()
    ghost = replace(asked.electors[0], person="nobody")
    body.open_ballot(electorate=replace(asked, electors=(*asked.electors, ghost), statutory=6, in_office=6))
    return finished(body)


@ON_A_BODY("swapped paper", Check.PAPERS, Culprit.SECRETARY)
def name_a_paper_that_was_never_published(body: Cabinet) -> bytes:
    body.open_ballot(documents=(replace(body.references()[0], digest="0" * 64),))
    return finished(body)


@ON_A_BODY("swapped paper", Check.PAPERS, Culprit.SECRETARY)
def give_a_paper_another_title(body: Cabinet) -> bytes:
    body.open_ballot(documents=(replace(body.references()[0], title="Tờ trình khác"),))
    return finished(body)


@ON_A_BODY("clone of the roster", Check.REGISTER, Culprit.REGISTRAR)
def give_one_key_to_two_persons(body: Cabinet) -> bytes:
    body.append(body.enrolment("finance", device=body.devices["chair"]))
    return finished(body)


@ON_A_BODY("clone of the roster", Check.REGISTER, Culprit.REGISTRAR)
def give_one_key_to_two_persons_under_two_certificates(body: Cabinet) -> bytes:
    body.append(body.enrolment("finance", device=body.device("finance", "chair")))
    return finished(body)


@ON_A_BODY("key revoked before signing", Check.REGISTER, Culprit.REGISTRAR)
def enrol_a_revoked_key_again(body: Cabinet) -> bytes:
    body.revoke("finance")
    body.append(body.enrolment("finance", device=body.device("finance")))
    return finished(body)


@ON_A_BODY(BESIDES, Check.SEEN, Culprit.ELECTOR)
def frame_the_log(body: Cabinet) -> bytes:
    """An elector says that he saw a checkpoint which the log never signed."""
    forged = Checkpoint(origin=body.log_key.name, size=1, root=bytes(32)).signed(Ed25519PrivateKey.generate())
    body.append(body.opinion("finance", **body.heading(seen=forged)))
    return finished(body)
