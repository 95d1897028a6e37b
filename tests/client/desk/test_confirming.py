"""What the registrar signs for: the keys compared, and the person invited, whatever the server says meanwhile."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ecabinet.client.desk.enrolments import Doubt
from ecabinet.client.sync import AlarmKind, ChangedKeys
from ecabinet.client.vault import schema
from ecabinet.core import codec
from ecabinet.core.envelope import parse
from ecabinet.core.people import Grant, Role
from ecabinet.core.protocol import Enrolment, EnrolmentState, InvitationRequest, RowKind
from ecabinet.core.register import DeviceKeys, Enrolled, fingerprint_phrase
from ecabinet.keys.certificates import make_request
from tests.cabinet import Device
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN, ClientDevice
from tests.sample import BODY_NAME
from tests.simulator import Simulator

REGISTRAR = "home-affairs"
OFFICE = "Chánh Thanh tra tỉnh"


def keys_of_somebody(simulator: Simulator) -> DeviceKeys:
    device = Device("somebody")
    certificate = simulator.authority.issue(
        make_request(device.signing_key),
        title=OFFICE,
        body=BODY_NAME,
        crl_url="http://localhost/ca.crl",
        at=simulator.now,
        valid_for=timedelta(days=365),
    )
    device_key = device.device_key.public_key().public_bytes_raw()
    return DeviceKeys(signing_certificate=certificate, device_key=device_key, sealing_key=os.urandom(32))


@pytest.fixture
def registrar(device: MakeDevice) -> ClientDevice:
    """Whoever the feed tells of those who wait."""
    return device("first", REGISTRAR)


@pytest.fixture
def asked(simulator: Simulator) -> Enrolment:
    return Enrolment(
        enrolment="01a20809-dd98-7901-88db-be71ad8dc93a",
        state=EnrolmentState.WAITING,
        body=simulator.body,
        body_name=BODY_NAME,
        person="inspector",
        office=OFFICE,
        office_en="",
        grants=(Grant(role=Role.MEMBER, from_at=simulator.now),),
        device_name="Máy tính bảng",
        keys=keys_of_somebody(simulator),
        asked_at=simulator.now,
    )


def tell(simulator: Simulator, registrar: ClientDevice, enrolment: Enrolment) -> None:
    simulator._tell(REGISTRAR, RowKind.ENROLMENT, other=enrolment)
    registrar.round()


def invite(registrar: ClientDevice, request: InvitationRequest) -> None:
    registrar.desk.enrolments.invite(
        person=request.person, office=request.office, office_en=request.office_en, grants=request.grants
    )


def test_the_registrar_signs_the_very_keys_whose_phrase_was_compared(
    simulator: Simulator, registrar: ClientDevice, asked: Enrolment
) -> None:
    tell(simulator, registrar, asked)
    (compared,) = registrar.desk.enrolments.waiting()
    assert compared.phrase == fingerprint_phrase(asked.keys.fingerprint)
    tell(simulator, registrar, replace(asked, keys=keys_of_somebody(simulator)))
    registrar.desk.enrolments.confirm([compared], PIN)
    said = select(schema.statements.c.statement).where(schema.statements.c.is_own)
    (enrolled,) = registrar.vault.do(lambda db: [parse(data) for data in db.scalars(said)])
    assert isinstance(enrolled, Enrolled)
    assert enrolled.keys == asked.keys


def test_keys_of_a_device_that_waits_never_change_and_an_attempt_is_an_alarm(
    simulator: Simulator, registrar: ClientDevice, asked: Enrolment
) -> None:
    others = replace(asked, keys=keys_of_somebody(simulator))
    for shown in (asked, others, asked):
        tell(simulator, registrar, shown)
        (waiting,) = registrar.desk.enrolments.waiting()
        assert waiting.keys == asked.keys
    (alarm,) = registrar.desk.syncing.alarms()
    assert (alarm.kind, alarm.subject) == (AlarmKind.CHANGED_KEYS, OFFICE)
    evidence = codec.load(ChangedKeys, alarm.evidence)
    assert (evidence.known, evidence.shown) == (asked, others)


def test_a_device_declined_waits_no_more_whatever_its_keys(
    simulator: Simulator, registrar: ClientDevice, asked: Enrolment
) -> None:
    tell(simulator, registrar, asked)
    tell(simulator, registrar, replace(asked, state=EnrolmentState.DECLINED))
    assert registrar.desk.enrolments.waiting() == ()
    assert registrar.desk.syncing.alarms() == ()


@pytest.mark.parametrize(
    ("shown", "doubts"),
    [
        ({}, ()),
        ({"person": "vice-chair"}, (Doubt.NOT_INVITED,)),
        ({"office": "Phó Chủ tịch UBND tỉnh"}, (Doubt.OTHER_OFFICE,)),
        ({"office_en": "Vice Chair"}, (Doubt.OTHER_OFFICE,)),
        ({"grants": ()}, (Doubt.OTHER_RIGHTS,)),
    ],
)
def test_who_waits_is_held_against_the_registrars_own_invitation(
    simulator: Simulator,
    registrar: ClientDevice,
    asked: Enrolment,
    shown: dict[str, Any],
    doubts: tuple[Doubt, ...],
) -> None:
    grants = asked.grants
    request = InvitationRequest(person=asked.person, office=asked.office, office_en=asked.office_en, grants=grants)
    invite(registrar, request)
    registrar.reopen()
    tell(simulator, registrar, replace(asked, **shown))
    (waiting,) = registrar.desk.enrolments.waiting()
    assert waiting.doubts == doubts
    assert waiting.invited == (None if doubts == (Doubt.NOT_INVITED,) else request)


def test_a_second_invitation_leaves_the_first_one_good(
    simulator: Simulator, registrar: ClientDevice, asked: Enrolment
) -> None:
    first = InvitationRequest(person=asked.person, office=asked.office, office_en="", grants=asked.grants)
    invite(registrar, first)
    invite(registrar, replace(first, office="Quyền Chánh Thanh tra tỉnh"))
    tell(simulator, registrar, asked)
    (waiting,) = registrar.desk.enrolments.waiting()
    assert waiting.invited == first


def test_whom_somebody_else_invited_is_not_known_here(
    simulator: Simulator, registrar: ClientDevice, asked: Enrolment
) -> None:
    tell(simulator, registrar, asked)
    (waiting,) = registrar.desk.enrolments.waiting()
    assert waiting.doubts == (Doubt.NOT_INVITED,)
