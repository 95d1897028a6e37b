"""A fixture: a real Secret Service on a private D-Bus session, one for the test run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecabinet.keys.secret_service import missing_packages, private_secret_service


@pytest.fixture(scope="session")
def keyring_available() -> None:
    """Skips, or fails where everything has to be checked, when the programs of a Secret Service are not here."""
    from tests.services.missing import service_missing  # noqa: PLC0415 - pytest registers it after this module

    if packages := missing_packages():
        service_missing("a Secret Service", package=" ".join(packages))


@pytest.fixture(scope="session")
def keyring_session(keyring_available: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment variables that lead to it, set in this process too."""
    folder: Path = tmp_path_factory.mktemp("keyring")
    with private_secret_service(folder, "mật khẩu thử") as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment
