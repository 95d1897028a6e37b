"""Eight cuts in a paper of 20 MB: what was stored is not asked for again, and little is sent twice."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ecabinet.client.remote import Download, Remote
from ecabinet.client.vault.sealed import CHUNK
from ecabinet.core.codec import AgencyCode, Digest, Identifier
from ecabinet.demo.relay import Relay
from tests.bench import corpus
from tests.bench.figures import tell
from tests.bench.party import Client, party

SIZE = 20_000_000
CUTS = 8
SOCKET_BUFFER = 128 * 1024
"""Bytes that Linux grants to either end of a connection when asked for half of it."""
_QUESTIONS = 32 * 1024
"""What a round sends beside the paper: a TLS handshake, the feed, framing."""


class _Watched(Remote):
    """Goes through the relay, notes from where on the paper is asked for, and pulls the plug at some places of it."""

    def __init__(self, _host: str, _port: int, *given: Any, relay: Relay, places: list[int]) -> None:
        super().__init__(*relay.address, *given)
        small = (socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER // 2)
        self._pool.conn_kw["socket_options"] = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), small]
        self.relay, self.places = relay, places
        self.starts: list[int] = []

    @contextmanager
    def document(
        self, body: AgencyCode, document: Identifier, version: int, *, start: int, blob: Digest
    ) -> Iterator[Download]:
        with super().document(body, document, version, start=start, blob=blob) as download:
            self.starts.append(download.start)
            read, place = download.readinto, download.start

            def cutting(into: memoryview) -> int:
                nonlocal place
                count = read(into)
                place += count
                if self.places and place >= self.places[0]:
                    del self.places[0]
                    self.relay.cut()
                return count

            download.readinto = cutting  # type: ignore[method-assign]
            yield download


class _Narrow(Relay):
    """A relay that has little on its way, so that what a cut loses is known."""

    def mend(self) -> None:
        super().mend()
        assert self._listener is not None
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER // 2)


def main() -> None:
    """Once without a cut, once with eight."""
    with party() as at:
        at.hand_out(corpus.papers(1, SIZE))
        (paper,) = at.cabinet.documents
        places = [(number + 1) * paper.size // (CUTS + 1) + 12_345 for number in range(CUTS)]
        with _Narrow(at.address) as relay:
            whole = Client(at, "whole", remote=lambda *given: _Watched(*given, relay=relay, places=[]))
            whole.sync.once()
            assert whole.hash(paper.blob) == paper.digest
            whole.close()
            at_once = relay.forwarded
            cut = Client(at, "cut", remote=lambda *given: _Watched(*given, relay=relay, places=places))
            stored = [0]
            while places:
                cut.sync.once()
                assert relay.is_cut
                stored.append(cut.vault.files.fetched(paper.blob))
                relay.mend()
            cut.sync.once()
            assert cut.hash(paper.blob) == paper.digest
            assert isinstance(cut.remote, _Watched)
            starts = cut.remote.starts
            cut.close()
            twice = relay.forwarded - 2 * at_once
    assert len(starts) == CUTS + 1
    assert starts == stored
    assert stored == sorted(set(stored))
    allowed = CUTS * (CHUNK + 2 * SOCKET_BUFFER + _QUESTIONS)
    assert twice <= allowed
    tell(
        "sync-cuts",
        unit="bytes over the network",
        ours=at_once + twice,
        peer=at_once,
        ratio=at_once / (at_once + twice),
        goal="asks for no byte that is stored; sends at most a chunk and the socket buffers twice for each cut",
        cuts=CUTS,
        asked_from=starts,
        stored_before=stored,
        sent_twice=twice,
        allowed=allowed,
    )
