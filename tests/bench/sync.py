"""300 papers, 300 MB, into a vault, beside curl fetching the same to plain files; and what eight cuts cost.

Both fetch from the same server over TLS, by the same right and over as many connections, in turns. Nobody waits for
papers to reach the disk: curl never does, the vault can fetch them again. Ours does more meanwhile, and is timed with
all of it: signing in, the feed and its proofs, sealing, hashing, and the database, whose few commits are synced.
Nothing is deleted before the end: for minutes ext4 holds every new file against those that were deleted of late, and
the next run would pay for the one before.
"""

import hashlib
import statistics
import time
from collections.abc import Sequence

from ecabinet.core.meetings import DocumentVersion
from tests.bench import corpus, cuts
from tests.bench.figures import tell
from tests.bench.party import Client, Party, party
from tests.bench.peer import curl

PAPERS, SIZE = 300, 1_000_000
RUNS = 5
_MEGABYTE = 1_000_000


def main() -> None:
    """Medians of so many runs of each, after one that does not count."""
    with party() as at:
        at.hand_out(corpus.papers(PAPERS, SIZE))
        documents = at.cabinet.documents
        timed = [(_by_curl(at, documents, run), _by_sync(at, documents, run)) for run in range(RUNS + 1)][1:]
    peer, ours = (statistics.median(side) for side in zip(*timed, strict=True))
    size = sum(each.size for each in documents)
    tell(
        "sync",
        unit="MB/s",
        ours=size / ours / _MEGABYTE,
        peer=size / peer / _MEGABYTE,
        ratio=peer / ours,
        goal="ratio of at least 0.9",
        files=len(documents),
        bytes=size,
        seconds=[round(seconds, 3) for _, seconds in timed],
        peer_seconds=[round(seconds, 3) for seconds, _ in timed],
    )


def _by_curl(at: Party, documents: Sequence[DocumentVersion], run: int) -> float:
    out = at.folder / f"plain-{run}"
    seconds = curl(at, documents, out)
    for each in documents:
        assert hashlib.sha256((out / each.digest).read_bytes()).hexdigest() == each.digest
    return seconds


def _by_sync(at: Party, documents: Sequence[DocumentVersion], run: int) -> float:
    client = Client(at, f"vault-{run}")
    began_at = time.perf_counter()
    client.sync.once()
    seconds = time.perf_counter() - began_at
    assert client.sync.status().papers_here == len(documents)
    for each in documents:
        assert client.hash(each.blob) == each.digest
    client.close()
    return seconds


if __name__ == "__main__":
    main()
    cuts.main()
