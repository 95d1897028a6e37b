"""Who may give a device the key that the person's notes are sealed with: another device of the same person's."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ecabinet.core.notes import WrappedKey, wrapping_message
from ecabinet.core.notes.sharing import device_of
from tests.client.conftest import MakeDevice
from tests.client.sync.test_rounds import note_on
from tests.simulator import Simulator

LATER = "ffffffff-ffff-7fff-bfff-ffffffffffff"
"""A key that would be the latest of all."""


def unsigned(_: bytes) -> bytes:
    return bytes(64)


@pytest.mark.parametrize(
    "sign", [unsigned, Ed25519PrivateKey.generate().sign], ids=["unsigned", "signed by a stranger"]
)
@pytest.mark.parametrize("by_own", [True, False])
def test_a_key_that_none_of_the_persons_devices_handed_over_seals_nothing(
    simulator: Simulator, device: MakeDevice, sign: Callable[[bytes], bytes], *, by_own: bool
) -> None:
    mine = device()
    simulator.send_meeting()
    mine.round()
    note_on(mine, "trước")
    mine.round()
    public = mine.keys.sealing_public_key  # as anybody reads it in the register
    wrapped = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(
        os.urandom(32),
        X25519PublicKey.from_public_bytes(public),
        f"ecabinet person key v1 {simulator.body} {LATER}".encode(),
    )
    by = device_of(public) if by_own else hashlib.sha256(b"a device nobody knows").hexdigest()
    key = WrappedKey(key=LATER, device=device_of(public), by=by, wrapped=wrapped, signature=b"")
    simulator.slip_in(mine.person, replace(key, signature=sign(wrapping_message(simulator.body, key))))
    mine.round()
    note_on(mine, "sau")
    mine.round()
    edits = simulator.edits[mine.person].values()
    assert len(edits) == 2
    assert LATER not in {each.key for each in edits}


def test_a_second_device_reads_what_the_first_handed_over(simulator: Simulator, device: MakeDevice) -> None:
    first = device()
    simulator.send_meeting()
    first.round()
    note_on(first, "của máy thứ nhất")
    first.round()
    second = device("second")
    first.round()
    second.round()
    assert [view.latest.text for view in second.desk.notes.all()] == ["của máy thứ nhất"]
