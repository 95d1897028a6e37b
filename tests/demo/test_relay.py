"""A relay passes everything on, until it is cut; a cut is felt at once, and mending brings the same address back."""

import socket
import threading
from collections.abc import Iterator

import pytest

from ecabinet.demo.relay import Relay


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection: socket.socket) -> None:
            with connection:
                try:
                    while data := connection.recv(65536):
                        connection.sendall(data)
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)


def test_what_goes_in_comes_out(echo: tuple[str, int]) -> None:
    message = bytes(range(256)) * 4096
    with Relay(echo) as relay, socket.create_connection(relay.address) as connection:
        threading.Thread(target=connection.sendall, args=(message,), daemon=True).start()
        received = bytearray()
        while len(received) < len(message):
            received += connection.recv(65536)
        assert bytes(received) == message
        assert relay.forwarded >= len(message)


def test_a_cut_ends_connections_and_refuses_new_ones(echo: tuple[str, int]) -> None:
    with Relay(echo) as relay, socket.create_connection(relay.address) as connection:
        connection.sendall(b"before")
        assert connection.recv(6) == b"before"
        relay.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(relay.address)


def test_a_mended_relay_is_where_it_was(echo: tuple[str, int]) -> None:
    with Relay(echo) as relay:
        before = relay.address
        relay.cut()
        relay.cut()
        relay.mend()
        assert relay.address == before
        with socket.create_connection(relay.address) as connection:
            connection.sendall(b"again")
            assert connection.recv(5) == b"again"
