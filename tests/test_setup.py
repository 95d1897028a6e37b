"""`installer/setup.sh` in a checkout of its own: what was left half made, or was moved, is made anew."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="README.md tells the way on Windows")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Under a path with spaces and Vietnamese letters, and with nothing in it that can be installed."""
    checkout = tmp_path / "gốc" / "thư mục có dấu"
    (checkout / "requirements").mkdir(parents=True)
    (checkout / "requirements" / "dev.txt").touch()
    (checkout / "pyproject.toml").touch()
    (checkout / "installer").mkdir()
    shutil.copy(ROOT / "installer" / "setup.sh", checkout / "installer")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(checkout / ".venv")], check=True, timeout=120)
    return checkout


def set_up(checkout: Path) -> str:
    """What it says. It ends without success, for there is nothing to install."""
    done = subprocess.run(
        [str(checkout / "installer" / "setup.sh")], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode != 0
    assert (checkout / ".venv" / "bin" / "python").exists()
    return done.stderr


def has_pip(checkout: Path) -> bool:
    asked = [str(checkout / ".venv" / "bin" / "python"), "-c", "import pip"]
    return subprocess.run(asked, check=False, capture_output=True, timeout=60).returncode == 0


@pytest.mark.timeout(600)
@pytest.mark.long
def test_an_environment_whose_making_was_interrupted_is_made_anew(checkout: Path) -> None:
    assert not has_pip(checkout)
    assert "making .venv" in set_up(checkout)
    assert has_pip(checkout)
    assert "making .venv" not in set_up(checkout)
    # Moved to a path that is the end of the one it had: its programs still name that one.
    (checkout / ".venv" / "setup.stamp").write_text(f"/elsewhere{checkout} 0\n")
    assert "making .venv" in set_up(checkout)
