"""The desk: every use case a window may ask for, by noun. Windows know this and nothing else of the client's inside.

Every use case that changes something returns the `Changes` it made, and a window refreshes from them. Methods marked
*network* wait for the server and belong on a network lane; all others belong on the serial lane. What can go wrong that
a person must hear of is in `errors`.

This much is needed to ask for a PIN; the desk itself (`desk.desk`), with the vault below it, only behind the PIN.
"""

from ecabinet.client.desk.access import Access
from ecabinet.client.vault.changes import Changes

__all__ = ["Access", "Changes"]
