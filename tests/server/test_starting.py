"""What keeps a server from starting, and commands from working on its data: said in words, and nothing is changed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ecabinet.keys.durable import TakenError
from ecabinet.server import app, checkup
from ecabinet.server.actions import Server
from ecabinet.server.app import CannotServe
from ecabinet.server.holding import holding
from ecabinet.server.keys import Keys
from ecabinet.server.settings import Settings
from tests.server.local import LocalCabinet, local_server

COMMANDS: dict[str, Callable[[Settings], object]] = {
    "founding-code": app.print_founding_code,
    "log-keys": app.print_log_keys,
    "restored": lambda settings: app.prepare_epochs(settings, None),
}


def why(settings: Settings) -> str:
    """Why it does not serve."""
    with pytest.raises(CannotServe) as refused, app._telling(settings):
        app._serve(settings)
    return str(refused.value)


def wrong(settings: Settings) -> list[str]:
    return [finding.en for finding in checkup.check(settings) if finding.is_wrong]


def everything(folder: Path) -> dict[Path, bytes | None]:
    """Beside what only those hold who are at work, and the database's own files."""
    found = (path for path in folder.rglob("*") if path.name != "lock" and not path.name.startswith("ecabinet.db"))
    return {path: path.read_bytes() if path.is_file() else None for path in found}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a server that a body was founded on, on a free port."""
    local = LocalCabinet(local_server(tmp_path / "data"))
    local.found()
    local.server.store.close()
    return Settings(data=tmp_path / "data", port=0)


@pytest.mark.parametrize("gone", [".", "server-ca.key", "bodies", "bodies/H49.1/ca.key", "bodies/H49.1/log-1.key"])
def test_a_restore_without_its_keys_gets_no_others(settings: Settings, gone: str) -> None:
    path = settings.data / "keys" / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = everything(settings.data)
    assert any(str(path) in each and "missing" in each for each in wrong(settings))
    for told in (why(settings), *(refusal(COMMANDS[each], settings) for each in COMMANDS)):
        assert str(path) in told
        assert "Restore the folder keys of the same backup too" in told
    assert everything(settings.data) == before


def refusal(command: Callable[[Settings], object], settings: Settings) -> str:
    with pytest.raises(CannotServe) as refused:
        command(settings)
    return str(refused.value)


def test_keys_of_another_server_are_told(settings: Settings, tmp_path: Path) -> None:
    other = LocalCabinet(local_server(tmp_path / "other"))
    other.server.store.close()
    shutil.rmtree(settings.data / "keys")
    (tmp_path / "other" / "keys").rename(settings.data / "keys")
    own = settings.data / "keys" / "bodies" / "H49.1"
    assert wrong(settings) == [
        f"H49.1: {own / name} is not the one that its ledger names. Restore the folder keys of the same backup"
        for name in ("ca.pem", "log-1.key")
    ]


@pytest.mark.parametrize("given", ["", "mot-mat-khau-ngau-nhien-khac", "ngan"])
def test_keys_that_do_not_open_are_told(settings: Settings, tmp_path: Path, given: str) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("mot-mat-khau-ngau-nhien-dai\n", "ascii")
    Keys(settings.data / "keys", passphrase.read_bytes().strip())
    right = settings.model_copy(update={"key_passphrase_file": passphrase})
    assert wrong(right) == []
    file = tmp_path / "other"
    file.write_text(given, "ascii")
    told = wrong(settings.model_copy(update={"key_passphrase_file": file if given else None}))
    if given == "ngan":
        assert [each for each in told if "passphrase file" in each]
    else:
        names = ("server-ca.key", "ca.key", "log-1.key")
        assert all(any(f"{name} does not open" in each for each in told) for name in names)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_a_server_stays_so(tmp_path: Path, command: str) -> None:
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.mkdir()
    assert f"There is no data folder {missing}" in refusal(COMMANDS[command], Settings(data=missing))
    assert f"There is no server in {empty}" in refusal(COMMANDS[command], Settings(data=empty))
    assert list(tmp_path.rglob("*")) == [empty]


def test_one_serves_and_nothing_is_restored_meanwhile(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(settings, alone=False):
        assert f"A server is running on these data ({settings.data}). Stop it first" in why(settings)
        assert "Stop it first" in refusal(COMMANDS["restored"], settings)
        assert not wrong(settings)
        app.print_log_keys(settings)
        app.print_founding_code(settings)
    capsys.readouterr()
    assert app.prepare_epochs(settings, None)
    assert capsys.readouterr().out == "H49.1 2\n"


def test_several_may_serve_on_postgresql(server: Server) -> None:
    with holding(server.settings, alone=False):
        if not server.store.is_sqlite:
            with holding(server.settings, alone=False):
                pass
        with pytest.raises(TakenError), holding(server.settings, alone=True):
            pass
    with holding(server.settings, alone=True), pytest.raises(TakenError), holding(server.settings, alone=False):
        pass


@pytest.mark.parametrize("name", ["server-ca.key", "server-ca.pem", "tls.pem"])
def test_a_damaged_file_is_named(settings: Settings, name: str) -> None:
    (settings.data / "keys" / "tls.key").write_bytes((settings.data / "keys" / "server-ca.key").read_bytes())
    path = settings.data / "keys" / name
    path.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n")
    path.chmod(0o600)
    assert str(path) in why(settings)
    assert [each for each in wrong(settings) if f"The file {path} is damaged" in each]


@pytest.mark.parametrize("option", ["key_passphrase_file", "witness_ca", "time_authority_ca"])
def test_a_file_that_is_not_there_is_named(settings: Settings, option: str) -> None:
    missing = settings.data / "missing.pem"
    given = {"time_authority": "https://tsa.example/tsr"} if option == "time_authority_ca" else {}
    told = why(settings.model_copy(update={option: missing, **given}))
    assert str(missing) in told
    assert "No such file" in told


def test_other_options_that_mean_nothing_are_said_so(settings: Settings) -> None:
    assert "s3://bucket" in why(settings.model_copy(update={"blobs": "s3://"}))
    damaged = settings.data / "ca.pem"
    damaged.write_text("no certificate")
    assert str(damaged) in why(settings.model_copy(update={"witness_ca": damaged}))
