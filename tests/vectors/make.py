"""Makes vectors that are not there yet: `python -m tests.vectors.make`. What is there stays for ever."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.checkpoint import Checkpoint, origin_of
from ecabinet.core.cosignature import cosign, witness_key
from ecabinet.core.envelope import Envelope, parse
from ecabinet.core.evidence import check, read
from ecabinet.core.fork import EpochEvidence, ForkEvidence
from ecabinet.core.ledger import Entry, Tree, leaf_hash
from ecabinet.core.omission import OmissionEvidence
from ecabinet.core.protocol import BallotRecord, Placed, PlacedEnvelope
from ecabinet.core.receipt_file import ReceiptFile, write_receipt
from ecabinet.core.register import EpochStarted, WitnessPolicy, register_tag
from ecabinet.core.signed_note import SignedNote
from ecabinet.keys.certificates import Authority
from tests.bundles import sealed
from tests.cabinet import YEARS, Cabinet
from tests.saved import counting_but, omission, receipt_file

FOLDER = Path(__file__).parent


def statements(cabinet: Cabinet) -> Iterable[Envelope]:
    """One of every type there is."""
    yield from (each.envelope for each in cabinet.ledger)
    yield cabinet.revocation("finance")
    yield cabinet.admission(Authority.found(body="Tổ chức chứng thực", at=cabinet.began_at, valid_for=YEARS))
    yield cabinet.extension(cabinet.asked.deadline_at + timedelta(days=1))
    started = EpochStarted(
        **cabinet.heading(),
        epoch=2,
        log_key=bytes(range(32)),
        last_checkpoint=cabinet.checkpoint(),
        previous=cabinet.register_head,
    )
    yield cabinet.sign("registrar", started)


class Witnessed(Cabinet):
    """A body whose registrar named a witness."""

    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = witness_key("audit.example/w1", private)

    def founding(self, *, witnesses: WitnessPolicy | None = None) -> Envelope:
        return super().founding(witnesses=witnesses or WitnessPolicy(quorum=1, keys=(self.key.text(),)))

    def record(self, **changes: Any) -> BallotRecord:
        """Up to a checkpoint that the witness has cosigned."""
        honest = super().record(**changes)
        note = SignedNote.from_text(honest.checkpoint)
        cosigned = note.adding([cosign(note.text, self.key.name, self.private, self.now)])
        return replace(honest, checkpoint=str(cosigned))


def fork(cabinet: Cabinet) -> ForkEvidence:
    """As a client keeps it that was shown a larger tree of another history."""
    known, other = cabinet.checkpoint(), Tree(leaf_hash(bytes([number])) for number in range(len(cabinet.tree) + 3))
    shown = Checkpoint(origin=cabinet.log_key.name, size=len(other), root=other.root())
    return ForkEvidence(
        body=cabinet.body,
        founding=cabinet.register[0].envelope,
        epochs=(),
        known=known,
        shown=shown.signed(cabinet.log_private_key),
        root=other.root(len(cabinet.tree)),
        path=other.consistency_proof(len(cabinet.tree)),
    )


def cut_short(cabinet: Cabinet) -> EpochEvidence:
    """As a client keeps it that had seen one entry more than the registrar named when he began the next epoch."""
    size = len(cabinet.tree)
    started = EpochStarted(
        **cabinet.heading(),
        epoch=2,
        log_key=cabinet.log_key.public_key,
        last_checkpoint=cabinet.checkpoint(),
        previous=cabinet.register_head,
    )
    epoch = cabinet.sign("registrar", started)
    entry = Entry(tag=register_tag(cabinet.body), envelope_digest=epoch.digest, accepted_at=cabinet.now)
    later = Tree(leaf_hash(bytes(each.entry)) for each in cabinet.ledger)
    later.append(leaf_hash(bytes(entry)))
    placed = Placed(leaf=size, accepted_at=cabinet.now, path=later.inclusion_proof(size))
    shown = Checkpoint(origin=origin_of(cabinet.body, 2), size=len(later), root=later.root())
    known = Checkpoint(origin=cabinet.log_key.name, size=size + 1, root=bytes(32))
    return EpochEvidence(
        body=cabinet.body,
        founding=cabinet.register[0].envelope,
        epochs=(PlacedEnvelope(envelope=epoch, placed=placed),),
        known=known.signed(cabinet.log_private_key),
        shown=shown.signed(cabinet.log_private_key),
        root=None,
        path=(),
    )


def passed_over() -> tuple[Cabinet, OmissionEvidence, ReceiptFile]:
    """As an elector's client keeps it whose opinion a result does not count."""
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("chair", "agree", "agree")
    cabinet.answer("finance", "agree", "agree")
    cabinet.close()
    cabinet.announce(counting_but(cabinet, "finance"))
    return cabinet, omission(cabinet, "finance"), receipt_file(cabinet, "finance")


def write_bundle(cabinet: Cabinet, number: int) -> None:
    """A bundle, its anchor and its report, unless there is one of that number."""
    folder = FOLDER / "evidence"
    if (folder / f"evidence-{number}.asice").exists():
        return
    bundle = sealed(cabinet)
    report = codec.to_value(check(read(bundle), cabinet.anchors))
    text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write(folder / f"evidence-{number}.asice", bundle)
    write(folder / f"anchors-{number}.pem", pem(cabinet))
    write(folder / f"report-{number}.json", text.encode())
    write(folder / f"receipt-{number}.tlog-proof", cabinet.receipt(cabinet.opening).text().encode())


def pem(cabinet: Cabinet) -> bytes:
    return x509.load_der_x509_certificate(cabinet.anchors[0]).public_bytes(Encoding.PEM)


def write(path: Path, data: bytes) -> None:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def main() -> None:
    cabinet = Cabinet.with_result()
    for signed in statements(cabinet):
        said = parse(signed.statement)
        stem = f"{said.TYPE}-{said.VERSION}"
        if not (FOLDER / "statements" / f"{stem}.json").exists():
            write(FOLDER / "statements" / f"{stem}.json", signed.statement)
            write(FOLDER / "statements" / f"{stem}.p7s", signed.signature)
    write_bundle(cabinet, 1)
    write_bundle(Witnessed.with_result(), 2)
    if not (FOLDER / "forks" / "fork-1.json").exists():
        write(FOLDER / "forks" / "fork-1.json", codec.dump(fork(cabinet)))
        write(FOLDER / "forks" / "anchors-1.pem", pem(cabinet))
    if not (FOLDER / "forks" / "epoch-1.json").exists():
        write(FOLDER / "forks" / "epoch-1.json", codec.dump(cut_short(cabinet)))
        write(FOLDER / "forks" / "epoch-anchors-1.pem", pem(cabinet))
    if not (FOLDER / "omissions" / "omission-1.json").exists():
        body, evidence, receipt = passed_over()
        write(FOLDER / "omissions" / "omission-1.json", codec.dump(evidence))
        write(FOLDER / "omissions" / "receipt-1.zip", write_receipt(receipt))
        write(FOLDER / "omissions" / "anchors-1.pem", pem(body))


if __name__ == "__main__":
    main()
