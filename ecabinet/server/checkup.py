"""What an operator should know of a server: what is wrong, and what could be safer. Changes nothing."""

import os
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ecabinet.core.envelope import Envelope
from ecabinet.core.register import EpochStarted
from ecabinet.core.revocation import Standing
from ecabinet.keys.authority_files import is_closed
from ecabinet.server import migrations, schema
from ecabinet.server.revocations import standings
from ecabinet.server.settings import DATABASE, Settings
from ecabinet.server.store import BodySession, Store

_LITTLE_SPACE = 5 * 1024**3
_OLDEST_POSTGRES = 150_000
_SOON = timedelta(days=30)
_ENTRIES_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to know, in Vietnamese and English; `is_wrong`: it has to be put right."""

    vi: str
    en: str
    is_wrong: bool = False


def check(settings: Settings) -> Iterator[Finding]:
    """Everything found, as it is found."""
    yield from _files(settings)
    if not settings.database and not (settings.data / DATABASE).exists():
        yield Finding(vi="Chưa có cơ sở dữ liệu", en="There is no database", is_wrong=True)
        return
    store = Store(settings.database_url)
    try:
        yield from _database(store.engine)
        for body in store.bodies():
            with store.reading(body.code) as session:
                yield from _ledger(session)
                yield from _epoch(session, settings.data / "keys")
                yield from _witnesses(session)
                yield from _time_stamps(session)
                yield from _revocations(session)
    except migrations.UnfitDatabase as error:
        yield Finding(
            vi=f"Cơ sở dữ liệu không dùng được: {error}", en=f"The database is not fit for use: {error}", is_wrong=True
        )
    except SQLAlchemyError as error:
        name = type(error).__name__
        yield Finding(
            vi=f"Không mở được cơ sở dữ liệu ({name})", en=f"The database can't be opened ({name})", is_wrong=True
        )
    finally:
        store.close()


def _files(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    if not data.is_dir():
        yield Finding(vi=f"Chưa có thư mục dữ liệu {data}", en=f"There is no data folder {data}", is_wrong=True)
        return
    keys = [path for path in _keys(data) if path.suffix == ".key" and not is_closed(path)]
    if keys:
        yield Finding(
            vi=f"{len(keys)} khóa của máy chủ nằm trong tệp thường, không có mật khẩu: ai đọc được thì ký thay được "
            "sổ và CA. Hãy đặt ECABINET_KEY_PASSPHRASE_FILE, mã hóa ổ đĩa và bản sao lưu, chỉ cho tài khoản chạy "
            "máy chủ vào thư mục này",
            en=f"{len(keys)} keys of the server lie in plain files, without a passphrase: whoever reads them can sign "
            "as its log and CA. Set ECABINET_KEY_PASSPHRASE_FILE; encrypt the disk and the backups; let only the "
            "server's account into this folder",
        )
    yield from exposed(data)
    if (data / "founding-code.txt").exists():
        yield Finding(vi="Mã thiết lập chưa được dùng", en="The founding code has not been used")
    yield from _certificates(data)
    if shutil.disk_usage(data).free < _LITTLE_SPACE:
        yield Finding(vi="Ổ đĩa còn trống dưới 5 GB", en="Less than 5 GB of disk space is left")
    if settings.host in {"127.0.0.1", "::1", "localhost"}:
        yield Finding(
            vi=f"Theo cấu hình mà lệnh này đọc được (ECABINET_HOST: {settings.host}), chỉ máy này kết nối được; "
            "--host của lệnh serve thì lệnh này không biết",
            en=f"By the settings this command can read (ECABINET_HOST: {settings.host}), only this machine can "
            "connect; of a --host given to serve it does not know",
        )


def exposed(data: Path) -> Iterator[Finding]:
    """The data folder and the keys in it that other accounts of this machine can read or change."""
    if sys.platform == "win32":
        return
    for path in [data, *_keys(data)]:
        if os.access(path, os.F_OK) and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = "700" if path.is_dir() else "600"
            yield Finding(
                vi=f"Người khác đọc được {path}. Hãy chạy: chmod {mode} {shlex.quote(str(path))}",
                en=f"Others can read {path}. Run: chmod {mode} {shlex.quote(str(path))}",
                is_wrong=True,
            )


def _keys(data: Path) -> list[Path]:
    return sorted([*data.glob("keys/**/*.key"), *data.glob("keys/*.secret")])


def _certificates(data: Path) -> Iterator[Finding]:
    now = datetime.now(UTC)
    for path in sorted(data.glob("keys/**/*.pem")):
        until = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
        if until - now < _SOON:
            yield Finding(
                vi=f"Chứng thư {path.name} hết hạn ngày {until:%d/%m/%Y}",
                en=f"The certificate {path.name} expires on {until:%Y-%m-%d}",
                is_wrong=until < now,
            )


def _database(engine: Engine) -> Iterator[Finding]:
    migrations.check(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            if connection.execute(text("PRAGMA quick_check")).scalar() != "ok":
                yield Finding(vi="Tệp cơ sở dữ liệu bị hỏng", en="The database file is damaged", is_wrong=True)
            return
        if int(connection.execute(text("SHOW server_version_num")).scalar_one()) < _OLDEST_POSTGRES:
            yield Finding(vi="Cần PostgreSQL 15 trở lên", en="PostgreSQL 15 or later is needed", is_wrong=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if connection.execute(text(f"SHOW {setting}")).scalar_one() != "on":
                yield Finding(
                    vi=f"PostgreSQL: {setting} đang tắt, mất điện là mất dữ liệu đã báo nhận",
                    en=f"PostgreSQL: {setting} is off: a power cut would lose what was acknowledged",
                    is_wrong=True,
                )


def _ledger(session: BodySession) -> Iterator[Finding]:
    """Whether every leaf's envelope is the one its entry names."""
    body = session.body
    good = 0
    for start in range(0, body.size, _ENTRIES_AT_ONCE):
        asked = select(schema.Entry.envelope_digest, schema.Envelope.statement, schema.Envelope.signature).join(
            schema.Envelope, schema.Envelope.leaf == schema.Entry.leaf
        )
        chunk = asked.where(schema.Entry.leaf >= start, schema.Entry.leaf < start + _ENTRIES_AT_ONCE)
        for digest, statement, signature in session.execute(chunk):
            good += Envelope(statement, signature).digest == digest
    if good != body.size:
        yield Finding(
            vi=f"Sổ của {body.code}: {body.size - good}/{body.size} mục thiếu hoặc bị sửa",
            en=f"Ledger of {body.code}: {body.size - good} of {body.size} entries are missing or altered",
            is_wrong=True,
        )
    else:
        yield Finding(
            vi=f"Sổ của {body.code}: {body.size} mục, nguyên vẹn",
            en=f"Ledger of {body.code}: {body.size} {'entry' if body.size == 1 else 'entries'}, intact",
        )


