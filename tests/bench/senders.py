"""Senders in a process of their own: many connections over TLS, on each of them one request after the other.

Requests are whole when they come here, so that sending them takes little; how much it took is told with the answers.
"""

import asyncio
import os
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

_LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of it."""

    answers: tuple[tuple[bytes, ...], ...]
    """Of each connection the contents, in order."""
    latencies: tuple[float, ...]
    """Seconds, of all requests, shortest first."""
    seconds: float
    """From the first request to the last answer; connections stood already."""
    processor_seconds: float
    """That the senders took meanwhile."""


def send(host: str, port: int, authority: str, queues: Sequence[Sequence[bytes]]) -> Sent:
    """Sends each queue over a connection of its own, and asks for nothing but an answer of HTTP 200 to each."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_run, host, port, authority, queues).result()


def _run(host: str, port: int, authority: str, queues: Sequence[Sequence[bytes]]) -> Sent:
    return asyncio.run(_send(host, port, ssl.create_default_context(cadata=authority), queues))


async def _send(host: str, port: int, context: ssl.SSLContext, queues: Sequence[Sequence[bytes]]) -> Sent:
    lines = [await asyncio.open_connection(host, port, ssl=context) for _ in queues]
    latencies: list[float] = []
    before, began_at = os.times(), time.perf_counter()
    answers = await asyncio.gather(
        *(_converse(*line, queue, latencies) for line, queue in zip(lines, queues, strict=True))
    )
    seconds, after = time.perf_counter() - began_at, os.times()
    for _, writer in lines:
        writer.close()
    return Sent(
        answers=tuple(answers),
        latencies=tuple(sorted(latencies)),
        seconds=seconds,
        processor_seconds=after.user + after.system - before.user - before.system,
    )


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: Sequence[bytes], latencies: list[float]
) -> tuple[bytes, ...]:
    contents = []
    for request in requests:
        began_at = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        contents.append(await reader.readexactly(int(head.partition(_LENGTH)[2].partition(b"\r\n")[0])))
        latencies.append(time.perf_counter() - began_at)
    return tuple(contents)
