"""A fixture: a real Secret Service on a private D-Bus session, one for the test run."""

import os
from collections.abc import Iterator

import pytest

from ecabinet.keys.secret_service import Fault, SecretServiceError, private_secret_service


@pytest.fixture(scope="session")
def keyring_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment variables that lead to it, set in this process too."""
    try:
        with (
            private_secret_service(tmp_path_factory.mktemp("keyring"), "mật khẩu thử") as environment,
            pytest.MonkeyPatch.context() as patch,
        ):
            for name, value in environment.items():
                patch.setenv(name, value)
            yield environment
    except SecretServiceError as error:
        if error.reason is not Fault.PROGRAM_MISSING or os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Secret Service here: install {' '.join(error.packages)}")
