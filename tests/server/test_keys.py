"""The server's TLS certificate is kept while it is good, and made anew by itself when it is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecabinet.server.keys import Keys

MADE_AT = datetime.now(UTC)


def certificate(folder: Path, names: set[str], at: datetime) -> bytes:
    return Keys(folder).tls(names, at)[0].read_bytes()


@pytest.mark.parametrize(
    ("names", "later", "is_kept"),
    [
        ({"localhost"}, timedelta(days=500), True),
        ({"localhost"}, timedelta(days=600), False),
        ({"localhost", "ecabinet.example"}, timedelta(0), False),
        ({"localhost"}, timedelta(days=-30), False),
    ],
    ids=["while it is good", "half a year before its end", "for another name", "from a clock that was ahead"],
)
def test_a_certificate_is_made_anew(tmp_path: Path, names: set[str], later: timedelta, *, is_kept: bool) -> None:
    made = certificate(tmp_path, {"localhost"}, MADE_AT)
    assert (certificate(tmp_path, names, MADE_AT + later) == made) is is_kept
