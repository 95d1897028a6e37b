"""The server as a process: its parts put together, its address taken, its code told, until it is asked to stop."""

import asyncio
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import structlog
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.server.embed import Server as Granian
from sqlalchemy.exc import ArgumentError, DBAPIError

from ecabinet.core.protocol import Path
from ecabinet.keys.authority_files import KeysClosed, UnreadablePem
from ecabinet.keys.durable import TakenError
from ecabinet.server import api, migrations
from ecabinet.server.actions import Server, epochs, founding
from ecabinet.server.blobs import BadBlobs, Blobs
from ecabinet.server.feed import Lookout
from ecabinet.server.holding import holding
from ecabinet.server.keys import Keys, KeysMissing, body_files, require, server_files
from ecabinet.server.outward import BadNetwork, Reach
from ecabinet.server.revocations import Revocations
from ecabinet.server.sessions import Sessions
from ecabinet.server.settings import DATABASE, LEAST_PASSPHRASE, Settings, WeakPassphrase
from ecabinet.server.stamping import BadTimeAuthority, Stamping, TimeAuthority
from ecabinet.server.store import Store
from ecabinet.server.witnesses import BadWitness, WitnessAddress, Witnesses

_BACKLOG = 1024
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - the operator chooses
_MOST_REQUESTS = 8192
"""At once, streams that wait for a look among them."""
_NEW_OBJECTS = 20_000
"""That come before any is looked at for garbage: a group of submissions holds some thousands until it is answered."""
_MOST_FILES = 10240
"""A connection for each of these, the files they read, and the database; more macOS gives no process."""


class _Listening(Granian):
    """Granian on a socket that we took ourselves, so that its port is known and nobody shares it."""

    def __init__(self, app: Any, listener: socket.socket, **arguments: Any) -> None:
        super().__init__(app, **arguments)
        self._listener = listener

    def _init_shared_socket(self) -> None:
        handle = self._listener.dup().detach()
        more = () if sys.platform == "win32" else (False, _BACKLOG)
        self._shd = SocketHolder(handle, *more)  # type: ignore[assignment,call-arg]


def assemble(settings: Settings, url: str) -> Server:
    """The server's parts, on a database that is at head and guards itself, in a data folder that is there.

    Keys are made for a server without bodies alone. Raises migrations.UnfitDatabase, KeysMissing, KeysClosed,
    UnreadablePem, WeakPassphrase, BadBlobs, OSError.
    """
    passphrase = settings.key_passphrase()
    blobs = Blobs(settings.blobs_url, settings.data / "uploads")
    store = Store(settings.database_url)
    try:
        migrations.upgrade(store.engine)
        migrations.check(store.engine)
        _require_keys(store, settings.data / "keys")
        keys = Keys(settings.data / "keys", passphrase)
        sessions = Sessions(store, ca_spki=keys.ca_spki, secret=keys.challenge_secret(), lasts=settings.sign_in_lasts)
    except BaseException:
        store.close()
        raise
    return Server(settings=settings, store=store, blobs=blobs, keys=keys, sessions=sessions, url=url)


def _require_keys(store: Store, folder: FilePath) -> None:
    """Raises KeysMissing: a database whose keys were not restored with it must not get others."""
    for body in store.bodies():
        with store.reading(body.code) as session:
            epoch = epochs.current(session)
        require([*server_files(folder), *body_files(folder, body.code, epoch)])


