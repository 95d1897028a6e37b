"""Why a request to the server came to nothing."""

from ecabinet.core.protocol import Refusal


class RemoteError(Exception):
    """The server did not do what it was asked. Nothing is lost: whatever was to be sent stays in the outbox."""


class Unreachable(RemoteError):
    """No connection, or it broke. `may_have_arrived`: the request was on its way when it did."""

    def __init__(self, *, may_have_arrived: bool = False) -> None:
        super().__init__()
        self.may_have_arrived = may_have_arrived


class OtherCertificate(RemoteError):
    """What answers at this address is not the server that the enrolment code, or the first connection, named.

    `is_about_time`: it is the right one, but by this machine's clock its certificate is not valid: the clock is wrong.
    """

    def __init__(self, *, is_about_time: bool = False) -> None:
        super().__init__()
        self.is_about_time = is_about_time


class NeedsNewerVersion(RemoteError):
    """The server speaks a later protocol than this program."""


class BadAnswer(RemoteError):
    """The server sent something that is not what the protocol says."""


class RefusedByServer(RemoteError):
    """The server answered, and said no; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal
