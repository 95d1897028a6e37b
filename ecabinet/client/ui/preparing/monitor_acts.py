"""The acts on a ballot, each a sheet that asks for the PIN: closing, extending, the result, the evidence."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from ecabinet.client.background import Lane
from ecabinet.client.desk import Changes
from ecabinet.client.desk.preparing import Evidence, Monitor, ResultDraft
from ecabinet.client.ui.preparing.forms import named
from ecabinet.client.ui.screen import Screen
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import PinSheet
from ecabinet.client.ui.theme import Tone
from ecabinet.client.ui.widgets import DateTimeField, Field, Item, Muted, Notice, TextField, TickBox
from ecabinet.client.ui.words import number, say
from ecabinet.core.codec import Identifier

Told = Callable[[Changes], None]


class CloseSheet(PinSheet):
    """Ends the asking. Before the deadline, while somebody has not answered, it says so."""

    def __init__(self, over: Screen, seat: Seat, monitor: Monitor, then: Told) -> None:
        left = monitor.sent - monitor.answered
        now = seat.times.clock()
        is_early = bool(left) and now < monitor.line.deadline_at
        usual = say("monitor.reason_due") if now >= monitor.line.deadline_at else ""
        self._reason = named(TextField(usual if left else say("monitor.reason_all")), "close_reason")
        self._field = Field(say("monitor.reason"), self._reason)
        warned: tuple[Item, ...] = ()
        if is_early:
            early = say(
                "monitor.close_early", left=number(left), deadline=seat.times.deadline(monitor.line.deadline_at)
            )
            warned = (Notice(Tone.WARNING, early),)
        super().__init__(
            over,
            seat,
            say("monitor.close"),
            say("monitor.close_consequence"),
            do=say("monitor.close"),
            sign=lambda pin: partial(seat.desk.preparing.close, monitor.line.ballot, self._reason.value, pin),
            then=then,
            extra=(*warned, self._field),
            in_order=lambda: has_reason(self._field, self._reason),
        )
        if not self._reason.value:
            self._reason.setFocus()


class ExtendSheet(PinSheet):
    """A later deadline."""

    def __init__(self, over: Screen, seat: Seat, monitor: Monitor, then: Told) -> None:
        line, self._times = monitor.line, seat.times
        self._before = line.deadline_at
        begins = max(line.deadline_at, seat.times.clock()) + timedelta(days=1)
        self._until = named(DateTimeField(seat.times.zone, begins), "extend_until")
        self._due = Field(say("monitor.until"), self._until, help_text=" ")
        self._until.dateTimeChanged.connect(self._show_until)
        self._reason = named(TextField(), "extend_reason")
        self._field = Field(say("monitor.reason"), self._reason)
        now = Muted(say("monitor.deadline_now", deadline=seat.times.exact(line.deadline_at)))
        super().__init__(
            over,
            seat,
            say("monitor.extend"),
            say("monitor.extend_consequence"),
            do=say("monitor.extend"),
            sign=lambda pin: partial(
                seat.desk.preparing.extend, line.ballot, self._until.value, self._reason.value, pin
            ),
            then=then,
            extra=(now, self._due, self._field),
            in_order=lambda: self._show_until() and has_reason(self._field, self._reason),
        )
        self._show_until()
        self._until.setFocus()

    def _show_until(self) -> bool:
        """Whether the deadline is a later one, which is said below it."""
        until = self._until.value
        is_later = until > max(self._before, self._times.clock())
        if is_later:
            self._due.clear_error()
            self._due.explain(self._times.left(until))
        else:
            self._due.fail(say("monitor.not_later"))
        return is_later


class ResultSheet(PinSheet):
    """Signs the result that was computed, and no other."""

    def __init__(self, over: Screen, seat: Seat, result: ResultDraft, then: Told) -> None:
        super().__init__(
            over,
            seat,
            say("monitor.sign_result"),
            say("monitor.sign_consequence", phrase=result.phrase),
            do=say("monitor.sign_result"),
            sign=lambda pin: partial(seat.desk.preparing.sign_result, result, pin),
            then=then,
        )


class EvidenceSheet(PinSheet):
    """Makes the bundle, with the papers or without."""

    def __init__(self, over: Screen, seat: Seat, ballot: Identifier, then: Callable[[Evidence], None]) -> None:
        with_papers = named(TickBox(say("monitor.with_papers")), "with_papers")
        with_papers.setChecked(True)
        super().__init__(
            over,
            seat,
            say("monitor.make_evidence"),
            say("monitor.evidence_consequence"),
            do=say("monitor.make_evidence"),
            doing=say("monitor.making_evidence"),
            sign=lambda pin: partial(
                seat.desk.preparing.make_evidence, ballot, pin, includes_papers=with_papers.isChecked()
            ),
            then=then,
            lane=Lane.NETWORK,
            extra=(with_papers,),
            reports=True,
        )


def has_reason(field: Field, reason: TextField) -> bool:
    """Whether a reason is written, which is asked for where there is none."""
    if reason.value:
        field.clear_error()
    else:
        field.fail(say("monitor.give_reason"))
        reason.setFocus()
    return bool(reason.value)