class CannotServe(Exception):
    """Why the server can't start, in Vietnamese and English, for the operator."""


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Prints a line of JSON when it listens: `listening`, `founding_code` if open.

    Raises CannotServe.
    """
    os.umask(0o077)
    _log_as_json()
    allow_connections()
    with _telling(settings):
        _serve(settings)


@contextmanager
def _telling(settings: Settings) -> Iterator[None]:
    """Whatever keeps a server from starting is raised as CannotServe."""
    try:
        with _telling_of_keys():
            yield
    except migrations.UnfitDatabase as error:
        raise CannotServe(f"Cơ sở dữ liệu không dùng được / The database is not fit for use: {error}") from error
    except ArgumentError as error:
        raise CannotServe(f"Địa chỉ cơ sở dữ liệu không hợp lệ / This is no database URL: {error}") from error
    except DBAPIError as error:
        raise CannotServe(f"Không mở được cơ sở dữ liệu / The database can't be opened: {error.orig}") from error
    except BadWitness as error:
        raise CannotServe(f"Nhân chứng phải ghi là VKEY URL / A witness is named as VKEY URL: {error}") from error
    except BadTimeAuthority as error:
        raise CannotServe(
            "Tổ chức cấp dấu thời gian phải có địa chỉ http(s) và tệp PEM / "
            f"A time-stamp authority needs an http(s) address and a PEM file: {error}"
        ) from error
    except WeakPassphrase as error:
        raise CannotServe(
            f"Tệp mật khẩu phải có đúng một dòng, ít nhất {LEAST_PASSPHRASE} ký tự ngẫu nhiên / "
            f"The passphrase file holds one line of at least {LEAST_PASSPHRASE} random characters: {error}"
        ) from error
    except BadBlobs as error:
        raise CannotServe(
            f"Kho tài liệu phải là thư mục hoặc ghi như s3://bucket / Papers are kept in a folder, or as s3://bucket: "
            f"{error}"
        ) from error
    except TakenError as error:
        raise CannotServe(
            f"Có máy chủ đang chạy trên dữ liệu này ({settings.data}). Hãy dừng máy chủ đó trước / "
            f"A server is running on these data ({settings.data}). Stop it first"
        ) from error
    except BadNetwork as error:
        raise CannotServe(f"Mạng phải ghi như 10.0.0.0/8 / A network is named as 10.0.0.0/8: {error}") from error
    except OSError as error:
        where = error.filename or f"{settings.host}:{settings.port}, {settings.data}"
        raise CannotServe(f"Không khởi động được / Can't start ({where}): {error.strerror}") from error


@contextmanager
def _telling_of_keys() -> Iterator[None]:
    """The same of the server's keys and other PEM files."""
    try:
        yield
    except KeysClosed as error:
        raise CannotServe(
            f"Khóa của máy chủ có mật khẩu, và mật khẩu đó chưa được cho hoặc không đúng: {error.path}. "
            "Hãy đặt ECABINET_KEY_PASSPHRASE_FILE / The server's keys have a passphrase, and it was not given or is "
            f"another one: {error.path}. Set ECABINET_KEY_PASSPHRASE_FILE"
        ) from error
    except KeysMissing as error:
        raise CannotServe(
            f"Thiếu khóa của máy chủ: {error.path}. Hãy khôi phục cả thư mục keys của cùng bản sao lưu; chưa tạo khóa "
            f"nào mới / A key of this server is missing: {error.path}. Restore the folder keys of the same backup too; "
            "no new one was made"
        ) from error
    except UnreadablePem as error:
        raise CannotServe(
            f"Tệp không có khóa hay chứng thư (PEM) đọc được: {error.path}. Nếu là tệp trong keys, hãy khôi phục từ "
            "bản sao lưu; riêng tls.pem và tls.key có thể xóa, máy chủ sẽ tạo lại / This file holds no key or "
            f"certificate (PEM) that can be read: {error.path}. If it is one in keys, restore it from the backup; "
            "tls.pem and tls.key alone may be deleted instead, and are made anew"
        ) from error


def allow_connections() -> None:
    """Raises this process's limit of open files to what its requests may take, as far as the system lets it.

    Many systems begin with 1,024: too few for a province whose clients all wait for a look.
    """
    if sys.platform == "win32":  # which has no such limit
        return
    import resource  # noqa: PLC0415 - no such module on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(_MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _serve(settings: Settings) -> None:
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with (
        holding(settings, alone=False),
        socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG) as listener,
    ):
        # Inherited by every connection: an answer is a head and a body, and the body must not wait for the head's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host = next(iter(settings.names), socket.gethostname()) if settings.host in _EVERYWHERE else settings.host
        url = f"https://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        server = assemble(settings, settings.public_url or url)
        names = {settings.host, socket.gethostname(), *settings.names} - _EVERYWHERE
        try:
            with server.keys.tls(names, server.store.now()) as (chain, key):
                asyncio.run(_run(server, listener, url, chain, key))
        finally:
            server.store.close()


