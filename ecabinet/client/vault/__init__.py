"""A person's encrypted store on one device: one SQLCipher database and one sealed file per paper."""

from ecabinet.client.vault.changes import Changes
from ecabinet.client.vault.faults import StorageFault, StorageUnusable
from ecabinet.client.vault.sealed import Mismatch, SealedFiles
from ecabinet.client.vault.store import Lock, Serially, Vault

__all__ = ["Changes", "Lock", "Mismatch", "SealedFiles", "Serially", "StorageFault", "StorageUnusable", "Vault"]
