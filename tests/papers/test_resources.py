import pytest

from ecabinet import resources


def test_what_is_shipped_is_found() -> None:
    assert resources.path("fonts", "Tinos-Regular.ttf").read_bytes()[:4] == b"\x00\x01\x00\x00"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="resources/fonts/Comic\\.ttf is missing"):
        resources.path("fonts", "Comic.ttf")
