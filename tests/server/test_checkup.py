"""What an operator is told."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text, update

from ecabinet.core.checkpoint import unverified
from ecabinet.core.cosignature import cosign, witness_key
from ecabinet.server import checkup, migrations, schema
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
    seen = len(local.ledger) - 1  # by the last statement
    ledger = f"Ledger of {local.body}: {len(local.ledger)} entries, intact; the first {seen} as the log, a witness or a"
    assert any(each.startswith(ledger) for each in found)
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


def alter(server: Server, leaf: int, **values: Any) -> None:
    """As somebody does it who takes the triggers away and puts them back."""
    with server.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER entries_no_update"))
        connection.execute(text("DROP TRIGGER entries_no_delete"))
        connection.execute(update(schema.Entry).where(schema.Entry.leaf == leaf).values(**values))
        migrations.guard_append_only(connection, "entries")


@pytest.mark.parametrize("values", [{"accepted_at": datetime(2026, 1, 2, tzinfo=UTC)}, {"tag": bytes([1] * 32)}])
def test_an_altered_entry_is_found_by_what_the_log_signed(tmp_path: Path, values: dict[str, Any]) -> None:
    local = LocalCabinet(local_server(tmp_path / "data"))
    local.prepare(members=["chair"])
    assert not wrong(local.server)
    alter(local.server, 3, **values)
    (told,) = wrong(local.server)
    assert told.startswith(
        f"Ledger of {local.body}: its entries are not the {len(local.ledger) - 1} that the log, a witness or a device"
    )
    local.server.store.close()


def test_the_last_entry_is_held_against_what_a_witness_signed(tmp_path: Path) -> None:
    local = LocalCabinet(local_server(tmp_path / "data"))
    local.prepare(members=["chair"])
    key, size = Ed25519PrivateKey.generate(), len(local.ledger)
    signature = cosign(unverified(local.receipts[-1].note).text(), "audit.example", key, local.now)
    witness, line = witness_key("audit.example", key).text(), signature.line().removesuffix("\n")
    with local.server.store.writing(local.body) as session:
        session.add(schema.Cosignature(body_id=session.body_id, epoch=1, size=size, key=witness, line=line))
    assert any(f"intact; the first {size} as" in each for each in said(local.server))
    alter(local.server, size - 1, accepted_at=local.now + timedelta(seconds=1))
    (told,) = wrong(local.server)
    assert f"not the {size} that" in told
    local.server.store.close()


def test_a_witness_that_never_answered_is_told(tmp_path: Path) -> None:
    local = LocalCabinet(local_server(tmp_path / "data"))
    local.found()
    key = witness_key("audit.example", Ed25519PrivateKey.generate()).text()
    settings = local.server.settings.model_copy(update={"witnesses": (f"{key} https://audit.example",)})
    told = {finding.en for finding in checkup.check(settings)}
    assert f"Ledger of {local.body}: the witness audit.example has cosigned 0 of 1 entries" in told
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
