"""The server, as the client reaches it: one pool of connections, TLS pinned, typed errors."""

from ecabinet.core.protocol import Refusal


class RemoteError(Exception):
    """The server did not do what it was asked. Nothing is lost: whatever was to be sent stays in the outbox."""


class Unreachable(RemoteError):
    """No connection, or it broke. Trying again later is all there is to do."""


class OtherCertificate(RemoteError):
    """Something answered at this address that is not the server the enrolment code, or the first connection, named."""


class NeedsNewerVersion(RemoteError):
    """The server speaks a later protocol than this program."""


class RefusedByServer(RemoteError):
    """The server answered, and said no; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal
