"""The desk: every use case a window may ask for, by noun. Windows know this and nothing else of the client's inside.

Every use case that changes something returns the `Changes` it made, and a window refreshes from them. Methods marked
*network* wait for the server and belong on a network lane; all others belong on the serial lane. What can go wrong that
a person must hear of is in `errors`.
"""

from ecabinet.client.desk.access import Access
from ecabinet.client.desk.desk import Desk, Me
from ecabinet.client.vault.changes import Changes

__all__ = ["Access", "Changes", "Desk", "Me"]
