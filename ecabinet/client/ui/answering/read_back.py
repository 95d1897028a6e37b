"""The second and third step: the opinion read back as the official statement it becomes, and the PIN that signs it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from ecabinet.client.desk.ballots import ReadAnswer, ReadBack
from ecabinet.client.desk.desk import Me
from ecabinet.client.ui.answering.form import late_counts
from ecabinet.client.ui.seat import Seat
from ecabinet.client.ui.signing import pin_that_signs
from ecabinet.client.ui.theme import Space, Tone, Type, Weight
from ecabinet.client.ui.widgets import (
    Button,
    Footed,
    Heading,
    Item,
    Kind,
    Line,
    Muted,
    Notice,
    Text,
    boxed,
    column,
    row,
)
from ecabinet.client.ui.words import say


class ReadBackPage(QWidget):
    """What will be signed, read from the bytes that will be signed and from nothing else."""

    def __init__(self, seat: Seat, read: ReadBack, *, late_answers_count: bool) -> None:
        super().__init__()
        self.setObjectName("read_back_page")
        items: list[Item] = [Text(say("answering.please_read"))]
        if read.is_late:
            late = say("answering.late", deadline=seat.times.exact(read.deadline_at))
            items.append(Notice(Tone.WARNING, late, safe=late_counts(counts=late_answers_count)))
        if read.replaces_earlier:
            items.append(Notice(Tone.ACCENT, say("answering.replaces")))
        items += [_Sheet(read), None]
        self.back = Button(say("answering.correct_it"))
        self.back.setObjectName("back_to_choosing")
        self.next = Button(say("answering.to_pin"), Kind.PRIMARY, hint=say("answering.to_pin_hint"))
        self.next.setObjectName("to_pin")
        foot = column(Line(), row(self.back, None, self.next))
        self.setLayout(column(Footed(boxed(column(*items, gap=Space.LARGE)), boxed(foot))))
        self.first: QWidget = self.next


class _Sheet(QFrame):
    """The opinion as it stands on paper."""

    def __init__(self, read: ReadBack) -> None:
        super().__init__()
        self.setProperty("is", "paper")
        title = Text(say("answering.sheet"), size=Type.LEAD, weight=Weight.BOLD)
        to = Text(say("answering.to_body", body=read.body_name))
        for line in (title, to):
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        items: list[Item] = [
            column(title, to, gap=Space.HAIR),
            Text(say("answering.statement", capacity=read.capacity)),
            Text(read.subject, weight=Weight.SEMIBOLD),
            *(_answer(place, answer) for place, answer in enumerate(read.answers, 1)),
        ]
        if read.remark:
            items.append(boxed(column(Text(say("answering.remark_said")), Text(read.remark), gap=Space.HAIR)))
        phrase = Text(read.phrase, weight=Weight.SEMIBOLD, ink="accent")
        phrase.setObjectName("phrase")
        items += [Line(), column(Muted(say("answering.phrase")), phrase, gap=Space.HAIR)]
        self.setLayout(column(*items, gap=Space.LARGE, pad=Space.HUGE))
        self.setAccessibleName(say("answering.sheet"))


def _answer(place: int, answer: ReadAnswer) -> QWidget:
    question = Text(say("answering.question", number=place, text=answer.question))
    given = Text(say("answering.answered", option=answer.option.text), size=Type.LEAD, weight=Weight.SEMIBOLD)
    words = [Text(say("answering.in_words", text=answer.text))] if answer.text else []
    return boxed(column(question, given, *words, gap=Space.HAIR))


class PinPage(QWidget):
    """Asks for the PIN; what it signs stands above it once more."""

    def __init__(self, read: ReadBack, me: Me) -> None:
        super().__init__()
        self.pin = pin_that_signs(me, say("answering.pin_help"))
        self.pin.setObjectName("pin")
        self.back = Button(say("answering.correct_it"))
        self.back.setObjectName("back_to_choosing")
        sign = Button(say("answering.sign"), Kind.PRIMARY)
        sign.setObjectName("sign")
        sign.clicked.connect(self.pin.enter)
        brief = [
            Text(say("answering.brief", number=place, option=answer.option.text))
            for place, answer in enumerate(read.answers, 1)
        ]
        summary = QFrame()
        summary.setProperty("is", "paper")
        subject = Text(read.subject, weight=Weight.SEMIBOLD)
        phrase = Text(read.phrase, weight=Weight.SEMIBOLD, ink="accent")
        summary.setLayout(column(subject, *brief, phrase, gap=Space.SMALL, pad=Space.LARGE))
        heading = Heading(say("answering.sign_heading", capacity=read.capacity))
        content = boxed(column(heading, summary, self.pin, None, gap=Space.LARGE))
        footed = Footed(content, boxed(column(Line(), row(self.back, None, sign))))
        # In large type the summary leaves no room: where the PIN goes, and why it was refused, stay in sight.
        area = footed.area
        area.verticalScrollBar().rangeChanged.connect(lambda *_: area.ensureWidgetVisible(self.pin))
        self.setLayout(column(footed))
        self.first: QWidget = self.pin
