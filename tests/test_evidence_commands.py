"""`ecabinet dossier`: a paper beside a bundle, and none of a bundle that proves nothing."""

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecabinet.cli import app
from tests.bundles import files_of, packed, sealed
from tests.cabinet import Cabinet
from tests.papers.reading import words


@pytest.fixture(scope="module")
def bundle() -> bytes:
    return sealed(Cabinet.with_result())


def test_a_dossier_is_written_beside_its_bundle_for_its_owner_alone(bundle: bytes, tmp_path: Path) -> None:
    file = tmp_path / "phiếu.asice"
    file.write_bytes(bundle)
    ended = CliRunner().invoke(app, ["dossier", str(file)])
    made = tmp_path / "phiếu-ho-so.pdf"
    assert ended.exit_code == 0
    assert str(made) in ended.stdout
    assert hashlib.sha256(bundle).hexdigest() in words(made.read_bytes())
    assert made.stat().st_mode & 0o077 == 0


def test_where_none_can_be_made_nothing_is_written(bundle: bytes, tmp_path: Path) -> None:
    files = files_of(bundle)
    result = next(name for name in files if name.endswith(".ballot.result.json"))
    forged, other = tmp_path / "forged.asice", tmp_path / "other.asice"
    forged.write_bytes(packed({**files, result: files[result].replace(b'"received":4', b'"received":5')}))
    other.write_bytes(b"PK\x03\x04")
    for file in (forged, other):
        ended = CliRunner().invoke(app, ["dossier", str(file)])
        assert ended.exit_code == 1
        assert "Không lập được" in ended.stderr
        assert "does not prove right" in ended.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"forged.asice", "other.asice"}


def test_it_never_takes_the_place_of_its_bundle(bundle: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.asice"
    file.write_bytes(bundle)
    assert CliRunner().invoke(app, ["dossier", str(file), str(file)]).exit_code == 1
    absent = CliRunner().invoke(app, ["dossier", str(file), str(tmp_path / "absent" / "a.pdf")])
    assert absent.exit_code == 1
    assert str(tmp_path / "absent" / "a.pdf") in absent.stderr
    assert file.read_bytes() == bundle
