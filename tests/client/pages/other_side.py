"""The other end of a connection, in a process of its own that nothing confines."""

import json
from multiprocessing.connection import Connection

from ecabinet.client.pages.shared import Borrowed


def mirror(connection: Connection) -> None:
    """Turn round what lies in every block offered, until the connection closes."""
    kept = []
    while True:
        try:
            offer = json.loads(connection.recv_bytes())
        except EOFError:
            return
        block = Borrowed(connection, **offer)
        kept.append(block)
        seen = bytes(block.memory)
        if offer["is_writable"]:
            block.memory[:] = seen[::-1]
        connection.send_bytes(b"read-only" if block.memory.readonly else b"writable")
