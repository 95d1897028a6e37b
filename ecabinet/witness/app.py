"""The witness as a process: its folder opened, its address taken, its key told, until it is asked to stop."""

import json
import os
import signal
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ecabinet.core.cosignature import witness_key
from ecabinet.keys.authority_files import KeyFiles
from ecabinet.keys.durable import TakenError, replace_file
from ecabinet.witness.records import Records
from ecabinet.witness.serving import WitnessServer, log
from ecabinet.witness.setup import Folder, KnownLogs, Misconfigured
from ecabinet.witness.witness import Witness

_CA = "ecabinet witness"
_CA_FILE = "ca.pem"
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - the operator chooses


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a witness is run."""

    data: Path
    name: str | None
    """Needed once."""
    host: str
    port: int
    """0: whichever is free."""
    names: tuple[str, ...]
    """Host names that the TLS certificate is for."""
    is_plain: bool
    """Without TLS, for who puts a proxy before it."""


def serve(options: Options) -> None:
    """Serves until SIGTERM or SIGINT. Prints a line of JSON when it listens: `listening`, `verifier_key`, `ca`.

    Raises Misconfigured.
    """
    os.umask(0o077)
    folder = Folder(options.data)
    name = folder.name(options.name)
    try:
        records = Records(folder.records, witness_key(name, folder.key()))
    except TakenError:
        raise Misconfigured("Nhân chứng này đang chạy rồi / This witness is running already") from None
    try:
        witness = Witness(name, folder.key(), KnownLogs(folder, log), records=records, clock=lambda: datetime.now(UTC))
        _serve(options, witness)
    finally:
        records.close()


def _serve(options: Options, witness: Witness) -> None:
    tls = None if options.is_plain else _tls(options)
    try:
        server = WitnessServer(witness, options.host, options.port, tls)
    except OSError as error:
        raise Misconfigured(f"{options.host}:{options.port}: {error.strerror}") from error
    for number in (signal.SIGTERM, signal.SIGINT):
        # `shutdown` waits for the loop that this very thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    host = next(iter(options.names), socket.gethostname()) if options.host in _EVERYWHERE else options.host
    said = {
        "listening": f"http{'' if options.is_plain else 's'}://{f'[{host}]' if ':' in host else host}:{server.port}",
        "verifier_key": witness.key.text(),
    } | ({} if options.is_plain else {"ca": str(options.data / _CA_FILE)})
    print(json.dumps(said, ensure_ascii=False), flush=True)  # noqa: T201 - what started it waits for this
    with server:
        server.serve_forever(poll_interval=0.1)


def _tls(options: Options) -> ssl.SSLContext:
    folder = options.data / "tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    files = KeyFiles(options.data / "lock")
    authority = files.authority(folder / "ca", _CA)
    names = {options.host, socket.gethostname(), *options.names} - _EVERYWHERE
    chain, key = files.tls(folder, authority, names, datetime.now(UTC))
    replace_file(options.data / _CA_FILE, (folder / "ca.pem").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, key)
    return context
