"""What happens to a test whose real service is not on this machine."""

import os
from typing import NoReturn

import pytest


def service_missing(service: str, *, package: str) -> NoReturn:
    """Skip on a developer's machine, fail where everything has to be checked (`CI=true`)."""
    message = f"{service} is not on this machine: install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
