"""A prompter for gnome-keyring, in the place of the one that needs a screen: it refuses, or never answers.

It speaks org.gnome.keyring.internal.Prompter as gcr does: BeginPrompting → PromptReady(""); PerformPrompt →
PromptReady("no"); StopPrompting → PromptDone.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from jeepney import DBusAddress, HeaderFields, Message, MessageType, message_bus, new_method_call, new_method_return
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection

_NAME = "org.gnome.keyring.SystemPrompter"
_CALLBACK = "org.gnome.keyring.internal.Prompter.Callback"


@contextmanager
def prompter(*, answers: bool) -> Iterator[threading.Event]:
    """Own the prompter's name on the session bus; the event tells that a prompt was asked for."""
    asked = threading.Event()
    with closing(open_dbus_connection()) as connection:
        Proxy(message_bus, connection).RequestName(_NAME)
        serving = threading.Thread(target=_serve, args=(connection, asked, answers), daemon=True)
        serving.start()
        yield asked
        # A last message to ourselves ends the thread.
        with closing(open_dbus_connection()) as other:
            other.send(new_method_call(DBusAddress("/", bus_name=connection.unique_name, interface="x.Y"), "Quit"))
        serving.join()


def _serve(connection: DBusConnection, asked: threading.Event, answers: bool) -> None:  # noqa: FBT001
    while True:
        message = connection.receive()
        fields = message.header.fields
        if message.header.message_type is not MessageType.method_call:
            continue
        member = fields.get(HeaderFields.member)
        if member == "Quit":
            return
        connection.send(new_method_return(message))
        asked.set()
        if answers:
            _answer(connection, message, member, fields[HeaderFields.sender])


def _answer(connection: DBusConnection, message: Message, member: str, sender: str) -> None:
    callback = DBusAddress(message.body[0], bus_name=sender, interface=_CALLBACK)
    match member:
        case "BeginPrompting":
            connection.send(new_method_call(callback, "PromptReady", "sa{sv}s", ("", {}, "")))
        case "PerformPrompt":
            connection.send(new_method_call(callback, "PromptReady", "sa{sv}s", ("no", {}, "")))
        case "StopPrompting":
            connection.send(new_method_call(callback, "PromptDone"))
