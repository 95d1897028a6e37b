"""Signing with a token, from the first run to an opinion: a real server, a real keyring, SoftHSM2."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ecabinet.client.desk.access import Founder, read_invitation
from ecabinet.client.desk.errors import PinState, TokenFault, TokenUnusable, WrongUnlockPin
from ecabinet.client.desk.tokens import TokenChoice
from ecabinet.client.ui.explanations import explain
from ecabinet.core import cades
from ecabinet.core.ballots import BallotState
from ecabinet.core.certificates import describe
from ecabinet.core.people import Role
from ecabinet.keys.certificates import SigningKey, generate_key
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.token import TokenAddress
from ecabinet.keys.tokens import Tokens
from tests.client.guests import Guests
from tests.client.people import PIN, Somebody, Town
from tests.core import signing_parties as parties
from tests.sample import BODY_NAME
from tests.server.live import Process
from tests.services.tokens import TOKEN_PIN, SoftToken

WRONG = "000000"

KEYS: dict[str, Callable[[], SigningKey]] = {
    "P-256": generate_key,
    "RSA-2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA-3072": lambda: rsa.generate_private_key(65537, 3072),
}


def enrol_with_token(guests: Guests, person: str, address: TokenAddress) -> Somebody:
    code = guests.cabinet.invite("registrar", guests.cabinet.invitation(person)).code
    choice = TokenChoice(address=str(address), pin=TOKEN_PIN)
    joined = guests.access(person).join(read_invitation(guests.address, code), PIN, "Máy tính bảng", choice)
    guests.confirm_whoever_waits(person)
    return guests.take_seat(person, joined)


def fault_of(act: Callable[[], object]) -> tuple[TokenFault, PinState | None]:
    with pytest.raises(TokenUnusable) as caught:
        act()
    told = explain(caught.value)
    assert told is not None
    assert told.happened
    assert told.to_do
    return caught.value.fault, caught.value.pin


@pytest.mark.parametrize("kind", KEYS)
def test_a_member_answers_with_the_key_on_a_token(kind: str, guests: Guests, soft_token: SoftToken) -> None:
    chair = enrol_with_token(guests, "chair", soft_token.put_key(KEYS[kind](), "01"))
    guests.cabinet.open_ballot(documents=())
    chair.sync()
    ballot = guests.cabinet.asked.ballot
    read_back = chair.choose(ballot, "agree", "agree")
    # The PIN that opens the program is not the one that signs, and is told from it.
    assert fault_of(lambda: chair.desk.ballots.sign_and_queue([read_back], PIN)) == (TokenFault.WRONG_PIN, PinState.LOW)
    chair.desk.ballots.sign_and_queue([read_back], TOKEN_PIN)
    chair.sync()
    assert chair.desk.ballots.one(ballot).line.state is BallotState.OPEN
    assert len(guests.cabinet.record().ballot) == 2
    assert chair.desk.keys().fault is None


def test_a_token_that_is_pulled_out_leaves_nothing_half_done(guests: Guests, soft_token: SoftToken) -> None:
    chair = enrol_with_token(guests, "chair", soft_token.put_key(generate_key(), "01"))
    guests.cabinet.open_ballot(documents=())
    chair.sync()
    read_back = chair.choose(guests.cabinet.asked.ballot, "agree", "agree")
    soft_token.pull_out()
    assert fault_of(lambda: chair.desk.ballots.sign_and_queue([read_back], TOKEN_PIN))[0] is TokenFault.TOKEN_MISSING
    assert chair.desk.syncing.status().waiting_to_send == 0
    assert chair.desk.ballots.one(guests.cabinet.asked.ballot).opinions == ()
    # The vault opens without it.
    with pytest.raises(WrongUnlockPin):
        chair.access.unlock(chair.profile, WRONG)
    chair.lock()
    chair.desk = chair.access.unlock(chair.profile, PIN)


def test_two_wrong_pins_of_a_token_stop_the_third(guests: Guests, soft_token: SoftToken) -> None:
    address = soft_token.put_key(generate_key(), "01")
    chair = enrol_with_token(guests, "chair", address)
    guests.cabinet.open_ballot(documents=())
    chair.sync()
    read_back = chair.choose(guests.cabinet.asked.ballot, "agree", "agree")
    for _ in range(2):
        assert fault_of(lambda: chair.desk.ballots.sign_and_queue([read_back], WRONG))[0] is TokenFault.WRONG_PIN
    assert fault_of(lambda: chair.desk.ballots.sign_and_queue([read_back], TOKEN_PIN))[0] is TokenFault.PAUSED
    # What `ecabinet key test --last-try` does, in the same folder.
    Tokens(guests.folder / "chair").open(address, TOKEN_PIN, knowingly=True)
    chair.desk.ballots.sign_and_queue([read_back], TOKEN_PIN)
    chair.sync()
    assert len(guests.cabinet.record().ballot) == 2


def test_a_key_that_another_authority_certified_is_certified_by_the_body(
    guests: Guests, soft_token: SoftToken, tmp_path: Path
) -> None:
    address = soft_token.put_key(parties.member_key(), "01")
    Tokens(tmp_path / "elsewhere").keep_certificate(address, TOKEN_PIN, parties.outsider().chain[0], label="CA khác")
    (seen,) = guests.access("chair").tokens().tokens
    assert [(each.address, each.certified) for each in seen.keys] == [(str(address), parties.TITLE)]
    chair = enrol_with_token(guests, "chair", address)
    digest = chair.desk.keys().certificate_digest
    assert digest != describe(parties.outsider().chain[0]).digest.hex()
    assert chair.desk.keys().fault is None
    # What is on the token stays as it was.
    assert Tokens(tmp_path / "elsewhere").find(address).certificates == (parties.outsider().chain[0],)


@pytest.fixture
def nobody_yet(tmp_path: Path, keystore: Keystore, shared_server: Process) -> Iterator[Town]:
    """A server without the body."""
    town = Town(tmp_path / "machines", keystore, shared_server.url.removeprefix("https://"))
    yield town
    town.lock_all()


def test_a_registrar_founds_and_confirms_with_a_token(
    nobody_yet: Town, founding_code: str, body: str, soft_token: SoftToken
) -> None:
    town = nobody_yet
    choice = TokenChoice(address=str(soft_token.put_key(rsa.generate_private_key(65537, 3072), "01")), pin=TOKEN_PIN)
    founder = Founder(body=body, name=BODY_NAME, name_en="", registrar="registrar", office="Chánh Văn phòng")
    access = town.access("registrar")
    # A wrong PIN of the token leaves nothing behind.
    wrong = TokenChoice(address=choice.address, pin=WRONG)
    invitation = read_invitation(town.address, founding_code)
    assert fault_of(lambda: access.found(invitation, PIN, "Máy", founder, wrong))[0] is TokenFault.WRONG_PIN
    assert access.profiles() == ()
    registrar = town._seat("registrar", access, access.found(invitation, PIN, "Máy", founder, choice))
    waiting = town.ask_to_join("finance")
    registrar.sync()
    registrar.desk.enrolments.confirm(registrar.desk.enrolments.waiting(), TOKEN_PIN)
    registrar.sync()
    assert town.take_seat("finance", waiting).desk.me().roles == {Role.MEMBER}


def test_a_broken_token_is_replaced_by_a_key_of_the_machine(guests: Guests, soft_token: SoftToken) -> None:
    chair = enrol_with_token(guests, "chair", soft_token.put_key(generate_key(), "01"))
    chair.lock()
    profile = chair.access.renew(chair.profile, PIN)
    code = guests.cabinet.invite("registrar", guests.cabinet.invitation("chair")).code
    chair.access.rejoin(profile, read_invitation(guests.address, code))
    guests.confirm_whoever_waits("chair")
    chair.profile = chair.access.ask_again(profile)
    chair.desk = chair.access.unlock(chair.profile, PIN)
    chair.sync()
    soft_token.pull_out()
    assert cades.verify(b"a", cades.sign(b"a", chair.desk.unlocked.signer(PIN), parties.NOW)).certificates
