"""`ecabinet` as a command: it opens the client, and ends as it is asked to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOOK = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from ecabinet.client.app import Application

start = Application.start

def look(application):
    for widget in application.window.findChildren(QWidget):
        if widget.objectName() == "server_address" and widget.isVisible():
            print("usable", flush=True)
            return
    QTimer.singleShot(20, application.window, lambda: look(application))

def start_and_look(application):
    start(application)
    look(application)

Application.start = start_and_look
sys.argv = ["ecabinet", *sys.argv[1:]]
from ecabinet.cli import main
main()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_DATA_HOME": str(tmp_path)}


@pytest.fixture(params=[(), ("client", "--language", "en")], ids=["no command", "client"])
def process(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    started = subprocess.Popen(
        [sys.executable, "-c", LOOK, *request.param],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield started
    started.kill()
    started.communicate()


def test_it_opens_the_client_and_ends_when_asked(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "usable\n"
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert "Traceback" not in told
