"""The system's keystore: a real Secret Service, there, absent, locked, refusing, silent."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import keyring.backends.SecretService
import pytest
import secretstorage

from ecabinet.keys.os_keystore import Fault, Keystore, KeystoreError
from ecabinet.keys.secret_service import private_secret_service
from tests.keys.prompter import prompter

SECRET = bytes(range(32))


def fault_of(keystore: Keystore) -> Fault | None:
    try:
        keystore.read("key")
    except KeystoreError as error:
        return error.reason
    return None


@pytest.fixture
def keystore(keyring_session: dict[str, str]) -> Iterator[Keystore]:
    keystore = Keystore("ecabinet-test")
    yield keystore
    keystore.delete("key")


@pytest.fixture
def locked(keyring_available: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keystore]:
    """A keystore of its own, locked."""
    with private_secret_service(tmp_path, "mật khẩu") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        keystore = Keystore("ecabinet-test")
        keystore.write("key", SECRET)
        with closing(secretstorage.dbus_init()) as connection:
            secretstorage.get_default_collection(connection).lock()
        yield keystore


def test_keeps_a_secret(keystore: Keystore) -> None:
    assert fault_of(keystore) is Fault.NOT_FOUND
    keystore.write("key", SECRET)
    assert keystore.read("key") == SECRET
    keystore.write("key", SECRET[::-1])
    assert keystore.read("key") == SECRET[::-1]
    keystore.delete("key")
    assert fault_of(keystore) is Fault.NOT_FOUND
    keystore.delete("key")


def test_keeps_installations_apart(keystore: Keystore) -> None:
    keystore.write("key", SECRET)
    assert fault_of(Keystore("ecabinet-demo-1")) is Fault.NOT_FOUND


def test_takes_secrets_of_one_size(keystore: Keystore) -> None:
    with pytest.raises(ValueError, match="size"):
        keystore.write("key", bytes(31))


@pytest.mark.parametrize("text", ["not base64!", "c2hvcnQ="])
def test_tells_a_secret_that_is_none(keystore: Keystore, text: str) -> None:
    keyring.backends.SecretService.Keyring().set_password("ecabinet-test/key", "key", text)  # type: ignore[no-untyped-call]
    assert fault_of(keystore) is Fault.DAMAGED


def test_takes_no_other_back_end(keystore: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    keystore.write("key", SECRET)
    assert keystore.read("key") == SECRET


def test_says_absent_without_a_session_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert fault_of(Keystore("ecabinet-test")) is Fault.ABSENT
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nothing")
    assert fault_of(Keystore("ecabinet-test")) is Fault.ABSENT


def test_says_locked_where_nothing_can_prompt(locked: Keystore) -> None:
    assert fault_of(locked) is Fault.LOCKED
    with pytest.raises(KeystoreError, match=Fault.LOCKED):
        locked.write("key", SECRET)


def test_says_locked_without_prompting_when_it_may_not(locked: Keystore) -> None:
    with prompter(answers=True) as asked:
        assert fault_of(Keystore("ecabinet-test", may_prompt=False)) is Fault.LOCKED
        assert not asked.is_set()


def test_says_when_the_prompt_is_refused(locked: Keystore) -> None:
    with prompter(answers=True) as asked:
        assert fault_of(locked) is Fault.PROMPT_REFUSED
        assert asked.is_set()


def test_waits_no_longer_than_its_limit(locked: Keystore) -> None:
    with prompter(answers=False) as asked:
        assert fault_of(Keystore("ecabinet-test", limit=0.3)) is Fault.TIMED_OUT
        assert asked.wait(10)


def test_opens_again_with_another_session(locked: Keystore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is locked is not lost."""
    assert fault_of(locked) is Fault.LOCKED
    copy = tmp_path.with_name(f"{tmp_path.name}-copy")
    (copy / "keyrings").mkdir(parents=True)
    for file in (tmp_path / "keyrings").iterdir():
        (copy / "keyrings" / file.name).write_bytes(file.read_bytes())
    with private_secret_service(copy, "mật khẩu") as environment:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])
        assert Keystore("ecabinet-test").read("key") == SECRET
