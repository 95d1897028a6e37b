"""The operating system's keystore: Secret Service, Windows Credential Manager or macOS Keychain, and nothing else.

It holds 32-byte secrets, which is what all three take without complaint; larger things lie sealed on disk under them.
Promises: no fallback to a file in plain text, whatever `keyring` is configured to do; every failure is a
`KeystoreError` with a stable reason; no call lasts longer than its limit, though the system may show a prompt.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from ecabinet.keys.seal import from_text, to_text

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection
    from keyring.backend import KeyringBackend

SECRET_SIZE = 32
"""Bytes."""

_NO_LOGON_SESSION = 1312  # Windows: ERROR_NO_SUCH_LOGON_SESSION, what a service account gets


_Result = TypeVar("_Result")


class Fault(StrEnum):
    """Why the keystore did not do what it was asked."""

    ABSENT = "absent"
    """There is none in this session, or it can't be reached."""
    LOCKED = "locked"
    """It is locked, and no prompt could be or was to be shown."""
    PROMPT_REFUSED = "prompt-refused"
    """The person dismissed the prompt."""
    TIMED_OUT = "timed-out"
    """It did not answer in time; perhaps its prompt is still on the screen."""
    NOT_FOUND = "not-found"
    """It holds no such secret."""
    DAMAGED = "damaged"
    """What it holds under that name is not a secret of ours."""
    FAILED = "failed"
    """Something else, told by the error's cause."""


class KeystoreError(Exception):
    """The keystore did not do what it was asked, for this reason."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Keystore:
    """The secrets of one installation: those whose names begin with `service`.

    `service` is `ecabinet` for a real installation and another name for any other. `limit` is how long one call may
    last, in seconds. A locked keystore asks the person to unlock it, unless `may_prompt` is false.
    """

    def __init__(self, service: str, *, limit: float = 60.0, may_prompt: bool = True) -> None:
        self._service = service
        self._limit = limit
        self._may_prompt = may_prompt

    def read(self, name: str) -> bytes:
        """The secret of this name. Raises `KeystoreError`."""
        text = self._call(lambda backend: backend.get_password(*self._place(name)))
        if text is None:
            raise KeystoreError(Fault.NOT_FOUND)
        try:
            secret = from_text(text)
        except ValueError:
            raise KeystoreError(Fault.DAMAGED) from None
        if len(secret) != SECRET_SIZE:
            raise KeystoreError(Fault.DAMAGED)
        return secret

    def write(self, name: str, secret: bytes) -> None:
        """Store a secret of 32 bytes, in place of any of this name. Raises `KeystoreError`."""
        if len(secret) != SECRET_SIZE:
            raise ValueError("a secret of another size")
        self._call(lambda backend: backend.set_password(*self._place(name), to_text(secret)))

    def delete(self, name: str) -> None:
        """Forget the secret of this name, if there is one. Raises `KeystoreError`."""

        def forget(backend: "KeyringBackend") -> None:
            if backend.get_password(*self._place(name)) is not None:
                backend.delete_password(*self._place(name))

        self._call(forget)

    def _place(self, name: str) -> tuple[str, str]:
        # One target per secret: Windows moves credentials about when two users share one.
        return f"{self._service}/{name}", name

    def _call(self, act: "Callable[[KeyringBackend], _Result]") -> "_Result":
        def work() -> _Result:
            with _faults_typed():
                return act(_backend(may_prompt=self._may_prompt))

        return _within(self._limit, work)


def _within(limit: float, work: Callable[[], _Result]) -> _Result:
    """Do the work in a thread; after the limit, in seconds, leave it there. Raises what the work raises."""
    outcome: Future[_Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            outcome.set_exception(error)

    threading.Thread(target=run, name="keystore", daemon=True).start()
    try:
        return outcome.result(limit)
    except TimeoutError:
        raise KeystoreError(Fault.TIMED_OUT) from None


def _backend(*, may_prompt: bool) -> "KeyringBackend":
    """The system's own back end, never one that a setting or an environment variable names."""
    if sys.platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring as Backend  # noqa: PLC0415 - 150 ms, when first needed
    elif sys.platform == "darwin":
        from keyring.backends.macOS import Keyring as Backend  # noqa: PLC0415
    else:
        from keyring.backends.SecretService import Keyring as Backend  # noqa: PLC0415

        _unlock_secret_service(may_prompt=may_prompt)
    if not Backend.viable:
        raise KeystoreError(Fault.ABSENT)
    return Backend()  # type: ignore[no-untyped-call]


def _unlock_secret_service(*, may_prompt: bool) -> None:
    """See to it that the default collection is there and open: `keyring` can't tell why it is not."""
    import secretstorage  # noqa: PLC0415 - not on every system

    with closing(secretstorage.dbus_init()) as connection:
        if not secretstorage.check_service_availability(connection):
            raise KeystoreError(Fault.ABSENT)
        # A service that is activated answers late; one that does not answer at all is left to the caller's limit.
        try:
            collection = secretstorage.get_collection_by_alias(connection, "default")
        except secretstorage.ItemNotFoundException:
            if not may_prompt:
                raise KeystoreError(Fault.LOCKED) from None
            secretstorage.create_collection(connection, "Default", "default")
            return
        if not collection.is_locked():
            return
        if may_prompt:
            collection.unlock()
        if collection.is_locked():
            was_asked = may_prompt and _can_prompt(connection)
            raise KeystoreError(Fault.PROMPT_REFUSED if was_asked else Fault.LOCKED)


def _can_prompt(connection: "DBusConnection") -> bool:
    """Whether a dismissed prompt was ever shown: gnome-keyring dismisses it itself when it finds no prompter."""
    from jeepney import message_bus  # noqa: PLC0415
    from jeepney.io.blocking import Proxy  # noqa: PLC0415

    bus = Proxy(message_bus, connection)
    if not bus.NameHasOwner("org.gnome.keyring")[0]:
        return True
    prompter = "org.gnome.keyring.SystemPrompter"
    return bool(bus.NameHasOwner(prompter)[0]) or prompter in bus.ListActivatableNames()[0]


@contextmanager
def _faults_typed() -> Iterator[None]:
    try:
        yield
    except KeystoreError:
        raise
    except Exception as error:  # each back end has errors of its own kind
        raise KeystoreError(_fault_of(error)) from error


def _fault_of(error: Exception) -> Fault:
    from keyring.errors import InitError, KeyringLocked, NoKeyringError  # noqa: PLC0415

    if isinstance(error, KeyringLocked):
        # macOS says so of a keychain whose prompt the person refused; elsewhere we have looked at the lock before.
        return Fault.PROMPT_REFUSED if sys.platform == "darwin" else Fault.LOCKED
    has_no_logon = getattr(error, "winerror", None) == _NO_LOGON_SESSION
    if has_no_logon or isinstance(error, NoKeyringError | InitError | OSError | ImportError):
        return Fault.ABSENT
    faults: dict[type[Exception], Fault] = {}
    if sys.platform not in {"win32", "darwin"}:
        import secretstorage  # noqa: PLC0415

        faults = {
            secretstorage.SecretServiceNotAvailableException: Fault.ABSENT,
            secretstorage.PromptDismissedException: Fault.PROMPT_REFUSED,
            secretstorage.LockedException: Fault.LOCKED,
        }
    return faults.get(type(error), Fault.FAILED)