@contextmanager
def _at_rest(settings: Settings) -> Iterator[Server]:
    """The parts of a server that has served before, for a command: nothing is served. Raises CannotServe."""
    os.umask(0o077)
    if not settings.data.is_dir():
        raise CannotServe(f"Chưa có thư mục dữ liệu {settings.data} / There is no data folder {settings.data}")
    if not settings.database and not (settings.data / DATABASE).exists():
        raise CannotServe(
            f"Chưa có máy chủ nào trong {settings.data}: không có {DATABASE}. Hãy xem lại --data; máy chủ mới thì chạy "
            f"ecabinet serve trước / There is no server in {settings.data}: no {DATABASE}. Look at --data again; a new "
            "server begins with ecabinet serve"
        )
    with _telling(settings):
        require(server_files(settings.data / "keys"))
        server = assemble(settings, settings.public_url)
        try:
            yield server
        finally:
            server.store.close()


def print_founding_code(settings: Settings) -> None:
    """A code for one more body, of the server whose data these are. Raises CannotServe."""
    with _at_rest(settings) as server:
        print(founding.make_code(server).text())  # noqa: T201 - what was asked for


def print_log_keys(settings: Settings) -> bool:
    """A line `log VKEY URL` for the log of every body, for the witnesses and monitors of it; whether there is any.

    Raises CannotServe.
    """
    with _at_rest(settings) as server:
        bodies = server.store.bodies()
        for body in bodies:
            with server.store.reading(body.code) as session:
                register = server.ledger(body.code).catch_up(session)
            prefix = Path.CHECKPOINT.format(body=body.code, epoch=register.epoch).removesuffix("/checkpoint")
            where = f" {server.url}{prefix}" if server.url else ""
            print(f"log {register.log_key.note_key.text()}{where}")  # noqa: T201 - what was asked for
        return bool(bodies)


def prepare_epochs(settings: Settings, body: str | None) -> bool:
    """After a restored backup: has every body wait for its registrar to begin a new epoch, or the one named.

    Prints a line `BODY EPOCH` for each; whether there is any. Raises LookupError for a body that is not there, and
    CannotServe.
    """
    with _at_rest(settings) as server, _telling(settings), holding(settings, alone=True):
        bodies = [body] if body is not None else [each.code for each in server.store.bodies()]
        for each in bodies:
            print(f"{each} {epochs.prepare(server, each)}")  # noqa: T201 - what was asked for
        return bool(bodies)


async def _run(server: Server, listener: socket.socket, url: str, chain: FilePath, key: FilePath) -> None:
    lookout, witnesses, stamping = Lookout(), _witnesses(server), _stamping(server)
    revocations = Revocations(server.store, server.ledger, Reach.within(server.settings.authority_networks))
    server.store.listeners += [lookout.wake, witnesses.wake, *(each.wake for each in stamping)]
    granian = _Listening(
        api.make_app(server, lookout),
        listener,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_MOST_REQUESTS,
        runtime_threads=os.cpu_count() or 1,
        log_enabled=False,
        ssl_cert=chain,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
    )

    def stop() -> None:
        lookout.close()
        granian.stop()  # type: ignore[no-untyped-call]

    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            asyncio.get_running_loop().add_signal_handler(number, stop)
        except NotImplementedError:  # Windows has no such handlers for a loop
            signal.signal(number, lambda *_: stop())
    granian.on_startup(lambda: _announce(server, url))
    errands: list[Witnesses | Stamping | Revocations] = [witnesses, *stamping, revocations]
    for each in errands:
        each.start()
    gc.freeze()  # what is there now stays
    gc.set_threshold(_NEW_OBJECTS)
    try:
        await granian.serve()
    finally:
        for each in errands:
            each.close()


def _witnesses(server: Server) -> Witnesses:
    settings = server.settings
    addresses = [WitnessAddress.from_text(each) for each in settings.witnesses]
    return Witnesses(server.store, server.ledger, addresses, settings.witness_ca)


def _stamping(server: Server) -> list[Stamping]:
    settings = server.settings
    if not settings.time_authority:
        return []
    return [Stamping(server.store, TimeAuthority.named(settings.time_authority, settings.time_authority_ca))]


def _announce(server: Server, url: str) -> None:
    code = founding.first_code(server)
    said = {"listening": url} | ({"founding_code": code} if code else {})
    print(json.dumps(said), flush=True)  # noqa: T201 - what started the server waits for this


def _log_as_json() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
