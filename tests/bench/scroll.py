"""How long the UI loop is away while 25 heavy pages of every kind scroll by, and how long a page in view is blank.

The windows are the real ones, off-screen; so are server, keystore, vault and page process. Pages are seen for the first
time on the way down, and again on the way up. A bare Qt loop beside it tells whether the machine was free: if that one
was away too long, the run comes again.
"""

from tests.bench import corpus
from tests.bench.figures import tell
from tests.bench.heartbeat import Gaps
from tests.bench.party import party
from tests.bench.ui import FREE_MS, reading, scroll

SECONDS = 25
BLANK_MS = 100.0
_PAGES = 25


def main() -> None:
    """Scrolls for so many seconds, until the machine was free."""
    with party() as at, reading(at, [corpus.mix()]) as client:
        bare, figures, attempts = scroll(client, seconds=SECONDS)
    gaps: Gaps = figures.pop("gaps")
    assert figures["trouble"] is None
    assert figures["pages"] >= _PAGES - 1, "not every page was seen"
    assert figures["sharp_frames"] > 0
    tell(
        "scroll",
        unit="ms, 99.9 of 100 gaps are shorter",
        ours=gaps.p999,
        peer=bare.p999,
        ratio=bare.p999 / gaps.p999,
        goal="p99.9 of at most 33 ms, worst of at most 100 ms, no page blank for more than 100 ms, while a bare loop "
        "is away for at most 16 ms",
        worst=round(gaps.worst, 1),
        peer_worst=round(bare.worst, 1),
        beats=gaps.beats,
        is_never_blank=max(figures["blank"].values(), default=0.0) <= BLANK_MS,
        is_machine_free=bare.worst <= FREE_MS,
        attempts=attempts,
        seconds=SECONDS,
        **figures,
    )


if __name__ == "__main__":
    main()
