"""By the server, which holds the log key and the key of the body's CA, and takes in what it likes."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from ecabinet.core.ballots import Collation, Opinion
from ecabinet.core.checkpoint import Checkpoint
from ecabinet.core.envelope import Envelope, Statement, parse
from ecabinet.core.evidence import Check, Culprit
from ecabinet.core.ledger import Tree, leaf_hash
from ecabinet.core.people import Role
from tests.attacks.table import BESIDES, Attacks
from tests.bundles import sealed
from tests.cabinet import Appended, Cabinet, Device

ON_A_BODY = Attacks[Callable[[Cabinet], bytes]]("The server, with log key and CA key")
"""From a body whose ballot is open to a bundle."""
Said = TypeVar("Said", bound=Statement)


def finished(body: Cabinet, collation: Collation | None = None) -> bytes:
    """Closed, counted as the ledger has it or otherwise, and sealed."""
    body.close()
    body.announce(collation)
    return sealed(body)


def unsigned(signed: Envelope, kind: type[Said]) -> Said:
    """What an envelope says, to be said otherwise or by somebody else."""
    said = parse(signed.statement)
    assert isinstance(said, kind)
    return said


def nobody_answered(body: Cabinet) -> Collation:
    """What a secretary counts who leaves out all that is not right; after the closing."""
    honest = body.collation()
    none = [
        replace(each, counts=tuple(replace(one, count=0) for one in each.counts), no_answer=honest.sent)
        for each in honest.tallies
    ]
    lines = tuple(replace(line, leaf=None) for line in honest.lines)
    return replace(honest, lines=lines, received=0, is_quorate=False, tallies=tuple(none))


def left_out(body: Cabinet) -> bytes:
    """Finished, with nothing counted."""
    body.close()
    body.announce(nobody_answered(body))
    return sealed(body)


# ---------------------------------------------------------------- keys


@ON_A_BODY("certificate made by the server's CA for a key nobody confirmed", Check.VALIDITY, Culprit.LOG)
def answer_with_a_key_nobody_confirmed(body: Cabinet) -> bytes:
    body.devices["finance"] = body.device("finance", "the server's own key")
    body.answer("finance", "disagree", "disagree")
    return left_out(body)


@ON_A_BODY("certificate made by the server's CA for a key nobody confirmed", Check.REGISTER, Culprit.LOG)
def enrol_a_key_without_the_registrar(body: Cabinet) -> bytes:
    registrar = body.devices["registrar"]
    body.devices["registrar"] = body.devices["secretary"]
    forged = body.enrolment("finance", device=body.device("finance", "the server's own key"))
    body.devices["registrar"] = registrar
    body.append(forged)
    return finished(body)


@ON_A_BODY("certificate of another CA", Check.REGISTER, Culprit.LOG)
def admit_an_authority_without_the_registrar(body: Cabinet) -> bytes:
    body.append(body.admission(Cabinet().authority, by="secretary"))
    return finished(body)


@ON_A_BODY("key revoked before signing", Check.VALIDITY, Culprit.LOG)
def take_in_what_a_revoked_key_signed(body: Cabinet) -> bytes:
    body.revoke("finance")
    body.answer("finance")
    return left_out(body)


@ON_A_BODY("expired key", Check.VALIDITY, Culprit.LOG)
def take_in_what_an_expired_key_signed(body: Cabinet) -> bytes:
    short = body.device("finance", "finance's second", valid_for=timedelta(minutes=10))
    body.enrol("finance", Role.MEMBER, device=short)
    body.append(body.opinion("finance"), at=body.now + timedelta(hours=1))
    return left_out(body)


# ---------------------------------------------------------------- opinions


@ON_A_BODY("author outside the electorate", Check.ELECTORATE, Culprit.LOG)
def take_in_the_opinion_of_somebody_who_was_not_asked(body: Cabinet) -> bytes:
    body.answer("secretary")
    return left_out(body)


@ON_A_BODY("author outside the electorate", Check.VALIDITY, Culprit.LOG)
def take_in_an_opinion_in_the_name_of_another(body: Cabinet) -> bytes:
    body.append(body.sign("finance", unsigned(body.opinion("chair"), Opinion)))
    return left_out(body)


@ON_A_BODY("opinion of another ballot", Check.WORDING, Culprit.LOG)
def put_an_opinion_of_another_ballot_into_this_one(body: Cabinet) -> bytes:
    elsewhere = body.opinion("finance")
    body.open_ballot()
    body.append(elsewhere, tag=body.opening.envelope.digest)
    return left_out(body)


@ON_A_BODY("changed wording", Check.ORDER, Culprit.LOG)
def send_other_words_to_the_late_ones(body: Cabinet) -> bytes:
    """The same ballot, opened once more, its entry tagged as the first one's."""
    first = body.opening
    other = body.sign("secretary", replace(body.asked, **body.heading(), subject="Về toàn bộ dự phòng ngân sách"))
    body.append(other, tag=first.envelope.digest)
    return finished(body)


