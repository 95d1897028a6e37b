"""The first run, the PIN, and what happens when keys, codes or servers are not what they should be."""

from pathlib import Path

import pytest

from ecabinet.client.desk.access import Access, Stage, read_invitation
from ecabinet.client.desk.errors import (
    BadInvitation,
    BadPin,
    KeyFault,
    KeyUnusable,
    OtherCertificate,
    PinFlaw,
    RefusedByServer,
    StorageFault,
    StorageUnusable,
    Unreachable,
    WrongPin,
    WrongRecoveryCode,
)
from ecabinet.client.desk.invitations import write_invitation
from ecabinet.client.desk.pins import check_pin
from ecabinet.client.sync import Trouble
from ecabinet.core.people import Role
from ecabinet.core.protocol import Code, Reason
from ecabinet.keys.os_keystore import Fault as KeystoreFault
from ecabinet.keys.os_keystore import Keystore, KeystoreError
from tests.client.guests import Guests
from tests.client.people import CHEAP, PIN

CODE = Code(bytes(10), bytes(range(10))).text()


def code_for(guests: Guests, person: str = "chair") -> str:
    return guests.cabinet.invite("registrar", guests.cabinet.invitation(person)).code


# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"ecabinet://van-phong.binhminh.gov.vn:8443/{CODE}", ""),
        ("van-phong.binhminh.gov.vn:8443", CODE),
        ("  van-phong.binhminh.gov.vn:8443 ", CODE.lower().replace("-", " ")),
        ("https://van-phong.binhminh.gov.vn:8443", CODE),
        (f" ecabinet://van-phong.binhminh.gov.vn:8443/{CODE} \t2026-12-07T20:56+07:00\n", ""),
    ],
)
def test_an_address_and_a_code_are_read_however_they_are_written(text: str, code: str) -> None:
    read = read_invitation(text, code)
    assert (read.host, read.port, read.code.text()) == ("van-phong.binhminh.gov.vn", 8443, CODE)


def test_an_invitation_that_was_written_is_read() -> None:
    for host in ("10.0.0.1", "::1"):
        assert read_invitation(write_invitation(host, 443, CODE)).host == host


@pytest.mark.parametrize(
    "text", ["", "van-phong", "van-phong:x", f"ftp://a:1/{CODE}", "ecabinet://a:1/ABCD", "a:99999"]
)
def test_anything_else_is_no_invitation(text: str) -> None:
    with pytest.raises(BadInvitation):
        read_invitation(text)


@pytest.mark.parametrize(
    ("pin", "flaw"),
    [
        ("12345", PinFlaw.TOO_SHORT),
        ("7492137492137", PinFlaw.TOO_LONG),
        ("12345a", PinFlaw.NOT_DIGITS),
        ("１２３４５６", PinFlaw.NOT_DIGITS),
        ("111111", PinFlaw.TOO_SIMPLE),
        ("123456", PinFlaw.TOO_SIMPLE),
        ("987654", PinFlaw.TOO_SIMPLE),
    ],
)
def test_a_pin_that_will_not_do_is_told(pin: str, flaw: PinFlaw) -> None:
    with pytest.raises(BadPin) as caught:
        check_pin(pin)
    assert caught.value.flaw is flaw


# ---------------------------------------------------------------- the first run


def test_a_wrong_a_used_and_a_strangers_code_leave_nothing_behind(guests: Guests) -> None:
    access = guests.access("chair")
    code = Code.from_text(code_for(guests))
    wrong = Code(bytes(10), code.ca_key_hash).text()
    with pytest.raises(RefusedByServer) as caught:
        access.join(read_invitation(guests.address, wrong), PIN, "Máy tính bảng")
    assert caught.value.refusal.reason is Reason.WRONG_CODE
    stranger = Code(code.secret, bytes(10)).text()
    with pytest.raises(OtherCertificate):
        access.join(read_invitation(guests.address, stranger), PIN, "Máy tính bảng")
    assert access.profiles() == ()
    access.join(read_invitation(guests.address, code.text()), PIN, "Máy tính bảng")
    with pytest.raises(RefusedByServer) as caught:
        guests.access("other").join(read_invitation(guests.address, code.text()), PIN, "Máy khác")
    assert caught.value.refusal.reason is Reason.USED_CODE


