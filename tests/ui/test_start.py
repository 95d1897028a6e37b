"""What a person waits for when the program starts, and what it must not wait for."""

from importlib.util import find_spec

import pytest

from tests.bench.first_key import PAINTED, USABLE
from tests.bench.start import Start, start

BEHIND_THE_PIN = {
    "asyncio",
    "ecabinet.client.desk.desk",
    "ecabinet.client.pages",
    "ecabinet.client.sync",
    "ecabinet.client.ui.sitting",
    "ecabinet.client.vault.store",
    "fitz",
    "keyring",
    "multiprocessing",
    "pymupdf",
    "secretstorage",
    "sqlalchemy",
    "sqlcipher3",
    "typst",
}
BEHIND_THE_FIRST_PAINT = BEHIND_THE_PIN | {
    "cryptography",
    "ecabinet.client.desk",
    "ecabinet.client.remote",
    "ecabinet.client.ui.entrance",
    "ecabinet.core.envelope",
    "ecabinet.keys",
    "http",
    "ssl",
    "urllib3",
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Start:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        return start("client", "--data", str(tmp_path_factory.mktemp("data")))


def test_the_window_is_painted_before_anything_that_it_does_not_show_is_imported(started: Start) -> None:
    assert "ecabinet.client.ui.window" in started.modules[PAINTED]
    assert not started.modules[PAINTED] & BEHIND_THE_FIRST_PAINT


def test_a_key_is_answered_before_vault_sync_and_page_process_are_imported(started: Start) -> None:
    assert "ecabinet.client.ui.entrance" in started.modules[USABLE]
    assert not started.modules[USABLE] & BEHIND_THE_PIN


@pytest.mark.parametrize("module", sorted(BEHIND_THE_FIRST_PAINT))
def test_what_is_kept_back_is_called_so(module: str) -> None:
    assert find_spec(module) is not None
