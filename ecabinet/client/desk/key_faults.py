"""What keys, keystore and tokens may do, in errors of the desk."""

from collections.abc import Iterator
from contextlib import contextmanager

from ecabinet.client.desk.errors import (
    BadPin,
    KeyFault,
    KeyUnusable,
    PinFlaw,
    TokenUnusable,
    WrongPin,
    WrongRecoveryCode,
    WrongUnlockPin,
)
from ecabinet.keys import device_file, os_keystore
from ecabinet.keys.device_file import DeviceKeysError
from ecabinet.keys.os_keystore import KeystoreError
from ecabinet.keys.token import TokenError

_KEYSTORE_FAULTS = {
    os_keystore.Fault.ABSENT: KeyFault.KEYSTORE_ABSENT,
    os_keystore.Fault.LOCKED: KeyFault.KEYSTORE_LOCKED,
    os_keystore.Fault.PROMPT_REFUSED: KeyFault.PROMPT_REFUSED,
    os_keystore.Fault.TIMED_OUT: KeyFault.KEYSTORE_SLOW,
    os_keystore.Fault.NOT_FOUND: KeyFault.SECRET_LOST,
    os_keystore.Fault.DAMAGED: KeyFault.SECRET_LOST,
    os_keystore.Fault.FAILED: KeyFault.KEYSTORE_FAILED,
}
_DEVICE_FAULTS = {
    device_file.Fault.OTHER_KEYSTORE: KeyFault.SECRET_LOST,
    device_file.Fault.WAITING: KeyFault.WAITING,
}


@contextmanager
def keys_told() -> Iterator[None]:
    """Turns what keys, keystore and tokens may do into errors of the desk."""
    try:
        yield
    except TokenError as error:
        raise TokenUnusable(error.reason, error.pin) from error
    except KeystoreError as error:
        raise KeyUnusable(_KEYSTORE_FAULTS[error.reason]) from error
    except DeviceKeysError as error:
        match error.reason:
            case device_file.Fault.WRONG_PIN if error.tries_left is None:
                raise WrongUnlockPin from error
            case device_file.Fault.WRONG_PIN:
                raise WrongPin(error.tries_left or 0) from error
            case device_file.Fault.PIN_LOCKED:
                raise KeyUnusable(KeyFault.DESTROYED) from error
            case device_file.Fault.PIN_TOO_SHORT:
                raise BadPin(PinFlaw.TOO_SHORT) from error
            case device_file.Fault.WRONG_CODE:
                raise WrongRecoveryCode from error
            case reason:
                raise KeyUnusable(_DEVICE_FAULTS.get(reason, KeyFault.DAMAGED)) from error
