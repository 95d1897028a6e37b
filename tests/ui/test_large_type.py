"""At 200 % on the smallest screen: no window grows, nothing lies sideways or is cut, every button can be reached."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtWidgets import QApplication

from ecabinet.client.ui import screens, theme
from tests.ui.body import Body, body_at_work
from tests.ui.pictures import everyday, hardships, marking, member, secretariat
from tests.ui.sight import cut, hard_to_press, out_of_reach, sideways, squeezed

pytestmark = pytest.mark.long

_LEAST = QSize(1024, 720)
_SHOWN = (
    everyday.first_run,
    everyday.first_run_pin,
    everyday.first_run_waiting,
    everyday.first_run_declined,
    everyday.unlock_wrong_pin,
    everyday.attention,
    everyday.papers,
    everyday.search_before,
    everyday.settings,
    everyday.settings_keys,
    everyday.unlock_renewal,
    everyday.alarms_told,
    everyday.administration_confirm,
    everyday.administration_person,
    everyday.window_alarm,
    hardships.scan,
    hardships.recognising,
    member.ballot,
    member.chosen,
    member.read_back,
    member.announced,
    member.pin,
    member.refused,
    member.meeting,
    member.reader_notes,
    member.reader_crossing,
    member.reader_changes,
    marking.marks,
    secretariat.prepare,
    secretariat.meeting_new,
    secretariat.agenda,
    secretariat.dropped,
    secretariat.monitor_announced,
    secretariat.questions,
    secretariat.electors,
    secretariat.monitor_open,
)


@pytest.fixture(scope="module")
def sample(
    qapp: QApplication, keyring_session: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Body]:
    """One of its own: what pictures show is asked and answered in it."""
    with body_at_work(tmp_path_factory.mktemp("large")) as body:
        yield body


@pytest.mark.parametrize("factory", _SHOWN, ids=lambda it: it.__name__)
def test_everything_can_be_read_and_reached(dressed: QApplication, sample: Body, factory: screens.Factory) -> None:
    theme.use(dressed, theme.Theme(scale=2.0))
    window = factory(sample)
    window.resize(_LEAST)
    window.show()
    screens.settle(sample.is_settled)
    assert window.size() == _LEAST, "the window had to grow"
    checks = (sideways, cut, squeezed, hard_to_press, out_of_reach)
    found = {check.__name__: wrong for check in checks if (wrong := check(window))}
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert found == {}
