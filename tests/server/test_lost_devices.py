"""What a person reports of a device of his waits for the registrar; nobody else can report it, or hears of it."""

from dataclasses import replace

import pytest

from ecabinet.core.certificates import describe
from ecabinet.core.losses import LostDevice, LostDevices, loss_message
from ecabinet.core.notes.sharing import device_of
from ecabinet.core.people import Role
from ecabinet.core.protocol import Path, Reason, Refused
from ecabinet.core.register import RevocationReason
from tests.devices import Device
from tests.server.live import LiveCabinet


def report(
    cabinet: LiveCabinet, of: Device, by: Device, reason: RevocationReason = RevocationReason.DEVICE_LOST
) -> LostDevice:
    digest = describe(of.certificate).digest.hex()
    name = device_of(by.keys().sealing_key)
    lost = LostDevice(certificate=digest, reason=reason, at=cabinet.now, by=name, signature=b"")
    return replace(lost, signature=by.device_key.sign(loss_message(cabinet.body, lost)))


def say(cabinet: LiveCabinet, person: str, lost: LostDevice) -> None:
    cabinet.caller(person).send("POST", cabinet.path(Path.LOST_DEVICES), lost)


def heard(cabinet: LiveCabinet, person: str) -> tuple[LostDevice, ...]:
    return cabinet.caller(person).ask(LostDevices, "GET", cabinet.path(Path.LOST_DEVICES)).devices


@pytest.fixture
def two(cabinet: LiveCabinet) -> tuple[Device, Device]:
    """Devices of the finance department's director; he signs in with the second."""
    cabinet.seat(members=["chair", "finance"])
    first = cabinet.devices["finance"]
    cabinet.enrol("finance", Role.MEMBER, device=cabinet.device("finance", "finance's other"))
    cabinet.callers.pop("finance", None)
    return first, cabinet.devices["finance"]


def test_a_report_waits_until_the_registrar_has_revoked(cabinet: LiveCabinet, two: tuple[Device, Device]) -> None:
    first, second = two
    assert heard(cabinet, "registrar") == ()
    said = report(cabinet, first, second)
    for _ in range(2):
        say(cabinet, "finance", said)
    assert heard(cabinet, "registrar") == (said,)
    again = report(cabinet, first, second, RevocationReason.SUPERSEDED)
    say(cabinet, "finance", again)
    assert heard(cabinet, "registrar") == (again,)
    cabinet.devices["finance"] = first
    cabinet.revoke("finance")
    assert heard(cabinet, "registrar") == ()


def test_nobody_else_reports_it_or_hears_of_it(cabinet: LiveCabinet, two: tuple[Device, Device]) -> None:
    first, second = two
    chair = cabinet.devices["chair"]
    for person, wrong in (
        ("chair", report(cabinet, first, second)),
        ("chair", report(cabinet, first, chair)),
        ("finance", report(cabinet, chair, second)),
        ("finance", report(cabinet, second, second)),
        ("finance", replace(report(cabinet, first, second), signature=bytes(64))),
        ("finance", replace(report(cabinet, first, second), certificate="0" * 64)),
        ("finance", replace(report(cabinet, first, second), reason=RevocationReason.SUPERSEDED)),
    ):
        with pytest.raises(Refused) as refused:
            say(cabinet, person, wrong)
        assert refused.value.refusal.reason is Reason.BAD_SIGNATURE
    assert heard(cabinet, "registrar") == ()
    with pytest.raises(Refused) as refused:
        heard(cabinet, "finance")
    assert refused.value.refusal.reason is Reason.NO_RIGHT
