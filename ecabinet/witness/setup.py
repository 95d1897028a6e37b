"""A witness's folder: its name and key, the logs it knows, its records, and how it is looked over.

witness.key    Ed25519, readable by its owner alone; made at the first start
name           what it is called, in its cosignatures and in policies; chosen once
logs           the logs it knows: lines `log VKEY`, as `ecabinet server log-keys` prints them; `#` begins a comment
records/       of each log the largest checkpoint cosigned: never to be restored from a backup
ca.pem         of its own TLS certificate, for those who ask it
"""

import stat
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core.cosignature import witness_key
from ecabinet.core.ledger import ProofError
from ecabinet.core.signed_note import KeyKind, NoteKey, is_name
from ecabinet.keys.authority_files import KeyFiles
from ecabinet.keys.durable import TakenError, exclusive, replace_file
from ecabinet.witness.records import DamagedRecord, Records

_LOG_WORDS = (2, 3)
"""`log`, the key, and perhaps where the log is."""


class Misconfigured(Exception):
    """Why there can be no witness of this folder, in Vietnamese and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to know, in Vietnamese and English; `is_wrong`: it has to be put right."""

    vi: str
    en: str
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a witness."""

    path: Path

    @property
    def records(self) -> Path:
        return self.path / "records"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    def name(self, chosen: str | None) -> str:
        """What the witness is called: once and for all. Raises Misconfigured."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path / "name"
        with exclusive(self.lock):
            if not file.exists():
                if chosen is None or not is_name(chosen):
                    raise Misconfigured(
                        "Hãy đặt tên cho nhân chứng bằng --name, như kiemtoan.gov.example/ecabinet"
                        " / Name the witness with --name, such as audit.gov.example/ecabinet"
                    )
                replace_file(file, chosen.encode())
        name = file.read_text(encoding="utf-8").strip()
        if not is_name(name) or chosen not in {None, name}:
            raise Misconfigured(f"Nhân chứng này đã có tên khác / This witness has another name: {name!r}")
        return name

    def key(self) -> Ed25519PrivateKey:
        return KeyFiles(self.lock).ed25519(self.path / "witness.key")

    def logs_written_at(self) -> int:
        """In nanoseconds; 0 while there is no list."""
        try:
            return (self.path / "logs").stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def logs(self) -> Mapping[str, Sequence[NoteKey]]:
        """The keys of each log, by origin. Raises Misconfigured."""
        file = self.path / "logs"
        found: dict[str, list[NoteKey]] = defaultdict(list)
        if not file.exists():
            return found
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                key = NoteKey.from_text(words[1]) if len(words) in _LOG_WORDS and words[0] == "log" else None
            except ProofError:
                key = None
            if key is None or key.kind is not KeyKind.LOG:
                raise Misconfigured(f"{file}:{number}: không phải `log VKEY` / not `log VKEY`")
            found[key.name].append(key)
        return found


class KnownLogs:
    """The list of logs as it is now: who writes a log into it need not start the witness anew."""

    def __init__(self, folder: Folder, tell: Callable[[str], None]) -> None:
        """`tell` hears of a list that can't be read any more; the last good one holds. Raises Misconfigured."""
        self._folder, self._tell = folder, tell
        self._written_at, self._logs = folder.logs_written_at(), folder.logs()

    def __call__(self) -> Mapping[str, Sequence[NoteKey]]:
        written_at = self._folder.logs_written_at()
        if written_at != self._written_at:
            self._written_at = written_at
            try:
                self._logs = self._folder.logs()
            except (Misconfigured, OSError, ValueError) as error:
                self._tell(str(error))
        return self._logs


def look_over(folder: Folder) -> Iterator[Finding]:
    """What somebody who runs a witness should know of it. Changes nothing."""
    if not (folder.path / "name").exists() or not (folder.path / "witness.key").exists():
        yield Finding(
            vi=f"Chưa có nhân chứng trong {folder.path}", en=f"There is no witness in {folder.path}", is_wrong=True
        )
        return
    try:
        key = witness_key(folder.name(None), folder.key())
        logs = folder.logs()
    except (Misconfigured, OSError, TypeError, ValueError) as error:
        yield Finding(vi=f"Cấu hình sai: {error}", en=f"Wrong configuration: {error}", is_wrong=True)
        return
    yield Finding(vi=f"Khóa kiểm tra: {key.text()}", en=f"Verifier key: {key.text()}")
    for path in [folder.path, folder.path / "witness.key"]:
        if sys.platform != "win32" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding(vi=f"Người khác đọc được {path}", en=f"Others can read {path}", is_wrong=True)
    if not logs:
        yield Finding(
            vi=f"Chưa biết sổ nào: hãy ghi vào {folder.path / 'logs'}",
            en=f"It knows no log: list them in {folder.path / 'logs'}",
            is_wrong=True,
        )
    yield from _records(folder, key, logs)


def _records(folder: Folder, key: NoteKey, logs: Mapping[str, Sequence[NoteKey]]) -> Iterator[Finding]:
    try:
        records = Records(folder.records, key)
    except TakenError:
        yield Finding(vi="Nhân chứng đang chạy", en="The witness is running: its records are in use")
        return
    try:
        for origin in logs:
            try:
                last = records.last(origin)
            except DamagedRecord as error:
                yield Finding(
                    vi=f"{origin}: tệp {error} bị hỏng, nhân chứng không xác nhận sổ này nữa",
                    en=f"{origin}: the file {error} is damaged; nothing of this log is cosigned any more",
                    is_wrong=True,
                )
                continue
            if last is None:
                yield Finding(vi=f"{origin}: chưa xác nhận lần nào", en=f"{origin}: nothing cosigned yet")
            else:
                size, at = last.checkpoint.size, last.cosigned_at
                yield Finding(
                    vi=f"{origin}: đã xác nhận {size} mục, lúc {at:%d/%m/%Y %H:%M:%S} UTC",
                    en=f"{origin}: {size} {'entry' if size == 1 else 'entries'} cosigned, {at:%Y-%m-%d %H:%M:%S} UTC",
                )
    finally:
        records.close()
