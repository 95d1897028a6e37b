"""`make screens`: a picture of every screen in build/screens, to be looked at."""

import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from ecabinet.client.ui.screens import paint_all


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    for file in paint_all(application, Path("build/screens"), only="kit-"):
        print(file)


if __name__ == "__main__":
    main()
