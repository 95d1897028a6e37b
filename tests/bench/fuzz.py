"""The strict reader of signatures, fed what nobody should write: a million inputs, some of them validly signed again.

None may raise anything but its refusals. About all that it accepts, and the check of certificates too, pyHanko is
asked: there may be none that pyHanko refuses.

    python -m tests.bench.fuzz [--inputs 1000000] [--signed-again 10000] [--seed 4]
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from ecabinet.core import cades
from ecabinet.core.cades import BadSignature, Signature
from ecabinet.core.certificates import BadCertificate, check_certificate
from ecabinet.keys.local_signer import LocalSigner
from tests.bench.figures import tell
from tests.core import signing_parties as parties
from tests.core.cms_forms import PKCS1_IDENTIFIERS, TWISTS, Form
from tests.core.der_trees import Node, mutate, nudged, parse
from tests.core.oracles import pyhanko_accepts, root_of

INPUTS = 1_000_000
SIGNED_AGAIN = 10_000
CONTENT = '{"answer":"đồng ý"}'.encode()
Verify: TypeAlias = Callable[[bytes, bytes], Signature]
SIGNERS: tuple[Callable[[], LocalSigner], ...] = (
    parties.member,
    parties.registrar,
    parties.rsa_signer,
    parties.outsider,
)
_INFO = (1, 0, 4, 0)
"""Where the SignerInfo stands; in it, the signed attributes and the value."""
_ATTRIBUTES, _VALUE = (*_INFO, 3), (*_INFO, 5)
_MICROSECONDS = 1e6


class Disagreement(Exception):
    """We accept what pyHanko refuses, or the reader fell over."""


@dataclass
class Tally:
    """What was done. `asked` of pyHanko, one for each that was accepted."""

    inputs: int = 0
    signed_again: int = 0
    accepted: int = 0
    asked: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    seconds_of_peer: float = 0.0

    def add(self, other: "Tally") -> None:
        for name in ("inputs", "signed_again", "accepted", "asked", "seconds", "seconds_of_peer"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.answers.update(other.answers)


def run(inputs: int, signed_again: int, seed: int, verify: Verify = cades.verify) -> Tally:
    """So many inputs to a reader, of which so many are signed again. Raises Disagreement."""
    chance, tally = random.Random(seed), Tally()
    judge = partial(_judge, tally, verify)
    bases = [(signer(), Form(signer(), CONTENT, parties.NOW).write()) for signer in SIGNERS]
    for own, data in bases:  # what is untouched is accepted: else nothing that follows says anything
        judge(own, data)
    if tally.accepted != len(SIGNERS):
        raise Disagreement("the untouched are refused")
    trees = [(own, data, parse(data)) for own, data in bases]
    places = [[path for path in tree.paths() if path] for _, _, tree in trees]
    while tally.signed_again < signed_again:
        again = _twisted(chance) if chance.random() < _TWISTED else _signed_again(chance, trees, places)
        if again is not None:
            tally.signed_again += 1
            judge(*again)
    while tally.inputs < inputs:
        which = chance.randrange(len(trees))
        signer, data, tree = trees[which]
        other = _mutated(chance, data, tree, places[which])
        if other != data:
            judge(signer, other)
    return tally


_TWISTED, _BY_BYTES = 0.5, 0.5


def _judge(tally: Tally, verify: Verify, signer: LocalSigner, data: bytes) -> None:
    """Asks the reader, and pyHanko about what it accepts. Raises Disagreement."""
    tally.inputs += 1
    began_at = time.perf_counter()
    try:
        found = verify(CONTENT, data)
        check_certificate(found.signer_certificate, _issuers(signer), parties.NOW)
        answer = ""
    except (BadSignature, BadCertificate) as error:
        answer = error.reason.value
    except Exception as error:
        raise Disagreement(f"{type(error).__name__} from {data.hex()}") from error
    tally.seconds += time.perf_counter() - began_at
    tally.answers[answer or "accepted"] += 1
    if answer:
        return
    tally.accepted += 1
    began_at = time.perf_counter()
    try:
        is_accepted = pyhanko_accepts(CONTENT, data, root_of(signer))
    except Exception as error:
        raise Disagreement(f"pyHanko can't read {data.hex()}") from error
    tally.seconds_of_peer += time.perf_counter() - began_at
    tally.asked += 1
    if not is_accepted:
        raise Disagreement(f"pyHanko refuses {data.hex()}")


def _issuers(signer: LocalSigner) -> tuple[bytes, ...]:
    own = signer.chain[0]
    return (own, parties.authority().certificate, parties.subordinate().certificate)


def _mutated(chance: random.Random, data: bytes, tree: Node, places: Sequence[tuple[int, ...]]) -> bytes:
    """Unsigned: bytes changed wherever they stand, or elements in a tree that is written well again."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if chance.random() < _BY_BYTES:
            return nudged(data, chance)
        try:
            tree = mutate(tree, chance.choice(places), chance)
        except IndexError:  # what an earlier change took away
            break
    return tree.write()


