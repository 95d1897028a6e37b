"""What an operator should know of a server: what is wrong, and what could be safer. Changes nothing."""

import os
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ecabinet.core.register import Register
from ecabinet.core.revocation import Standing
from ecabinet.keys.authority_files import KeyFiles, KeysClosed, UnreadablePem, is_closed, read_certificates
from ecabinet.server import migrations, schema
from ecabinet.server.actions import epochs
from ecabinet.server.inspection import Inspected, cosigned, inspect
from ecabinet.server.keys import body_files, server_files
from ecabinet.server.revocations import standings
from ecabinet.server.settings import DATABASE, LEAST_PASSPHRASE, Settings, WeakPassphrase
from ecabinet.server.store import BodySession, Store

_LITTLE_SPACE = 5 * 1024**3
_OLDEST_POSTGRES = 150_000
_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to know, in Vietnamese and English; `is_wrong`: it has to be put right."""

    vi: str
    en: str
    is_wrong: bool = False


def check(settings: Settings) -> Iterator[Finding]:
    """Everything found, as it is found."""
    try:
        yield from _everything(settings)
    except migrations.UnfitDatabase as error:
        yield Finding(
            vi=f"Cơ sở dữ liệu không dùng được: {error}", en=f"The database is not fit for use: {error}", is_wrong=True
        )
    except SQLAlchemyError as error:
        name = type(error).__name__
        yield Finding(
            vi=f"Không mở được cơ sở dữ liệu ({name})", en=f"The database can't be opened ({name})", is_wrong=True
        )
    except OSError as error:
        yield Finding(
            vi=f"Không đọc được {error.filename}: {error.strerror}",
            en=f"{error.filename} can't be read: {error.strerror}",
            is_wrong=True,
        )


def _everything(settings: Settings) -> Iterator[Finding]:
    yield from _files(settings)
    if not settings.database and not (settings.data / DATABASE).exists():
        yield Finding(vi="Chưa có cơ sở dữ liệu", en="There is no database", is_wrong=True)
        return
    folder = settings.data / "keys"
    store = Store(settings.database_url)
    try:
        yield from _database(store.engine)
        for body in store.bodies():
            with store.reading(body.code) as session:
                said = cosigned(session)
            with store.reading(body.code) as session:
                found = inspect(session, said)
                yield from _ledger(session, found)
                yield from _keys_of(body.code, epochs.current(session), found.register, settings)
                yield from _epoch(session, folder)
                yield from _witnesses(session, settings, found.register)
                yield from _time_stamps(session)
                yield from _revocations(session)
    finally:
        store.close()


def _files(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    if not data.is_dir():
        yield Finding(vi=f"Chưa có thư mục dữ liệu {data}", en=f"There is no data folder {data}", is_wrong=True)
        return
    yield from _opening(settings)
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


def _opening(settings: Settings) -> Iterator[Finding]:
    """The keys that don't open."""
    try:
        passphrase = settings.key_passphrase()
    except WeakPassphrase as error:
        yield Finding(
            vi=f"Tệp mật khẩu phải có đúng một dòng, ít nhất {LEAST_PASSPHRASE} ký tự ngẫu nhiên: {error}",
            en=f"The passphrase file holds one line of at least {LEAST_PASSPHRASE} random characters: {error}",
            is_wrong=True,
        )
        return
    files = KeyFiles(settings.data / "keys" / "lock", passphrase)
    for path in _keys(settings.data):
        try:
            if path.suffix == ".key":
                files.read(path)
        except KeysClosed:
            yield Finding(
                vi=f"Không mở được khóa {path}: mật khẩu chưa được cho (ECABINET_KEY_PASSPHRASE_FILE) hoặc không đúng",
                en=f"The key {path} does not open: its passphrase was not given (ECABINET_KEY_PASSPHRASE_FILE), or is "
                "another one",
                is_wrong=True,
            )
        except UnreadablePem:
            yield _damaged(path)


