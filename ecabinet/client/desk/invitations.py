"""Which server, and the one-time code it gave out: as a person types it, as a file or a picture carries it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ecabinet.client.desk.errors import BadInvitation
from ecabinet.core.protocol import Code

_SCHEME = "ecabinet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInvitation:
    """Which server, and the one-time code it gave out."""

    host: str
    port: int
    code: Code


def read_invitation(text: str, code: str = "") -> ServerInvitation:
    """`ecabinet://host:port/CODE`, or an address (`host:port`) and a code typed apart; nothing from a tab on.

    Raises BadInvitation.
    """
    text = text.strip().partition("\t")[0].strip()
    try:
        parts = urlsplit(text if "://" in text else f"{_SCHEME}://{text}")
        port = parts.port
        typed = code or parts.path.removeprefix("/")
        if parts.scheme not in {_SCHEME, "https"} or not parts.hostname or port is None:
            raise BadInvitation
        return ServerInvitation(host=parts.hostname, port=port, code=Code.from_text(typed))
    except ValueError as error:
        raise BadInvitation from error


def write_invitation(host: str, port: int, code: str) -> str:
    """What `read_invitation` reads."""
    return f"{_SCHEME}://{f'[{host}]' if ':' in host else host}:{port}/{code}"
