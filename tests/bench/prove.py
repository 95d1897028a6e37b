"""An inclusion proof of a tree of 50,000 leaves, made and checked, beside one verification of P-256."""

import hashlib
import random
import statistics
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ecabinet.core.ledger import Tree, leaf_hash, verify_inclusion
from tests.bench.figures import tell

LEAVES = 50_000
PROOFS = 5_000
RUNS = 5
_MICROSECONDS = 1e6


def main() -> None:
    """Medians of so many runs of each, in turns."""
    tree = Tree(leaf_hash(_entry(number)) for number in range(LEAVES))
    places = random.Random(4).sample(range(LEAVES), PROOFS)
    timed = [(_by_proof(tree, places), _by_signature()) for _ in range(RUNS)]
    ours, peer = (statistics.median(side) / PROOFS * _MICROSECONDS for side in zip(*timed, strict=True))
    tell("prove", ours=ours, peer=peer, ratio=peer / ours, goal="ratio of at least 1", unit="µs", leaves=len(tree))


def _entry(number: int) -> bytes:
    """As long as an entry is."""
    return hashlib.sha512(number.to_bytes(8, "big")).digest() + number.to_bytes(8, "big")


def _by_proof(tree: Tree, places: list[int]) -> float:
    root = tree.root()
    began_at = time.perf_counter()
    for place in places:
        verify_inclusion(leaf_hash(_entry(place)), place, len(tree), tree.inclusion_proof(place), root)
    return time.perf_counter() - began_at


def _by_signature() -> float:
    key = ec.generate_private_key(ec.SECP256R1())
    message, algorithm, public = bytes(100), ec.ECDSA(hashes.SHA256()), key.public_key()
    signature = key.sign(message, algorithm)
    began_at = time.perf_counter()
    for _ in range(PROOFS):
        public.verify(signature, message, algorithm)
    return time.perf_counter() - began_at


if __name__ == "__main__":
    main()
