"""Commands for keys on tokens: which are plugged in, whether they sign, and how they get their certificates."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ecabinet.cli import people
from ecabinet.cli.asking import TokenPin, token_pin_of
from ecabinet.cli.people import Profiles
from ecabinet.cli.speaking import both, errors_told, fail, tell

if TYPE_CHECKING:
    from ecabinet.keys.tokens import Tokens

app = typer.Typer(no_args_is_help=True, help=both("Khóa trên thiết bị ký số (PKCS #11).", "Keys on tokens (PKCS #11)."))

Address = Annotated[
    str,
    typer.Argument(
        help=both("Địa chỉ pkcs11:… do lệnh key list in ra.", "A pkcs11:… address, as key list prints it."),
    ),
]
LastTry = Annotated[
    bool,
    typer.Option(
        "--last-try",
        help=both(
            "Vẫn thử dù sai thêm một lần thiết bị có thể khóa hẳn.",
            "Try even where one more wrong PIN may lock the token for good.",
        ),
    ),
]

app.command(
    "enrol",
    help=both(
        "Yêu cầu đăng ký máy này với khóa trên thiết bị ký số (--token).",
        "Ask for enrolment of this device with a key on a token (--token).",
    ),
)(people.enrol)


@app.command(
    "list",
    help=both(
        "Liệt kê thiết bị đang cắm và khóa trên đó. Không hỏi mã PIN.",
        "List the tokens that are plugged in, and their keys. Asks for no PIN.",
    ),
)
def list_keys(*, profiles: Profiles = None) -> None:
    """List the tokens that are plugged in, and their keys. Asks for no PIN."""
    from ecabinet.client.desk.tokens import seen_tokens
    from ecabinet.client.ui.explanations import explain_token, token_left
    from ecabinet.client.ui.words import number, say

    with _tokens(profiles) as tokens:
        seen = seen_tokens(tokens)
    for module, error in seen.troubles:
        met = error
        tell(lambda module=module, met=met: f"✗ {module}: {explain_token(met).whole}")  # type: ignore[misc]
    if not seen.tokens:
        fail(lambda: say("token.none"))
    for token in seen.tokens:
        print(f"{token.label}\t{token.serial}\t{token.maker}")
        tell(lambda pin=token.pin: token_left(pin))  # type: ignore[misc]
        for key in token.keys:
            until = "" if key.not_after is None else f"{key.not_after:%Y-%m-%d}"
            print(f"{key.address}\t{key.kind}\t{key.label}\t{key.certified}\t{until}")
        if token.unfit_keys:
            tell(lambda count=token.unfit_keys: say("token.unfit_keys", count=number(count)))  # type: ignore[misc]


@app.command(
    "test",
    help=both(
        "Ký thử bằng khóa trên thiết bị rồi kiểm tra chữ ký.", "Sign something with a token's key, and check it."
    ),
)
def try_key(
    address: Address, *, token_pin: TokenPin = "", last_try: LastTry = False, profiles: Profiles = None
) -> None:
    """Sign something with a token's key, and check it."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from ecabinet.client.ui.words import say
    from ecabinet.keys.certificates import make_request, read_request
    from ecabinet.keys.token import TokenAddress

    with _tokens(profiles) as tokens:
        meant = TokenAddress.parse(address)
        key = tokens.open(meant, token_pin_of(token_pin), knowingly=last_try)
        read_request(make_request(key))
    way = "RSA-PSS" if isinstance(key, RSAPrivateKey) else "ECDSA P-256"
    tell(lambda: say("token.signs", way=way, bits=str(key.key_size)))
    if not key.on_token.certificates:
        tell(lambda: say("token.uncertified"))


@app.command(
    help=both(
        "Ghi yêu cầu cấp chứng thư số (PKCS #10) do khóa trên thiết bị ký.",
        "Write a certificate request (PKCS #10) signed by a token's key.",
    )
)
def request(
    address: Address,
    *,
    out: Annotated[Path, typer.Option(help=both("Tệp sẽ ghi, dạng DER.", "File to write, DER."))],
    token_pin: TokenPin = "",
    last_try: LastTry = False,
    profiles: Profiles = None,
) -> None:
    """Write a certificate request (PKCS #10) signed by a token's key."""
    from ecabinet.client.ui.words import say
    from ecabinet.keys.certificates import make_request
    from ecabinet.keys.token import TokenAddress

    with _tokens(profiles) as tokens, _file_told(out):
        meant = TokenAddress.parse(address)
        out.write_bytes(make_request(tokens.open(meant, token_pin_of(token_pin), knowingly=last_try)))
    tell(lambda: say("token.requested", file=str(out)))


@app.command(
    help=both(
        "Cất chứng thư số vào thiết bị, bên cạnh khóa của nó.", "Keep a certificate on the token, beside its key."
    )
)
def keep(
    address: Address,
    *,
    certificate: Annotated[
        Path, typer.Option(help=both("Tệp chứng thư số, dạng PEM hoặc DER.", "Certificate file, PEM or DER."))
    ],
    token_pin: TokenPin = "",
    last_try: LastTry = False,
    profiles: Profiles = None,
) -> None:
    """Keep a certificate on the token, beside its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from ecabinet.client.ui.words import say
    from ecabinet.keys.token import TokenAddress, TokenError, TokenFault

    with _tokens(profiles) as tokens, _file_told(certificate):
        meant, data = TokenAddress.parse(address), certificate.read_bytes()
        try:
            is_text = data.startswith(b"-----BEGIN")
            parsed = x509.load_pem_x509_certificate(data) if is_text else x509.load_der_x509_certificate(data)
        except ValueError:
            raise TokenError(TokenFault.OTHER_CERTIFICATE) from None
        encoded = parsed.public_bytes(Encoding.DER)
        pin = token_pin_of(token_pin)
        tokens.keep_certificate(meant, pin, encoded, label=certificate.stem, knowingly=last_try)
    tell(lambda: say("token.kept"))


@contextmanager
def _tokens(folder: Path | None) -> Iterator["Tokens"]:
    """The tokens, their wrong PINs counted where the windows count them. What fails is told, and leaves with 1."""
    from ecabinet.client import usual_folder
    from ecabinet.client.desk.key_faults import keys_told
    from ecabinet.keys.tokens import Tokens

    with errors_told(), keys_told():
        yield Tokens(folder or usual_folder())


@contextmanager
def _file_told(path: Path) -> Iterator[None]:
    from ecabinet.client.ui.words import say

    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        fail(lambda: say("token.file", file=str(path), why=why))