def _time_stamps(session: BodySession) -> Iterator[Finding]:
    """How many of the ballots that were closed an authority has stamped, where one ever did."""
    body, ballot = session.body, schema.Ballot
    stamped = session.scalar(select(func.count(schema.TimeStamp.ballot))) or 0
    closed = session.scalar(select(func.count(ballot.ballot)).where(ballot.closed_leaf.is_not(None)))
    if stamped:
        yield Finding(
            vi=f"Sổ của {body.code}: {stamped}/{closed} phiếu đã kết thúc có dấu thời gian",
            en=f"Ledger of {body.code}: {stamped} of {closed} closed ballots bear a time stamp",
        )


def _revocations(session: BodySession) -> Iterator[Finding]:
    """What outside authorities say of certificates in the register, where any said something."""
    code, told = session.body.code, standings(session).values()
    revoked = sum(any(row.standing == Standing.REVOKED for row in rows) for rows in told)
    if told:
        last = max(row.as_of for rows in told for row in rows)
        yield Finding(
            vi=f"Sổ của {code}: {revoked}/{len(told)} chứng thư của tổ chức bên ngoài đã bị nơi cấp thu hồi "
            f"(theo thông tin đến {last:%d/%m/%Y}); người phụ trách đăng ký cần ký thu hồi",
            en=f"Ledger of {code}: {revoked} of {len(told)} certificates of outside authorities were revoked there "
            f"(as told by {last:%Y-%m-%d}); the registrar should sign their revocation",
            is_wrong=bool(revoked),
        )


def _epoch(session: BodySession, keys: Path) -> Iterator[Finding]:
    """Whether it waits for the registrar, as after a restored backup: then its next log key is there already."""
    code = session.body.code
    begun = session.scalars(select(schema.Envelope.leaf).where(schema.Envelope.type == EpochStarted.TYPE)).all()
    following = len(begun) + 2
    if (keys / "bodies" / code / f"log-{following}.key").exists():
        yield Finding(
            vi=f"Sổ của {code}: chờ người phụ trách đăng ký mở kỳ sổ mới {following} (ecabinet admin epoch)",
            en=f"Ledger of {code}: waits for its registrar to begin epoch {following} (ecabinet admin epoch)",
        )


def _witnesses(session: BodySession) -> Iterator[Finding]:
    """How far each witness that ever answered has come."""
    body, said = session.body, schema.Cosignature
    for key, size in session.execute(select(said.key, func.max(said.size)).group_by(said.key).order_by(said.key)):
        name = key.partition("+")[0]
        yield Finding(
            vi=f"Sổ của {body.code}: nhân chứng {name} đã xác nhận {size}/{body.size} mục",
            en=f"Ledger of {body.code}: the witness {name} has cosigned {size} of {body.size} entries",
        )
