"""The choice of persons closes when it is told to, and so ends everything that the demo started."""

import signal
import subprocess
import sys

import pytest

_PROGRAM = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from ecabinet.demo.opening import leave_when_told
application = QApplication([])
leave_when_told(application)
QTimer.singleShot(0, lambda: os.kill(os.getpid(), int(sys.argv[1])))
QTimer.singleShot(30_000, lambda: os._exit(99))
sys.exit(application.exec())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not told to end that way there")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_when_it_is_told(told: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-c", _PROGRAM, str(int(told))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (128 + told, "")
