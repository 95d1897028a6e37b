"""What an operator is told."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from ecabinet.server import checkup, migrations
from ecabinet.server.actions import Server
from tests.server.live import ROOT
from tests.server.local import LocalCabinet, local_server


def said(server: Server) -> dict[str, bool]:
    """In English, and whether it is wrong."""
    return {finding.en: finding.is_wrong for finding in checkup.check(server.settings)}


def wrong(server: Server) -> set[str]:
    return {finding for finding, is_wrong in said(server).items() if is_wrong}


def test_a_server_in_order(local: LocalCabinet) -> None:
    local.prepare(members=["chair"])
    found = said(local.server)
    is_sqlite = local.server.store.is_sqlite
    assert f"Ledger of {local.body}: {len(local.ledger)} entries, intact" in found
    assert any("plain files" in each for each in found)
    # The cluster of the tests does without durability, and that is what is said of it.
    assert wrong(local.server) == (
        set()
        if is_sqlite
        else {
            f"PostgreSQL: {setting} is off: a power cut would lose what was acknowledged"
            for setting in ("fsync", "full_page_writes")
        }
    )


def test_an_altered_envelope_is_found(tmp_path: Path) -> None:
    local = LocalCabinet(local_server(tmp_path / "data"))
    local.seat(members=["chair"])
    with local.server.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER envelopes_no_update"))
    assert wrong(local.server) == {"The database is not fit for use: triggers are missing or off: envelopes_no_update"}
    with local.server.store.engine.begin() as connection:
        connection.execute(text("UPDATE envelopes SET signature = statement WHERE leaf = 1"))
        connection.execute(text("DROP TRIGGER envelopes_no_delete"))
        migrations.guard_append_only(connection, "envelopes")
    assert wrong(local.server) == {f"Ledger of {local.body}: 1 of 3 entries are missing or altered"}
    local.server.store.close()


def test_what_others_can_read_is_wrong(tmp_path: Path) -> None:
    server = local_server(tmp_path / "data")
    key = tmp_path / "data" / "keys" / "server-ca.key"
    key.chmod(0o644)
    assert wrong(server) == {f"Others can read {key}. Run: chmod 600 {key}"}
    key.chmod(0o600)
    server.settings.data.chmod(0o755)
    assert wrong(server) == {f"Others can read {server.settings.data}. Run: chmod 700 {server.settings.data}"}
    server.store.close()


def test_the_command_says_so_in_both_languages(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ecabinet", "server", "check", "--data", str(tmp_path / "none")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "Chưa có thư mục dữ liệu" in done.stdout
    assert "There is no data folder" in done.stdout
    assert not (tmp_path / "none").exists()
    local_server(tmp_path / "data").store.close()
    done = subprocess.run(
        [*command[:-1], str(tmp_path / "data")], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0
