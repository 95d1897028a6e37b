"""The secrets that commands ask for: unseen, or from standard input, never from the environment."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ecabinet.cli.speaking import advise, both, fail


def _hidden(value: str) -> str:
    """A secret, which standard input tells for `-`: what stands on a command line, everybody on the machine sees."""
    return sys.stdin.readline().rstrip("\r\n") if value == "-" else value


def _hidden_or_asked(value: str) -> str:
    return _hidden(value or str(typer.prompt("ecabinet://…", hide_input=True)))


_ASKED = "Không ghi thì được hỏi; - là đọc từ đầu vào chuẩn"
_ASKED_EN = "Asked for, unless given; - is for standard input"
_PIN_HELP = both(
    f"Từ 6 đến 12 chữ số, không dùng dãy số liên tiếp hoặc một chữ số lặp lại. {_ASKED}.",
    f"6 to 12 digits, neither one repeated nor in a row. {_ASKED_EN}.",
)


def _hidden_or_chosen(value: str) -> str:
    """A PIN that is new, and therefore typed twice."""
    from ecabinet.client.ui.words import say

    while not value:
        typed, again = (
            str(typer.prompt(question, hide_input=True))
            for question in ("Mã PIN mới (new PIN)", "Nhập lại để xác nhận (repeat)")
        )
        if typed == again:
            return typed
        advise(lambda: say("access.pins_differ"))
    return _hidden(value)


def _ask(option: str, question: str | None, told: str, answer: Callable[[str], str] = _hidden) -> Any:
    """An option for a secret that is asked for, by `answer` if there is no question.

    None by default, which is why help does not call it required.
    """
    return typer.Option(
        option,
        prompt=question or False,
        hide_input=question is not None,
        callback=answer,
        default_factory=lambda: None,
        show_default=False,
        help=told,
    )


_PIN = _ask("--pin", "Mã PIN (PIN)", _PIN_HELP)
_NEW_PIN = _ask("--pin", None, _PIN_HELP, _hidden_or_chosen)
_CODE = _ask(
    "--code",
    "Mã thiết lập (founding code)",
    both(f"Mã thiết lập mà máy chủ đã in. {_ASKED}.", f"The founding code the server printed. {_ASKED_EN}."),
)
_ADDRESS = typer.Argument(
    is_eager=True,  # else the PIN would be the first line of standard input
    callback=_hidden_or_asked,
    show_default=False,
    help=both(
        f"ecabinet://host:port/CODE do người phụ trách đăng ký cấp. {_ASKED}.",
        f"As the registrar gave it. {_ASKED_EN}.",
    ),
)
Pin = Annotated[str, _PIN]
NewPin = Annotated[str, _NEW_PIN]
FoundingCode = Annotated[str, _CODE]
Address = Annotated[str, _ADDRESS]
TokenPin = Annotated[
    str,
    typer.Option(
        "--token-pin",
        help=both(f"Mã PIN của thiết bị ký số. {_ASKED}.", f"The token's own PIN. {_ASKED_EN}."),
    ),
]


def read_certificate(path: Path) -> bytes:
    """The one certificate in a file, PEM or DER, as DER. Raises CertificateUnfit; leaves with 1 if it can't be read."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from ecabinet.client.desk.errors import CertificateFault, CertificateUnfit
    from ecabinet.client.ui.words import say

    try:
        data = path.read_bytes()
        is_text = data.startswith(b"-----BEGIN")
        parsed = x509.load_pem_x509_certificate(data) if is_text else x509.load_der_x509_certificate(data)
    except OSError as error:
        why = error.strerror or str(error)
        fail(lambda: say("token.file", file=str(path), why=why))
    except ValueError as error:
        raise CertificateUnfit(CertificateFault.UNREADABLE) from error
    return parsed.public_bytes(Encoding.DER)


def token_pin_of(given: str) -> str:
    """The PIN that was given for a token, or is now asked for; empty where it is typed on the token itself."""
    return _hidden(given) or str(
        typer.prompt("Mã PIN của thiết bị ký số (token PIN)", hide_input=True, default="", show_default=False)
    )