def _damaged(path: Path) -> Finding:
    return Finding(
        vi=f"Tệp {path} bị hỏng: không có khóa hay chứng thư (PEM) đọc được. Hãy khôi phục từ bản sao lưu; riêng "
        "tls.pem và tls.key có thể xóa, máy chủ sẽ tạo lại",
        en=f"The file {path} is damaged: no key or certificate (PEM) can be read. Restore it from the backup; tls.pem "
        "and tls.key alone may be deleted instead, and are made anew",
        is_wrong=True,
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
        try:
            until = read_certificates(path)[0].not_valid_after_utc
        except UnreadablePem:
            yield _damaged(path)
            continue
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


def _ledger(session: BodySession, found: Inspected) -> Iterator[Finding]:
    """Whether every leaf's envelope is the one its entry names, and the entries those that were signed."""
    body = session.body
    if found.sound != body.size:
        yield Finding(
            vi=f"Sổ của {body.code}: {body.size - found.sound}/{body.size} mục thiếu hoặc bị sửa",
            en=f"Ledger of {body.code}: {body.size - found.sound} of {body.size} entries are missing or altered",
            is_wrong=True,
        )
    elif found.contradicted is not None or found.register is None:
        vi, en = (
            ("các văn bản đăng ký không nối tiếp nhau", "its register does not follow from statement to statement")
            if found.contradicted is None
            else (
                f"các mục không phải là {found.contradicted} mục mà sổ, nhân chứng hoặc thiết bị đã ký",
                f"its entries are not the {found.contradicted} that the log, a witness or a device has signed",
            )
        )
        yield Finding(
            vi=f"Sổ của {body.code}: {vi}; có mục thiếu hoặc bị sửa. Đừng chạy máy chủ; giữ nguyên dữ liệu này để kiểm "
            "tra và khôi phục bản sao lưu",
            en=f"Ledger of {body.code}: {en}; some are missing or altered. Don't serve; keep these data for whoever "
            "looks into it, and restore a backup",
            is_wrong=True,
        )
    else:
        yield Finding(
            vi=f"Sổ của {body.code}: {body.size} mục, nguyên vẹn; {found.confirmed} mục đầu đúng như sổ, nhân chứng "
            "hoặc thiết bị đã ký",
            en=f"Ledger of {body.code}: {body.size} {'entry' if body.size == 1 else 'entries'}, intact; the first "
            f"{found.confirmed} as the log, a witness or a device has signed them",
        )


def _keys_of(code: str, epoch: int, register: Register | None, settings: Settings) -> Iterator[Finding]:
    """Whether what the members of a body go by is there, and is what its ledger names."""
    folder = settings.data / "keys"
    own = body_files(folder, code, epoch)
    for path in [*server_files(folder), *own]:
        if not path.exists():
            yield Finding(
                vi=f"{code}: thiếu khóa của máy chủ {path}. Hãy khôi phục cả thư mục keys của cùng bản sao lưu",
                en=f"{code}: the server's key {path} is missing. Restore the folder keys of the same backup too",
                is_wrong=True,
            )
    for path in () if register is None else _not_named(own, register, settings):
        yield Finding(
            vi=f"{code}: {path} không phải là khóa mà sổ nêu. Hãy khôi phục thư mục keys của cùng bản sao lưu",
            en=f"{code}: {path} is not the one that its ledger names. Restore the folder keys of the same backup",
            is_wrong=True,
        )


def _not_named(own: tuple[Path, ...], register: Register, settings: Settings) -> Iterator[Path]:
    """Those of a body's files that its ledger does not name; what can't be read is told elsewhere."""
    _, certificate, log = own
    with suppress(FileNotFoundError, UnreadablePem):
        if read_certificates(certificate)[0].public_bytes(Encoding.DER) != register.founding.ca_certificate:
            yield certificate
    with suppress(FileNotFoundError, KeysClosed, UnreadablePem, WeakPassphrase):
        key = KeyFiles(log.with_name("lock"), settings.key_passphrase()).read(log).public_key()
        if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != _spki(register.log_key.public_key):
            yield log


def _spki(ed25519: bytes) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(ed25519)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


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
    following = epochs.current(session) + 1
    if (keys / "bodies" / code / f"log-{following}.key").exists():
        yield Finding(
            vi=f"Sổ của {code}: chờ người phụ trách đăng ký mở kỳ sổ mới {following} (ecabinet admin epoch)",
            en=f"Ledger of {code}: waits for its registrar to begin epoch {following} (ecabinet admin epoch)",
        )


def _witnesses(session: BodySession, settings: Settings, register: Register | None) -> Iterator[Finding]:
    """How far each witness has come that ever answered, is named in the policy, or configured here."""
    body, said = session.body, schema.Cosignature
    asked = select(said.key, func.max(said.size)).group_by(said.key)
    named = [*(() if register is None else register.founding.witnesses.keys), *_configured(settings)]
    for key, size in sorted({**dict.fromkeys(named, 0), **dict(session.execute(asked).all())}.items()):
        name = key.partition("+")[0]
        yield Finding(
            vi=f"Sổ của {body.code}: nhân chứng {name} đã xác nhận {size}/{body.size} mục",
            en=f"Ledger of {body.code}: the witness {name} has cosigned {size} of {body.size} entries",
        )


def _configured(settings: Settings) -> Iterator[str]:
    return (each.partition(" ")[0] for each in settings.witnesses)