def _signed_again(
    chance: random.Random, trees: Sequence[tuple[LocalSigner, bytes, Node]], places: Sequence[Sequence[tuple[int, ...]]]
) -> tuple[LocalSigner, bytes] | None:
    """A tree changed somewhere, and then signed by the very key: the attributes as they now stand."""
    which = chance.randrange(len(trees))
    signer, data, tree = trees[which]
    inside = [path for path in places[which] if path[: len(_INFO)] == _INFO and path != _VALUE]
    for _ in range(chance.choice((1, 1, 2))):
        try:
            tree = mutate(tree, chance.choice(inside if chance.random() < _INSIDE else places[which]), chance)
        except IndexError:
            break
    try:
        attributes, value = tree.at(_ATTRIBUTES), tree.at(_VALUE)
        if value.children is not None or tree.write() == data:
            return None
        signature = signer.sign(b"\x31" + attributes.write()[1:])
        return signer, tree.putting(_VALUE, Node(value.tag, signature)).write()
    except IndexError:  # no longer in their places
        return None


_INSIDE = 0.7


def _twisted(chance: random.Random) -> tuple[LocalSigner, bytes]:
    """Another form, with another time and perhaps another way to sign, and some of the known ways to go wrong."""
    signer = chance.choice(SIGNERS)()
    form = Form(signer, CONTENT, _time(chance))
    if signer is parties.rsa_signer() and chance.random() < _TWISTED:
        key = signer._private_key
        form.sign = lambda message: key.sign(message, PKCS1v15(), SHA256())  # type: ignore[call-arg, arg-type]
        form.signature_algorithm = chance.choice(PKCS1_IDENTIFIERS)
    for name in chance.sample(sorted(TWISTS), chance.choice((0, 0, 0, 1, 1, 2))):
        TWISTS[name][1](form)
    return signer, form.write()


def _time(chance: random.Random) -> datetime:
    return parties.NOW + timedelta(seconds=chance.randrange(-70 * 365 * 86_400, 170 * 365 * 86_400))


def _run_part(shares: tuple[int, int, int]) -> Tally:
    return run(*shares)


def main() -> None:
    """Shared out among the cores; fails if anything less was done than was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--signed-again", type=int, default=SIGNED_AGAIN)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = parser.parse_args()
    cores = os.cpu_count() or 1
    shares = [
        (-(-asked.inputs // cores), -(-asked.signed_again // cores), asked.seed + number) for number in range(cores)
    ]
    tally = Tally()
    with multiprocessing.get_context("spawn").Pool(cores, warnings.simplefilter, ("ignore",)) as pool:
        for part in pool.imap_unordered(_run_part, shares):
            tally.add(part)
    if tally.inputs < asked.inputs or tally.signed_again < asked.signed_again:
        sys.exit("fewer inputs than were asked for")
    if not tally.accepted == tally.asked > cores * len(SIGNERS):
        sys.exit("pyHanko was not asked about all that was accepted")
    ours = tally.seconds / tally.inputs * _MICROSECONDS
    peer = tally.seconds_of_peer / tally.asked * _MICROSECONDS
    tell(
        "fuzz",
        ours=ours,
        peer=peer,
        ratio=peer / ours,
        goal="none crashes, and pyHanko refuses none that was accepted",
        unit="µs",
        inputs=tally.inputs,
        signed_again=tally.signed_again,
        accepted=tally.accepted,
        asked_of_pyhanko=tally.asked,
        refusals=len(tally.answers) - 1,
        seed=asked.seed,
    )


if __name__ == "__main__":
    main()
