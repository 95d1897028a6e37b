"""Evidence of ballots for the benches that check it: bodies of many electors, each with a key of his own.

Made once, in build/bench, which takes minutes: every opinion is signed. Every bundle is what a secretary would seal.
"""

import shutil
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core.ballots import Answer, Opinion
from ecabinet.core.people import Role
from tests.bench.corpus import FOLDER
from tests.bundles import sealed
from tests.cabinet import Appended, Cabinet

_MAKERS = 2
_AT_ONCE = 8
"""Statements that name the same checkpoint: of electors who took the ballot along, or synced in the same minutes, and
of a registrar who confirms several devices at a time."""


class Assembly(Cabinet):
    """A body of thousands. It remembers what a cabinet looks for in the whole ledger."""

    def __init__(self, electors: int) -> None:
        super().__init__()
        self._members = tuple(f"elector-{number}" for number in range(electors))
        self.offices |= {
            each: (f"Đại biểu số {number}", f"Deputy {number}") for number, each in enumerate(self._members)
        }
        self._seen = ""
        self._closed_leaf = 0
        self._registered = [self.found()]
        self._registered.append(self.enrol("secretary", Role.SECRETARY))
        for number, each in enumerate(self._members):
            self._look(number)
            self._registered.append(self.enrol(each, Role.MEMBER, *([] if number else [Role.CHAIR])))
        self._seen = ""
        self._published = (self.publish(),)

    def _look(self, number: int) -> None:
        """Lets those who sign from now on see what there is, if it is time for it."""
        if number % _AT_ONCE == 0:
            self._seen = self.checkpoint()

    @property
    def seen(self) -> str | None:
        return self._seen or super().seen

    @property
    def register(self) -> tuple[Appended, ...]:
        return tuple(self._registered)

    @property
    def register_head(self) -> str:
        return self._registered[-1].digest

    @property
    def publications(self) -> tuple[Appended, ...]:
        return self._published if hasattr(self, "_published") else super().publications

    @property
    def members(self) -> tuple[str, ...]:
        return self._members

    def of_the_ballot(self) -> tuple[Appended, ...]:
        since = self.ledger[self.opening.leaf :]
        return tuple(each for each in since if each.entry.tag == self.opening.envelope.digest)

    @property
    def closed_leaf(self) -> int:
        return self._closed_leaf

    def close(self) -> Appended:
        closed = super().close()
        self._closed_leaf = closed.leaf
        return closed

    def decide(self) -> bytes:
        """The bundle of another ballot, which every elector answers, each his own way."""
        self.open_ballot(deadline_at=self.now + timedelta(days=3, minutes=len(self._members)))
        asked, opened = self.asked, self.opening.digest
        for number, elector in enumerate(self._members):
            self._look(number)
            chosen = [(question, question.options[number % len(question.options)]) for question in asked.questions]
            answers = tuple(
                Answer(
                    question=question.key, option=option.key, text=f"Ý kiến số {number}." if option.needs_text else ""
                )
                for question, option in chosen
            )
            said = Opinion(
                **self.heading(),
                ballot=asked.ballot,
                opened=opened,
                elector=elector,
                capacity=self.offices[elector][0],
                answers=answers,
                remark="",
                attachments=(),
                counter=1,
                replaces=None,
            )
            self.append(self.sign(elector, said))
        self._seen = ""
        self.close()
        self.announce()
        return sealed(self)


def bundles(count: int, electors: int) -> tuple[list[Path], tuple[bytes, ...]]:
    """So many bundles of ballots with so many electors each, and the certificates (DER) that prove them."""
    folder = FOLDER / f"bundles-{count}-{electors}"
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        parts = min(_MAKERS, count)
        with ProcessPoolExecutor(parts) as makers:
            list(
                makers.map(
                    _make, [unfinished] * parts, [electors] * parts, [range(n, count, parts) for n in range(parts)]
                )
            )
        unfinished.rename(folder)
    paths = sorted(folder.glob("*.asice"))
    assert len(paths) == count
    return paths, tuple(path.read_bytes() for path in folder.glob("*.der"))


def bundle(electors: int) -> tuple[Path, Path]:
    """The bundle of one ballot with so many electors, and the certificate (PEM) that proves it."""
    (path,), (anchor,) = bundles(1, electors)
    trust = path.with_suffix(".pem")
    trust.write_bytes(x509.load_der_x509_certificate(anchor).public_bytes(Encoding.PEM))
    return path, trust


def _make(folder: Path, electors: int, numbers: range) -> None:
    """By a body of its own, under its own registrar."""
    assembly = Assembly(electors)
    for number in numbers:
        (folder / f"{number:04}.asice").write_bytes(assembly.decide())
    (folder / f"{numbers[0]}.der").write_bytes(assembly.anchors[0])
