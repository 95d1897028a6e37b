"""What a person is told of his own devices."""

from datetime import timedelta

import pytest

from ecabinet.client.desk.errors import BadPin
from ecabinet.client.desk.own_keys import EXPIRES_SOON
from tests.client.conftest import MakeDevice
from tests.client.devices import PIN
from tests.simulator import Simulator


def test_this_device_comes_first_and_what_ends_soon_is_told(simulator: Simulator, device: MakeDevice) -> None:
    device("second")
    mine = device("first")
    mine.round()
    this, other = mine.desk.own_keys.devices()
    assert (this.is_this_one, other.is_this_one) == (True, False)
    assert this.phrase != other.phrase
    assert not this.is_expiring
    simulator.now = this.not_after - EXPIRES_SOON + timedelta(minutes=1)
    assert all(each.is_expiring for each in mine.desk.own_keys.devices())


def test_a_plain_pin_is_no_pin(simulator: Simulator, device: MakeDevice) -> None:
    mine = device("first")
    with pytest.raises(BadPin):
        mine.desk.own_keys.change_pin(PIN, "123456")
