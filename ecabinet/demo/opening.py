"""The demo with a display: a body that is already at work, and a choice of persons to be.

The body is seeded by the same use cases as everywhere, then its people leave their vaults for whoever chooses them. The
server runs until the choice is closed; then everything of the demo is gone.
"""

import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from ecabinet.client.ui import qt_words, theme, words
from ecabinet.client.ui.theme import Space, Tone
from ecabinet.client.ui.widgets import Chip, ChipLabel, Muted, Row, RowList, Title, column, row
from ecabinet.client.ui.words import on_terminal, say
from ecabinet.demo.report import Count, Deed, Report, write
from ecabinet.demo.script import PIN, Cast, nameless_files
from ecabinet.demo.stage import Actor, Stage
from ecabinet.papers import sample

_LONG = 60.0
_HEARS_EVERY_MS = 200
_BALLOTS = 2
"""How many of the sample's ballots are out."""
_TITLE = "ecabinet: chọn một người để làm việc thử · choose whom to be"


@dataclass(slots=True)
class Opening:
    """Seeds a body and lets somebody choose whom to be."""

    papers: Path | None
    members: int
    report: Report = field(default_factory=Report)

    def play(self) -> int:
        """Returns when the choice is closed."""
        cast = Cast.of(self.members)
        with tempfile.TemporaryDirectory(prefix="ecabinet-demo-") as folder, Stage(Path(folder), is_seen=True) as stage:
            self._seed(stage, cast)
            application = QApplication([])
            words.use(words.Language.VIETNAMESE)
            qt_words.use(application)
            theme.use(application, theme.Theme())
            leave_when_told(application)
            chooser = Chooser(stage, cast)
            chooser.show()
            write(f"     PIN: {PIN}", *(f"     {line}" for line in _explanation()))
            code = application.exec()
            chooser.end_clients()
            return code

    def _seed(self, stage: Stage, cast: Cast) -> None:
        body = sample.body()
        with self.report.step(Deed.OPEN):
            stage.open_keyring(PIN)
            (host, port), code = stage.start_server()
            address = f"{host}:{port}"
        with self.report.step(Deed.ENROL_ALL) as step:
            registrar = stage.start_understudy(cast.registrar.id)
            founder = {
                "body": body.code,
                "name": body.name,
                "name_en": body.name_en,
                "registrar": cast.registrar.id,
                "office": cast.registrar.office,
            }
            registrar.do("found", address=address, code=code, pin=PIN, founder=founder, seconds=_LONG)
            people: list[Actor] = []
            for person in (cast.secretary, *cast.members):
                roles = [role.value for role in person.roles]
                invited = registrar.do(
                    "invite", person=person.id, office=person.office, office_en=person.office_en, roles=roles
                )
                actor = stage.start_understudy(person.id)
                actor.do("join", address=address, code=invited["code"], pin=PIN, seconds=_LONG)
                people.append(actor)
            registrar.do("confirm", count=len(people), pin=PIN, seconds=_LONG)
            for actor in people:
                actor.do("enter", pin=PIN, seconds=_LONG)
            step.counts[Count.ENROLLED] = len(people)
        with self.report.step(Deed.SEND_ALL) as step:
            secretary, *others = people
            folder = None if self.papers is None else str(self.papers)
            sent = secretary.do("send_meeting", folder=folder, pin=PIN, seconds=2 * _LONG)
            for ballot in sample.ballots()[:_BALLOTS]:
                secretary.do("send_ballot", key=ballot.key, pin=PIN, seconds=_LONG)
            step.counts |= {Count.PAPERS: sent["papers"], Count.BALLOTS: _BALLOTS}
        self.report.leave_out(sent["left_out"])
        self.report.leave_out_nameless(nameless_files(self.papers))
        for actor in (registrar, secretary, *others):
            actor.do("lock", seconds=_LONG)
            actor.end()


def leave_when_told(application: QApplication) -> None:
    """Ends the event loop when the process is told to end, or its terminal's Ctrl-C is pressed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda told, _: application.exit(128 + told))
    awake = QTimer(application, interval=_HEARS_EVERY_MS)  # Python hears of signals only when Qt calls it
    awake.timeout.connect(lambda: None)
    awake.start()


def _explanation() -> tuple[str, ...]:
    return on_terminal(lambda: say("demo.explanation"))


class Chooser(QWidget):
    """The people of the body. Choosing one opens a client of its own, which asks for the PIN shown here."""

    def __init__(self, stage: Stage, cast: Cast) -> None:
        super().__init__()
        self._stage = stage
        self._clients: list[subprocess.Popen[bytes]] = []
        self.setWindowTitle(_TITLE)
        rows = RowList(_TITLE)
        rows.opened.connect(self._open)
        people = (*cast.members, cast.secretary, cast.registrar)
        rows.show_rows(
            [Row(key=person.id, title=person.office, detail=person.office_en, icon="user-round") for person in people]
        )
        whole = column(
            Title(_TITLE),
            Muted(" ".join(_explanation())),
            row(ChipLabel(Chip(text=f"PIN: {PIN}", tone=Tone.ACCENT)), None),
            rows,
            pad=Space.HUGE,
        )
        whole.setStretch(3, 1)
        self.setLayout(whole)
        self.resize(720, 720)

    def end_clients(self) -> None:
        """Ends the clients that are still open."""
        for client in self._clients:
            client.terminate()
        for client in self._clients:
            client.wait()

    def _open(self, person: str) -> None:
        self._clients.append(self._stage.open_client(person))
