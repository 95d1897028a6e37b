"""The registrar's work at a real server: inviting, comparing phrases, confirming, declining, revoking."""

from dataclasses import replace

import pytest

from ecabinet.client.desk.access import Stage
from ecabinet.client.desk.errors import NotHere, WrongPin
from ecabinet.client.sync import Trouble
from ecabinet.core.people import Role
from ecabinet.core.register import RevocationReason
from tests.client.people import PIN, Town


def test_several_who_wait_are_confirmed_with_one_pin_and_off_line(town: Town) -> None:
    registrar = town.people["registrar"]
    joined = {name: town.ask_to_join(name) for name in ("chair", "finance", "construction")}
    registrar.sync()
    waiting = registrar.desk.enrolments.waiting()
    assert {each.person: each.phrase for each in waiting} == {
        name: each.profile.phrase for name, each in joined.items()
    }
    assert len(registrar.desk.work.todo().enrolments) == 3
    with pytest.raises(WrongPin):
        registrar.desk.enrolments.confirm(waiting, "999999")
    assert len(registrar.desk.enrolments.waiting()) == 3
    registrar.desk.enrolments.confirm(waiting, PIN)
    assert registrar.desk.enrolments.waiting() == ()
    assert registrar.desk.syncing.status().waiting_to_send == 3
    registrar.sync()
    assert [line.person for line in registrar.desk.enrolments.people()] == [
        "registrar",
        *(each.person for each in waiting),
    ]
    for name, each in joined.items():
        somebody = town.take_seat(name, each)
        assert somebody.desk.me().roles == {Role.MEMBER}
        assert not somebody.desk.me().may_enrol


def test_who_waits_is_the_same_request_when_somebody_else_is_enrolled_meanwhile(town: Town) -> None:
    registrar = town.people["registrar"]
    for name in ("chair", "finance"):
        town.ask_to_join(name)
    registrar.sync()
    chair, finance = registrar.desk.enrolments.waiting()
    registrar.desk.enrolments.confirm([chair], PIN)
    registrar.sync()
    (still,) = registrar.desk.enrolments.waiting()
    assert len(still.known) == len(finance.known) + 1
    assert still == finance  # so what was ticked on its screen is kept


def test_what_the_registrar_alters_is_what_counts(town: Town) -> None:
    registrar = town.people["registrar"]
    joined = town.ask_to_join("finance")
    registrar.sync()
    (waiting,) = registrar.desk.enrolments.waiting()
    registrar.desk.enrolments.confirm([replace(waiting, office="Quyền Giám đốc Sở Tài chính")], PIN)
    registrar.sync()
    assert town.take_seat("finance", joined).desk.me().office == "Quyền Giám đốc Sở Tài chính"


def test_who_is_declined_waits_no_more(town: Town) -> None:
    registrar = town.people["registrar"]
    joined = town.ask_to_join("finance")
    registrar.sync()
    (waiting,) = registrar.desk.enrolments.waiting()
    changes = registrar.desk.enrolments.decline(waiting.enrolment)
    assert changes.enrolments == {waiting.enrolment}
    assert registrar.desk.enrolments.waiting() == ()
    assert town.access("finance").ask_again(joined.profile).stage is Stage.DECLINED
    with pytest.raises(NotHere):
        registrar.desk.enrolments.confirm([replace(waiting, enrolment="0" * 8 + waiting.enrolment[8:])], PIN)


def test_a_further_device_is_told_as_such_and_reads_the_notes_of_the_first(town: Town) -> None:
    town.enrol("finance", Role.MEMBER)
    registrar = town.people["registrar"]
    joined = town.ask_to_join("finance", Role.MEMBER, machine="tablet")
    registrar.sync()
    (waiting,) = registrar.desk.enrolments.waiting()
    assert waiting.is_further_device
    registrar.desk.enrolments.confirm([waiting], PIN)
    registrar.sync()
    tablet = town.take_seat("finance", joined, machine="tablet")
    registrar.sync()
    line = next(each for each in registrar.desk.enrolments.people() if each.person == "finance")
    assert len(line.devices) == 2
    assert not any(device.is_this_one for device in line.devices)
    assert tablet.desk.me().person == "finance"


def test_a_revoked_device_is_out_and_the_other_stays_in(town: Town) -> None:
    finance = town.enrol("finance", Role.MEMBER)
    town.enrol("finance", Role.MEMBER, machine="tablet")
    registrar = town.people["registrar"]
    digest = finance.desk.keys().certificate_digest
    assert digest is not None
    with pytest.raises(NotHere):
        registrar.desk.enrolments.revoke("finance", "0" * 64, RevocationReason.DEVICE_LOST, PIN)
    registrar.desk.enrolments.revoke("finance", digest, RevocationReason.DEVICE_LOST, PIN)
    registrar.sync()
    finance.desk.syncing.once()
    assert finance.desk.syncing.status().trouble is Trouble.NOT_ADMITTED
    tablet = town.people["tablet"]
    tablet.sync()
    assert tablet.desk.keys().fault is None
