"""The client: what a member and the secretariat have on their machines."""

import os
import sys
from pathlib import Path


def usual_folder() -> Path:
    """Where this system keeps a person's data."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "ecabinet"