@ON_A_BODY("drop an opinion", Check.INCLUSION, Culprit.LOG)
def tag_an_opinion_away_from_its_ballot(body: Cabinet) -> bytes:
    """Its author has it, and shows it."""
    away = body.append(body.opinion("finance", **body.heading(seen=body.asked.seen)), tag=bytes(32))
    body.close()
    body.announce()
    return sealed(body, record=body.record(ballot=_by_leaf(body, [*body.of_the_ballot(), away])))


def _by_leaf(body: Cabinet, appended: Sequence[Appended]) -> object:
    return body.placed(sorted(appended, key=lambda each: each.leaf))


@ON_A_BODY("duplicate", Check.ONE_HEAD, Culprit.LOG)
def take_in_an_opinion_twice(body: Cabinet) -> bytes:
    twice = body.opinion("finance")
    body.append(twice)
    body.append(twice)
    return finished(body)


@ON_A_BODY("duplicate", Check.ONE_HEAD, Culprit.LOG)
def take_in_an_opinion_again_under_another_signature(body: Cabinet) -> bytes:
    """Of the same words; there are as many signatures of them as one likes."""
    said = unsigned(body.opinion("finance"), Opinion)
    body.append(body.sign("finance", said))
    body.append(body.sign("finance", said))
    return finished(body)


@ON_A_BODY("drop an opinion", Check.ONE_HEAD, Culprit.LOG)
def leave_one_out_of_a_line_of_opinions(body: Cabinet) -> bytes:
    body.answer("finance")
    between = body.opinion("finance", "disagree", "disagree")
    after = replace(unsigned(between, Opinion), counter=3, replaces=hashlib.sha256(between.statement).hexdigest())
    body.append(body.sign("finance", after))
    return finished(body)


@ON_A_BODY("re-date", Check.ORDER, Culprit.LOG)
def date_an_opinion_back(body: Cabinet) -> bytes:
    body.append(body.opinion("finance"), at=body.now - timedelta(minutes=5))
    return finished(body)


@ON_A_BODY("alter a signature", Check.SIGNATURES, Culprit.LOG)
def take_in_a_signature_that_does_not_hold(body: Cabinet) -> bytes:
    good = body.opinion("finance")
    bad = Envelope(good.statement, good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
    body.append(bad, tag=body.opening.envelope.digest)
    return finished(body)


@ON_A_BODY(BESIDES, Check.WORDING, Culprit.LOG)
def take_in_an_answer_to_another_question(body: Cabinet) -> bytes:
    body.append(body.opinion("finance", "yes", "no"))
    return left_out(body)


@ON_A_BODY("forged result", Check.VALIDITY, Culprit.LOG)
def take_in_a_result_that_a_member_signed(body: Cabinet) -> bytes:
    body.close()
    said = parse(body.result().statement)
    body.append(body.sign("finance", said))
    return sealed(body)


@ON_A_BODY(BESIDES, Check.ORDER, Culprit.LOG)
def take_in_two_closings(body: Cabinet) -> bytes:
    body.close()
    return finished(body)


@ON_A_BODY("certificate of another CA", Check.CHAINS, Culprit.LOG)
def take_in_an_opinion_under_a_certificate_of_another_authority(body: Cabinet) -> bytes:
    device = Device("finance")
    device.certificate = Cabinet().device("finance").certificate
    body.devices["finance"] = device
    body.answer("finance")
    return left_out(body)


# ---------------------------------------------------------------- histories


@ON_A_BODY("split view to half of the clients", Check.SEEN, Culprit.LOG)
def show_one_member_another_history(body: Cabinet) -> bytes:
    leaves = [leaf_hash(bytes(each.entry)) for each in body.ledger]
    other = Tree([*leaves[:-1], bytes(32)])
    note = Checkpoint(origin=body.log_key.name, size=len(other), root=other.root()).signed(body.log_private_key)
    body.append(body.opinion("finance", **body.heading(seen=note)))
    return finished(body)


@ON_A_BODY("database rolled back to yesterday", Check.SEEN, Culprit.LOG)
def lose_what_a_member_had_seen(body: Cabinet) -> bytes:
    """He saw three entries more than the database that was restored has when his opinion comes."""
    leaves = [leaf_hash(bytes(each.entry)) for each in body.ledger]
    lost = Tree([*leaves, *(bytes([number]) * 32 for number in range(3))])
    note = Checkpoint(origin=body.log_key.name, size=len(lost), root=lost.root()).signed(body.log_private_key)
    body.append(body.opinion("finance", **body.heading(seen=note)))
    return finished(body)