def test_nobody_there_is_told_before_keys_are_made(guests: Guests) -> None:
    access = guests.access("chair")
    with pytest.raises(Unreachable):
        access.join(read_invitation("127.0.0.1:9", code_for(guests)), PIN, "Máy tính bảng")
    assert access.profiles() == ()


def test_keys_that_could_not_be_made_leave_nothing_behind(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    access, invitation = guests.access("chair"), read_invitation(guests.address, code_for(guests))

    def refuse(_keystore: Keystore, _name: str, _secret: bytes) -> None:
        raise KeystoreError(KeystoreFault.ABSENT)

    with monkeypatch.context() as patch:
        patch.setattr(Keystore, "write", refuse)
        with pytest.raises(KeyUnusable):
            access.join(invitation, PIN, "Máy tính bảng")
    assert [path for path in guests.folder.rglob("*") if path.is_file() or path.name == "keys"] == []
    assert access.join(invitation, PIN, "Máy tính bảng").profile.stage is Stage.WAITING


def test_a_first_run_goes_on_when_the_answer_was_lost(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    access = guests.access("chair")
    from ecabinet.client.remote import Remote  # noqa: PLC0415

    ask = Remote.ask_enrolment

    def ask_and_lose_the_answer(remote: Remote, request: object) -> object:
        ask(remote, request)  # type: ignore[arg-type]
        raise Unreachable(may_have_arrived=True)

    with monkeypatch.context() as patch:
        patch.setattr(Remote, "ask_enrolment", ask_and_lose_the_answer)
        joined = access.join(read_invitation(guests.address, code_for(guests)), PIN, "Máy tính bảng")
    assert joined.profile.stage is Stage.ASKING
    assert joined.recovery_code
    (profile,) = guests.access("chair").profiles()  # the program was started anew meanwhile
    assert access.ask_again(profile).stage is Stage.WAITING
    assert access.profiles()[0].office == "Chủ tịch UBND tỉnh"


def test_who_is_declined_is_told(guests: Guests) -> None:
    cabinet, access = guests.cabinet, guests.access("chair")
    joined = access.join(read_invitation(guests.address, code_for(guests)), PIN, "Máy tính bảng")
    waiting = next(row.enrolment for row in reversed(cabinet.read_all("registrar")) if row.enrolment)
    path = f"/v1/bodies/{cabinet.body}/enrolments/{waiting.enrolment}/declined"
    cabinet.caller("registrar").send("POST", path)
    assert access.ask_again(joined.profile).stage is Stage.DECLINED
    access.forget(joined.profile)
    assert access.profiles() == ()


def test_before_the_registrar_confirms_the_desk_is_empty_and_signs_nothing(guests: Guests) -> None:
    access = guests.access("chair")
    joined = access.join(read_invitation(guests.address, code_for(guests)), PIN, "Máy tính bảng")
    desk = access.unlock(joined.profile, PIN)
    desk.syncing.once()
    assert desk.syncing.status().trouble is Trouble.NOT_ADMITTED
    assert desk.keys().fault is KeyFault.WAITING
    assert desk.me().office == "Chủ tịch UBND tỉnh"
    assert desk.work.todo().ballots == ()
    desk.lock()


# ---------------------------------------------------------------- the PIN, and what is lost with it


def test_five_wrong_pins_destroy_the_signing_key_and_nothing_else(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    guests.cabinet.open_ballot(documents=())
    chair.sync()
    chair.answer(guests.cabinet.asked.ballot, "agree", "agree")
    chair.lock()
    left = []
    for _ in range(4):
        with pytest.raises(WrongPin) as caught:
            chair.access.unlock(chair.profile, "135799")
        left.append(caught.value.tries_left)
    assert left == [4, 3, 2, 1]
    with pytest.raises(KeyUnusable) as last:
        chair.access.unlock(chair.profile, "135799")
    assert last.value.fault is KeyFault.DESTROYED
    with pytest.raises(WrongPin):
        chair.access.unlock(chair.profile, "135799")
    chair.unlock()
    assert chair.desk.keys().fault is KeyFault.DESTROYED
    with pytest.raises(KeyUnusable) as unusable:
        chair.answer(guests.cabinet.asked.ballot, "disagree", "agree")
    assert unusable.value.fault is KeyFault.DESTROYED
    chair.sync()
    assert len(chair.desk.ballots.one(guests.cabinet.asked.ballot).opinions) == 1


def test_new_keys_take_the_place_of_destroyed_ones_and_enrol_anew(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    guests.cabinet.publish()
    guests.cabinet.send_meeting()
    chair.sync()
    assert len(chair.desk.papers.all()) == 2
    before = chair.profile.phrase
    chair.lock()
    renewed = chair.access.renew(chair.profile, PIN)
    assert renewed.stage is Stage.NEW_KEYS
    assert renewed.phrase != before
    rejoined = chair.access.rejoin(renewed, read_invitation(guests.address, code_for(guests)))
    assert rejoined.stage is Stage.WAITING
    guests.confirm_whoever_waits("chair")
    chair.profile = chair.access.ask_again(rejoined)
    chair.unlock()
    assert len(chair.desk.papers.all()) == 2
    chair.sync()
    assert chair.desk.keys().fault is None


def test_the_recovery_code_opens_the_vault_with_a_new_pin(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    guests.cabinet.publish()
    guests.cabinet.send_meeting()
    chair.sync()
    chair.lock()
    with pytest.raises(WrongRecoveryCode):
        chair.access.recover(chair.profile, "0000-0000", "975318")
    recovered = chair.access.recover(chair.profile, chair.recovery_code.lower(), "975318")
    assert recovered.stage is Stage.NEW_KEYS
    with pytest.raises(WrongPin):
        chair.access.unlock(recovered, PIN)
    chair.desk = chair.access.unlock(recovered, "975318")
    assert len(chair.desk.papers.all()) == 2


def test_a_new_recovery_code_opens_the_vault_and_the_former_one_no_more(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    with pytest.raises(WrongPin):
        chair.desk.own_keys.new_recovery_code("999999")
    code = chair.desk.own_keys.new_recovery_code(PIN)
    chair.lock()
    with pytest.raises(WrongRecoveryCode):
        chair.access.recover(chair.profile, chair.recovery_code, "975318")
    chair.unlock()
    assert chair.desk.keys().fault is None
    chair.lock()
    assert chair.access.recover(chair.profile, code, "975318").stage is Stage.NEW_KEYS


def test_a_keystore_that_has_forgotten_asks_for_the_recovery_code(guests: Guests, tmp_path: Path) -> None:
    chair = guests.welcome("chair", Role.MEMBER)
    chair.lock()
    elsewhere = Access(guests.folder / "chair", Keystore("ecabinet-test-empty", may_prompt=False), stretching=CHEAP)
    with pytest.raises(KeyUnusable) as caught:
        elsewhere.unlock(chair.profile, PIN)
    assert caught.value.fault is KeyFault.SECRET_LOST
    chair.unlock()


def test_a_changed_pin_opens_and_the_old_one_does_not(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER)
    chair.lock()
    chair.access.change_pin(chair.profile, PIN, "975318")
    with pytest.raises(WrongPin):
        chair.access.unlock(chair.profile, PIN)
    chair.desk = chair.access.unlock(chair.profile, "975318")


def test_a_key_that_was_revoked_signs_nothing_more(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    guests.cabinet.open_ballot(documents=())
    chair.sync()
    guests.revoke(chair)
    ballot = guests.cabinet.asked.ballot
    chair.answer(ballot, "agree", "agree")  # off-line: it can't know yet
    chair.desk.syncing.once()
    assert chair.desk.syncing.status().trouble is Trouble.NOT_ADMITTED or chair.desk.keys().fault is KeyFault.REVOKED
    assert [each.opinion for each in chair.desk.ballots.one(ballot).opinions]


def test_what_waits_is_sent_before_the_vault_closes(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER, Role.CHAIR)
    guests.cabinet.open_ballot(documents=())
    chair.sync()
    chair.answer(guests.cabinet.asked.ballot, "agree", "agree")
    chair.lock()
    assert len(guests.cabinet.record().ballot) == 2
    chair.unlock()


def test_a_vault_that_could_not_be_put_right_can_be_opened_once_it_can(guests: Guests) -> None:
    chair = guests.welcome("chair", Role.MEMBER)
    chair.lock()
    (papers,) = (guests.folder / "chair").rglob("vault/papers")
    in_the_way = papers / "in the way"
    in_the_way.mkdir()  # cleared away by nobody but a person
    for _ in range(2):
        with pytest.raises(StorageUnusable) as caught:
            chair.unlock()
        assert caught.value.fault is StorageFault.UNREADABLE
    in_the_way.rmdir()
    chair.unlock()
