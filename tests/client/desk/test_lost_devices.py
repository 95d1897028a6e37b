"""A lost device is reported from another, stands on the registrar's list, and is revoked; so are former keys."""

import pytest

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.sync import Trouble
from ecabinet.core.people import Role
from ecabinet.core.register import RevocationReason
from tests.client.people import PIN, Somebody, Town

pytestmark = pytest.mark.long


def asked(registrar: Somebody) -> list[tuple[str, RevocationReason]]:
    """What the registrar is to see to: whose devices, and why."""
    registrar.sync()
    devices = [(line.person, each) for line in registrar.desk.work.todo().lost for each in line.reported]
    return [(person, each.reported.reason) for person, each in devices if each.reported is not None]


def revoke_what_was_asked(registrar: Somebody) -> None:
    for line in registrar.desk.work.todo().lost:
        for each in line.reported:
            assert each.reported is not None
            registrar.desk.enrolments.revoke(line.person, each.certificate_digest, each.reported.reason, PIN)
    registrar.sync()


def test_a_lost_device_is_on_the_registrars_list_until_it_is_revoked(town: Town) -> None:
    registrar, lost = town.people["registrar"], town.enrol("finance", Role.MEMBER)
    tablet = town.enrol("finance", Role.MEMBER, machine="tablet")
    this, other = tablet.desk.own_keys.devices()
    assert (other.is_this_one, other.is_former, other.reported_at) == (False, False, None)
    with pytest.raises(NotHere):
        tablet.desk.own_keys.report(this.certificate, RevocationReason.DEVICE_LOST)
    assert asked(registrar) == []
    tablet.desk.own_keys.report(other.certificate, RevocationReason.DEVICE_LOST)
    assert tablet.desk.own_keys.devices()[1].reported_at is not None
    assert asked(registrar) == [("finance", RevocationReason.DEVICE_LOST)]
    assert registrar.desk.work.counts().todo == 1
    revoke_what_was_asked(registrar)
    assert asked(registrar) == []
    tablet.sync()
    assert [each.is_this_one for each in tablet.desk.own_keys.devices()] == [True]
    lost.desk.syncing.once()
    assert lost.desk.syncing.status().trouble is Trouble.NOT_ADMITTED


def test_former_keys_are_told_apart_from_other_devices_and_retired(town: Town) -> None:
    registrar, finance = town.people["registrar"], town.enrol("finance", Role.MEMBER)
    town.enrol("finance", Role.MEMBER, machine="tablet")
    finance.lock()
    renewed = finance.access.renew(finance.profile, PIN)
    finance.profile = finance.access.rejoin(renewed, town.invite("finance"))
    registrar.sync()
    registrar.desk.enrolments.confirm(registrar.desk.enrolments.waiting(), PIN)
    registrar.sync()
    finance.profile = finance.access.ask_again(finance.profile)
    finance.unlock()
    finance.sync()
    this, tablet, former = finance.desk.own_keys.devices()
    assert (this.is_this_one, this.is_former) == (True, False)
    assert (tablet.is_this_one, tablet.is_former) == (False, False)
    assert (former.is_this_one, former.is_former) == (False, True)
    finance.desk.own_keys.report(former.certificate, RevocationReason.SUPERSEDED)
    assert asked(registrar) == [("finance", RevocationReason.SUPERSEDED)]
    revoke_what_was_asked(registrar)
    finance.sync()
    assert [each.phrase for each in finance.desk.own_keys.devices()] == [this.phrase, tablet.phrase]
    assert finance.desk.keys().fault is None
