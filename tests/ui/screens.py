"""Pictures of every screen on the sample body, at a real server: `python -m tests.ui.screens`, or `make screens`.

Each module of `tests.ui.pictures` registers the screens of one part: a function that takes the `Body` and gives the
frame of somebody who sits there.
"""

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from PySide6.QtWidgets import QApplication

from ecabinet.client.ui import screens
from ecabinet.keys.secret_service import private_secret_service
from tests.ui import pictures
from tests.ui.body import body_at_work


def main() -> None:
    """Paint into build/screens, or into the folder named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("build/screens"))
    options.add_argument("--only", default="*", help="a pattern of names: ballot*")
    options.add_argument("--look", default="*", help="a pattern of looks: vi-*-1366")
    given = options.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for module in pkgutil.iter_modules(pictures.__path__):
        importlib.import_module(f"{pictures.__name__}.{module.name}")
    application = QApplication(sys.argv[:1])
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ecabinet-screens-") as temporary:
        folder = Path(temporary)
        (folder / "body").mkdir()
        with private_secret_service(folder / "keyring", "screens") as environment:
            os.environ.update(environment)
            with body_at_work(folder / "body") as body:
                for name, factory in screens.registered().items():
                    for look in screens.LOOKS:
                        if fnmatch(name, given.only) and fnmatch(look.name, given.look):
                            file = given.out / f"{name}-{look.name}.png"
                            screens.paint(application, factory, look, body, is_settled=body.is_settled).save(str(file))
                            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
