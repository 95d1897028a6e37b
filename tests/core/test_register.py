"""Whose key was valid when: by position, by the registrar alone, and complete up to its head."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ecabinet.core import envelope
from ecabinet.core.ballots import Opinion
from ecabinet.core.checkpoint import origin_of
from ecabinet.core.envelope import Envelope, Opened, open_envelope
from ecabinet.core.people import Act, Grant, Role, Thing
from ecabinet.core.register import (
    DeviceKeys,
    Enrolled,
    EpochStarted,
    Register,
    RegisterError,
    Verdict,
    WitnessPolicy,
    fingerprint_phrase,
    register_tag,
)
from tests.cabinet import YEARS, Cabinet
from tests.sample import BEGINNING, BODY


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet.with_open_ballot()


def replayed(cabinet: Cabinet) -> Register:
    first, *rest = cabinet.register
    register = Register.found(first.opened)
    for each in rest:
        register.add(each.opened, each.leaf, each.accepted_at)
    return register


def judge(register: Register, cabinet: Cabinet, signed: Envelope, *, leaf: int | None = None, **at: Any) -> Verdict:
    """As if it were the next entry, or the one at `leaf`."""
    thing = Thing(body=BODY, electors=frozenset(cabinet.members))
    leaf = len(cabinet.ledger) if leaf is None else leaf
    return register.judge(open_envelope(signed), leaf, cabinet.now + timedelta(**at), thing)


def change(cabinet: Cabinet, signed: Envelope, **changes: Any) -> Opened:
    """The statement of an envelope with changes, signed by the registrar."""
    said = envelope.parse(signed.statement)
    return open_envelope(cabinet.sign("registrar", replace(said, **changes)))


# ---------------------------------------------------------------- founding


def test_a_register_begins_with_its_registrar(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    registrar = register.person("registrar", 0)
    assert registrar is not None
    assert registrar.roles(BEGINNING) == {Role.REGISTRAR}
    assert register.log_key == cabinet.log_key
    assert register.is_anchored(cabinet.anchors, BEGINNING)
    assert not register.is_anchored((), BEGINNING)
    assert not register.is_anchored((cabinet.authority.certificate, b"?"), BEGINNING)


def test_nobody_else_founds(cabinet: Cabinet) -> None:
    founding = envelope.parse(cabinet.ledger[0].envelope.statement)
    with pytest.raises(RegisterError):
        Register.found(open_envelope(cabinet.sign("secretary", founding)))
    with pytest.raises(RegisterError):
        Register.found(cabinet.ledger[1].opened)
    with pytest.raises(RegisterError):
        Register.found(change(cabinet, cabinet.ledger[0].envelope, log_key=b"short"))


def test_the_registrar_is_one_from_the_founding_on_whatever_his_clock_says() -> None:
    cabinet = Cabinet()
    ahead = cabinet.now + timedelta(days=1)
    cabinet.append(change(cabinet, cabinet.founding(), at=ahead).envelope)
    cabinet.enrol("secretary", Role.SECRETARY)
    assert replayed(cabinet).person("secretary") is not None


# ---------------------------------------------------------------- the chain


def test_each_statement_continues_the_one_before(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    head = register.head
    assert head == cabinet.register_head
    second = cabinet.register[1]
    for leaf, at in ((second.leaf, second.accepted_at), (len(cabinet.ledger), cabinet.now)):
        with pytest.raises(RegisterError):
            register.add(second.opened, leaf, at)
    assert register.head == head


def test_a_statement_that_is_refused_changes_nothing(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    people = register.people()
    anothers = cabinet.enrolment("finance", device=cabinet.devices["chair"])
    by_the_secretary = cabinet.sign("secretary", envelope.parse(cabinet.enrolment("finance").statement))
    cabinet.devices["finance"].certificate = Cabinet().device("finance").certificate
    other_authority = cabinet.enrolment("finance", device=cabinet.devices["finance"])
    not_enrolled = cabinet.revocation("finance")
    for refused in (anothers, by_the_secretary, other_authority, not_enrolled, cabinet.meeting()):
        with pytest.raises(RegisterError):
            register.add(open_envelope(refused), len(cabinet.ledger), cabinet.now)
    assert (register.people(), register.head) == (people, cabinet.register_head)


def test_the_registrar_enrols_everybody_but_himself(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    himself = change(cabinet, cabinet.enrolment("finance"), person="registrar")
    with pytest.raises(RegisterError):
        register.add(himself, len(cabinet.ledger), cabinet.now)
    with pytest.raises(ValueError, match="grants"):
        replace(
            unsigned(cabinet.enrolment("finance"), Enrolled), grants=(Grant(role=Role.REGISTRAR, from_at=BEGINNING),)
        )


def unsigned(signed: Envelope, kind: type[Enrolled]) -> Enrolled:
    said = envelope.parse(signed.statement)
    assert isinstance(said, kind)
    return said


# ---------------------------------------------------------------- by position


def test_a_key_counts_between_its_enrolment_and_its_revocation(cabinet: Cabinet) -> None:
    opinion = cabinet.opinion("finance")
    register = replayed(cabinet)
    enrolled = next(each.leaf for each in cabinet.register if getattr(each.statement, "person", "") == "finance")
    revoked = cabinet.revoke("finance")
    assert judge(register, cabinet, opinion) is Verdict.VALID
    register.add(revoked.opened, revoked.leaf, revoked.accepted_at)
    assert judge(register, cabinet, opinion) is Verdict.REVOKED_BEFORE
    assert judge(register, cabinet, opinion, leaf=revoked.leaf - 1) is Verdict.VALID
    assert judge(register, cabinet, opinion, leaf=enrolled) is Verdict.ENROLLED_LATER
    assert register.devices("finance") == ()


def test_a_key_revoked_is_revoked_once_and_not_enrolled_again(cabinet: Cabinet) -> None:
    cabinet.revoke("finance")
    register = replayed(cabinet)
    for again in (cabinet.revocation("finance"), cabinet.enrolment("finance", device=cabinet.devices["finance"])):
        with pytest.raises(RegisterError):
            register.add(open_envelope(again), len(cabinet.ledger), cabinet.now)


def test_a_second_device_is_a_second_key(cabinet: Cabinet) -> None:
    first = cabinet.opinion("finance")
    cabinet.enrol("finance", device=cabinet.device("finance", "finance's second"))
    second = cabinet.opinion("finance")
    register = replayed(cabinet)
    assert [judge(register, cabinet, each) for each in (first, second)] == [Verdict.VALID, Verdict.VALID]
    assert len(register.devices("finance")) == 2


def test_the_same_keys_again_change_office_and_roles_from_there_on(cabinet: Cabinet) -> None:
    opening = cabinet.ballot()
    before = len(cabinet.ledger)
    cabinet.enrol("secretary", Role.GUEST, device=cabinet.devices["secretary"])
    register = replayed(cabinet)
    assert judge(register, cabinet, opening, leaf=before) is Verdict.VALID
    assert judge(register, cabinet, opening) is Verdict.NO_RIGHT
    assert len(register.devices("secretary")) == 1
    now = register.person("secretary")
    then = register.person("secretary", before)
    assert now is not None
    assert then is not None
    assert (now.roles(cabinet.now), then.roles(cabinet.now)) == (frozenset({Role.GUEST}), frozenset({Role.SECRETARY}))


def test_dates_are_held_against_the_entry_and_not_against_the_claim(cabinet: Cabinet) -> None:
    opinion = cabinet.opinion("finance", **cabinet.heading(at=BEGINNING - timedelta(days=400)))
    register = replayed(cabinet)
    assert judge(register, cabinet, opinion) is Verdict.VALID
    assert judge(register, cabinet, opinion, days=YEARS.days + 1) is Verdict.CERTIFICATE_EXPIRED
    assert judge(register, cabinet, opinion, days=-3) is Verdict.CERTIFICATE_NOT_YET_VALID


def test_a_certificate_alone_makes_nobody_an_elector(cabinet: Cabinet) -> None:
    cabinet.devices["finance"] = cabinet.device("finance", "nobody confirmed this one")
    register = replayed(cabinet)
    assert judge(register, cabinet, cabinet.opinion("finance")) is Verdict.NOT_ENROLLED
    assert register.signer(open_envelope(cabinet.opinion("finance"))) is None


def test_rights_names_and_bodies_are_looked_at(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    opinion = envelope.parse(cabinet.opinion("chair").statement)
    assert isinstance(opinion, Opinion)
    assert judge(register, cabinet, cabinet.sign("finance", opinion)) is Verdict.OTHER_PERSON
    assert judge(register, cabinet, cabinet.sign("secretary", opinion)) is Verdict.NO_RIGHT
    assert judge(register, cabinet, cabinet.sign("chair", replace(opinion, body="H00.2"))) is Verdict.OTHER_BODY
    opening = envelope.parse(cabinet.ballot().statement)
    assert judge(register, cabinet, cabinet.sign("finance", opening)) is Verdict.NO_RIGHT


def test_a_key_is_judged_without_a_statement_too(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    thing = Thing(body=BODY)
    leaf = len(cabinet.ledger)
    for person, verdict in (("secretary", Verdict.VALID), ("finance", Verdict.NO_RIGHT)):
        certificate = cabinet.devices[person].certificate
        assert register.judge_key(certificate, Act.KEEP_EVIDENCE, thing, leaf, cabinet.now) is verdict


def test_who_is_known_is_known_in_order(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    assert [each.id for each in register.people()] == ["registrar", "secretary", *cabinet.members]
    assert register.person("nobody") is None


# ---------------------------------------------------------------- epochs, keys, phrases


def test_a_new_epoch_has_a_new_log_key_and_follows_the_last(cabinet: Cabinet) -> None:
    register = replayed(cabinet)
    key = bytes(range(32))
    started = EpochStarted(
        **cabinet.heading(), epoch=2, log_key=key, last_checkpoint=cabinet.checkpoint(), previous=register.head
    )
    earlier, foreign = cabinet.checkpoint(len(cabinet.ledger) - 1), Cabinet("H00.5")
    foreign.found()
    for wrong in (
        replace(started, epoch=3),
        replace(started, log_key=b"short"),
        replace(started, last_checkpoint=earlier),  # less than the ledger has that it begins in
        replace(started, last_checkpoint=foreign.checkpoint()),
        replace(started, last_checkpoint="no note"),
    ):
        with pytest.raises(RegisterError):
            register.add(open_envelope(cabinet.sign("registrar", wrong)), len(cabinet.ledger), cabinet.now)
    register.add(open_envelope(cabinet.sign("registrar", started)), len(cabinet.ledger), cabinet.now)
    assert (register.epoch, register.log_key.name, register.log_key.public_key) == (2, origin_of(BODY, 2), key)


def test_keys_have_their_sizes(cabinet: Cabinet) -> None:
    keys = cabinet.devices["finance"].keys()
    for wrong in ({"device_key": b""}, {"sealing_key": bytes(33)}):
        with pytest.raises(ValueError, match="device_key"):
            replace(keys, **wrong)
    with pytest.raises(ValueError, match="quorum"):
        WitnessPolicy(quorum=1, keys=())


def test_the_phrase_two_people_compare_changes_with_any_of_the_keys(cabinet: Cabinet) -> None:
    keys = cabinet.devices["finance"].keys()
    others = [
        replace(keys, device_key=bytes(32)),
        replace(keys, sealing_key=bytes(32)),
        replace(keys, signing_certificate=cabinet.devices["chair"].certificate),
    ]
    phrases = {fingerprint_phrase(each.fingerprint) for each in (keys, *others)}
    assert len(phrases) == 4
    assert isinstance(keys, DeviceKeys)
    certificate_renewed = cabinet.device("finance", "finance")
    assert certificate_renewed.certificate != keys.signing_certificate
    assert certificate_renewed.keys().fingerprint == keys.fingerprint


def test_a_phrase_says_64_bits_in_eight_syllables() -> None:
    assert fingerprint_phrase("00" * 32) == "ba-ba ba-ba ba-ba ba-ba"
    assert fingerprint_phrase("ff" * 32) == "vung-vung vung-vung vung-vung vung-vung"
    syllables = {fingerprint_phrase(f"{byte:02x}" + "00" * 31)[: -len("-ba ba-ba ba-ba ba-ba")] for byte in range(256)}
    assert len(syllables) == 256


def test_the_tag_of_a_register_is_its_name_hashed() -> None:
    assert register_tag("H00.1") == hashlib.sha256(b"ecabinet/H00.1/register").digest()
