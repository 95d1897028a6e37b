"""Makes vectors that are not there yet: `python -m tests.vectors.make`. What is there stays for ever."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.envelope import Envelope, parse
from ecabinet.core.evidence import check, read
from ecabinet.core.register import EpochStarted
from tests.bundles import sealed
from tests.cabinet import Cabinet

FOLDER = Path(__file__).parent


def statements(cabinet: Cabinet) -> Iterable[Envelope]:
    """One of every type there is."""
    yield from (each.envelope for each in cabinet.ledger)
    yield cabinet.revocation("finance")
    yield cabinet.extension(cabinet.asked.deadline_at + timedelta(days=1))
    started = EpochStarted(
        **cabinet.heading(),
        epoch=2,
        log_key=bytes(range(32)),
        last_checkpoint=cabinet.checkpoint(),
        previous=cabinet.register_head,
    )
    yield cabinet.sign("registrar", started)


def write(path: Path, data: bytes) -> None:
    if not path.exists():
        path.write_bytes(data)


def main() -> None:
    cabinet = Cabinet.with_result()
    for signed in statements(cabinet):
        said = parse(signed.statement)
        stem = f"{said.TYPE}-{said.VERSION}"
        if not (FOLDER / "statements" / f"{stem}.json").exists():
            write(FOLDER / "statements" / f"{stem}.json", signed.statement)
            write(FOLDER / "statements" / f"{stem}.p7s", signed.signature)
    bundle = sealed(cabinet)
    if not (FOLDER / "evidence" / "evidence-1.asice").exists():
        anchor = x509.load_der_x509_certificate(cabinet.anchors[0]).public_bytes(Encoding.PEM)
        report = codec.to_value(check(read(bundle), cabinet.anchors))
        write(FOLDER / "evidence" / "evidence-1.asice", bundle)
        write(FOLDER / "evidence" / "anchors-1.pem", anchor)
        text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        write(FOLDER / "evidence" / "report-1.json", text.encode())
        write(FOLDER / "evidence" / "receipt-1.tlog-proof", cabinet.receipt(cabinet.opening).text().encode())


if __name__ == "__main__":
    main()
