"""What is asked of a PKCS #11 module, inside the process that may hang or crash with it.

Each function here is one visit: the module is started, a session opened, the thing done, and the session closed again.
Nothing is kept between two visits, least of all a PIN. Every failure is a `TokenError`.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkcs11 import MGF, Attribute, CertificateType, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11 import exceptions as ck

from ecabinet.core.certificates import RSA_BITS, BadCertificate, Certificate, describe
from ecabinet.keys.token import KeyOnToken, PinState, Token, TokenAddress, TokenError, TokenFault

_P256 = bytes.fromhex("06082a8648ce3d030107")  # the named curve, DER
_POINT_HEADER = b"\x04\x41"
_HALF = 32  # bytes of r, and of s
_PSS = (Mechanism.SHA256, MGF.SHA256, 32)
_HASHING = {Mechanism.ECDSA: Mechanism.ECDSA_SHA256, Mechanism.RSA_PKCS_PSS: Mechanism.SHA256_RSA_PKCS_PSS}
_OURS = (*_HASHING, *_HASHING.values())
_ABSENT = (ck.TokenNotPresent, ck.TokenNotRecognised, ck.SlotIDInvalid)

_FAULTS: dict[type[ck.PKCS11Error], TokenFault] = {
    ck.PinIncorrect: TokenFault.WRONG_PIN,
    ck.PinInvalid: TokenFault.WRONG_PIN,
    ck.PinLenRange: TokenFault.PIN_LENGTH,
    ck.PinLocked: TokenFault.PIN_LOCKED,
    ck.PinExpired: TokenFault.PIN_EXPIRED,
    ck.UserPinNotInitialized: TokenFault.PIN_NOT_SET,
    ck.TokenNotPresent: TokenFault.REMOVED,
    ck.TokenNotRecognised: TokenFault.REMOVED,
    ck.DeviceRemoved: TokenFault.REMOVED,
    ck.SlotIDInvalid: TokenFault.REMOVED,
    ck.SessionClosed: TokenFault.SESSION_CLOSED,
    ck.SessionHandleInvalid: TokenFault.SESSION_CLOSED,
    ck.UserNotLoggedIn: TokenFault.SESSION_CLOSED,
    ck.DeviceError: TokenFault.DEVICE_ERROR,
    ck.GeneralError: TokenFault.DEVICE_ERROR,
    ck.FunctionFailed: TokenFault.DEVICE_ERROR,
    ck.HostMemory: TokenFault.DEVICE_ERROR,
    ck.DeviceMemory: TokenFault.FULL,
    ck.TokenWriteProtected: TokenFault.FULL,
    ck.SessionReadOnly: TokenFault.FULL,
    ck.FunctionCancelled: TokenFault.REFUSED,
    ck.FunctionRejected: TokenFault.REFUSED,
    ck.KeyHandleInvalid: TokenFault.KEY_MISSING,
    ck.ObjectHandleInvalid: TokenFault.KEY_MISSING,
    ck.KeySizeRange: TokenFault.UNFIT_KEY,
    ck.KeyTypeInconsistent: TokenFault.UNFIT_KEY,
    ck.MechanismInvalid: TokenFault.NO_MECHANISM,
    ck.MechanismParamInvalid: TokenFault.NO_MECHANISM,
}
_PERHAPS_REMOVED = frozenset(
    {TokenFault.DEVICE_ERROR, TokenFault.FAILED, TokenFault.KEY_MISSING, TokenFault.SESSION_CLOSED}
)


# ---------------------------------------------------------------- the visits


def look(module: Path) -> tuple[Token, ...]:
    """The tokens behind a module, with the keys that show without a PIN."""
    with _faults_typed(module), _opened(module) as library:
        return tuple(_describe(module, token) for token in _tokens(library))


def sign_in(module: Path, address: TokenAddress, pin: str, *, knowingly: bool) -> KeyOnToken:
    """See whether the PIN is right, and give the key that is there. A wrong PIN is counted by the token."""
    with (
        _faults_typed(module),
        _opened(module) as library,
        _session(library, address, pin, knowingly=knowingly) as session,
    ):
        _private_key(session, address)
        keys, unfit = _keys(module, session)
        for key in keys:
            if key.address.key_id == address.key_id:
                return key
        raise TokenError(TokenFault.UNFIT_KEY if unfit else TokenFault.KEY_MISSING)


def sign(module: Path, address: TokenAddress, pin: str, message: bytes, *, knowingly: bool) -> bytes:
    """The signature value as CMS holds it: ECDSA in DER, or RSASSA-PSS with SHA-256 and a salt of 32 bytes."""
    with (
        _faults_typed(module),
        _opened(module) as library,
        _session(library, address, pin, knowingly=knowingly) as session,
    ):
        key = _private_key(session, address)
        match _value(key, Attribute.KEY_TYPE):
            case KeyType.EC:
                raw = _sign(key, message, pin, Mechanism.ECDSA)
                if len(raw) != 2 * _HALF:
                    raise TokenError(TokenFault.UNFIT_KEY)
                return encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
            case KeyType.RSA:
                return _sign(key, message, pin, Mechanism.RSA_PKCS_PSS, _PSS)
            case _:
                raise TokenError(TokenFault.UNFIT_KEY)


def keep_certificate(
    module: Path, address: TokenAddress, pin: str, certificate: bytes, label: str, *, knowingly: bool
) -> None:
    """Keep a certificate (DER) on the token beside its key. Those that are there stay."""
    parsed = x509.load_der_x509_certificate(certificate)
    with (
        _faults_typed(module),
        _opened(module) as library,
        _session(library, address, pin, knowingly=knowingly, writes=True) as session,
    ):
        _private_key(session, address)
        sought = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.ID: address.key_id}
        kept = list(session.get_objects(sought))
        if any(_value(each, Attribute.VALUE) == certificate for each in kept):
            return
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: False,
                Attribute.ID: address.key_id,
                Attribute.LABEL: label,
                Attribute.SUBJECT: parsed.subject.public_bytes(),
                Attribute.ISSUER: parsed.issuer.public_bytes(),
                Attribute.VALUE: certificate,
            }
        )


# ---------------------------------------------------------------- sessions


@contextmanager
def _faults_typed(module: Path) -> Iterator[None]:
    try:
        yield
    except ck.PKCS11Error as error:
        raise _typed(error, module) from error


def _typed(error: ck.PKCS11Error, module: Path) -> TokenError:
    reason = _FAULTS.get(type(error), TokenFault.FAILED)
    return TokenError(reason, detail=f"{module.name}: {type(error).__name__} {error}".strip())


@contextmanager
def _opened(module: Path) -> Iterator[Any]:
    if not module.is_file():
        raise TokenError(TokenFault.MODULE_MISSING, detail=str(module))
    try:
        library = pkcs11.lib(str(module))
    except ck.PKCS11Error as error:
        raise TokenError(TokenFault.MODULE_UNUSABLE, detail=f"{module}: {error}") from error
    try:
        yield library
    finally:
        pkcs11.unload(str(module))


def _tokens(library: Any) -> Iterator[Any]:
    """Those that are plugged in and set up; one that goes meanwhile is no fault of the others."""
    for slot in library.get_slots(token_present=True):
        try:
            token = slot.get_token()
        except _ABSENT:
            continue
        if token.flags & TokenFlag.TOKEN_INITIALIZED:
            yield token


@contextmanager
def _session(
    library: Any,
    address: TokenAddress,
    pin: str,
    *,
    knowingly: bool,
    writes: bool = False,
) -> Iterator[Any]:
    """A session in which the person has signed in. `knowingly`: that it is the last try has been said."""
    named = [each for each in _tokens(library) if address.means(each.label, _serial(each))]
    if not named:
        raise TokenError(TokenFault.TOKEN_MISSING)
    if len(named) > 1:
        raise TokenError(TokenFault.SEVERAL_TOKENS)
    token = named[0]
    state = _pin_state(token.flags)
    if state is PinState.LOCKED:
        raise TokenError(TokenFault.PIN_LOCKED, pin=state)
    if state is PinState.NOT_SET:
        raise TokenError(TokenFault.PIN_NOT_SET, pin=state)
    if state is PinState.FINAL_TRY and not knowingly:
        raise TokenError(TokenFault.FINAL_TRY, pin=state)
    has_pin_pad = bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH)
    if not pin and not has_pin_pad:
        raise TokenError(TokenFault.PIN_LENGTH, pin=state)
    try:
        session = token.open(rw=writes, user_pin=pin or pkcs11.PROTECTED_AUTH)
    except (ck.PinIncorrect, ck.PinInvalid, ck.PinLocked) as error:
        after = _pin_state(token.slot.get_token().flags)
        is_locked = isinstance(error, ck.PinLocked) or after is PinState.LOCKED
        reason = TokenFault.PIN_LOCKED if is_locked else TokenFault.WRONG_PIN
        raise TokenError(reason, pin=PinState.LOCKED if is_locked else after) from error
    except ck.PKCS11Error as error:
        raise _looked_after(library, address, _typed(error, Path(library.so))) from error
    try:
        yield session
    except (ck.PKCS11Error, TokenError) as error:
        known = error if isinstance(error, TokenError) else _typed(error, Path(library.so))
        known.pin = PinState.RIGHT
        raise _looked_after(library, address, known) from error
    finally:
        with suppress(ck.PKCS11Error):  # what can't be closed ends with this process
            session.close()


def _looked_after(library: Any, address: TokenAddress, error: TokenError) -> TokenError:
    """The error, unless it is that the token is gone, of which modules speak in many ways."""
    if error.reason in _PERHAPS_REMOVED:
        with suppress(ck.PKCS11Error):
            library.reinitialize()
            if not any(address.means(each.label, _serial(each)) for each in _tokens(library)):
                return TokenError(TokenFault.REMOVED, pin=error.pin, detail=error.detail)
    return error


def _serial(token: Any) -> str:
    return str(token.serial.rstrip(b"\0 ").decode("ascii", "replace"))


def _pin_state(flags: TokenFlag) -> PinState:
    if flags & TokenFlag.USER_PIN_LOCKED:
        return PinState.LOCKED
    if not flags & TokenFlag.USER_PIN_INITIALIZED:
        return PinState.NOT_SET
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return PinState.FINAL_TRY
    if flags & TokenFlag.USER_PIN_TO_BE_CHANGED:
        return PinState.TO_BE_CHANGED
    return PinState.LOW if flags & TokenFlag.USER_PIN_COUNT_LOW else PinState.USUAL


def _private_key(session: Any, address: TokenAddress) -> Any:
    sought = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: address.key_id}
    keys = list(session.get_objects(sought))
    if not keys:
        raise TokenError(TokenFault.KEY_MISSING)
    if len(keys) > 1:
        raise TokenError(TokenFault.SEVERAL_KEYS)
    return keys[0]


def _sign(key: Any, message: bytes, pin: str, mechanism: Mechanism, parameters: object = None) -> bytes:
    """By the mechanism that takes a digest, else by the one that hashes on the token."""
    has = key.session.token.slot.get_mechanisms()
    takes_digest = mechanism in has
    if not takes_digest and _HASHING[mechanism] not in has:
        raise TokenError(TokenFault.NO_MECHANISM)
    signature = key.sign(
        hashlib.sha256(message).digest() if takes_digest else message,
        mechanism=mechanism if takes_digest else _HASHING[mechanism],
        mechanism_param=parameters,
        pin=pin if _value(key, Attribute.ALWAYS_AUTHENTICATE) else None,
    )
    return bytes(signature)


# ---------------------------------------------------------------- what is there


def _describe(module: Path, token: Any) -> Token:
    mechanisms = token.slot.get_mechanisms()
    with token.open() as session:
        keys, unfit = _keys(module, session)
    return Token(
        module=module,
        label=token.label,
        serial=_serial(token),
        manufacturer=token.manufacturer_id,
        model=token.model,
        pin=_pin_state(token.flags),
        has_pin_pad=bool(token.flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH),
        mechanisms=frozenset(each.name for each in _OURS if each in mechanisms),
        keys=keys,
        unfit_keys=unfit,
    )


def _keys(module: Path, session: Any) -> tuple[tuple[KeyOnToken, ...], int]:
    """The keys that show in a session, and how many more are of kinds not used here."""
    token = session.token
    certificates, public = _certificates(session), _public_keys(session)
    every = [each for found in certificates.values() for each in found]
    issuers = [each for each in map(_described, every) if each and not each.is_self_issued and _is_authority(each)]
    keys = []
    for key_id in sorted({**public, **certificates}.keys() - {b""}):
        label, info = public.get(key_id, ("", None))
        described = map(_described, certificates.get(key_id, ()))
        own = [each for each in described if each and not _is_authority(each)]
        info = info or next((each.public_key_info for each in own), None)
        if info is None:
            continue
        fitting = [each for each in own if each.public_key_info == info]
        newest_first = sorted(fitting, key=lambda each: each.not_before, reverse=True)
        keys.append(
            KeyOnToken(
                address=TokenAddress(token=token.label, serial=_serial(token), key_id=key_id, module=module),
                label=label,
                public_key_info=info,
                certificates=tuple(each.encoded for each in newest_first),
                chain=tuple(each.encoded for each in _path(newest_first[0], issuers)) if newest_first else (),
            )
        )
    return tuple(keys), sum(info is None for _, info in public.values())


def _public_keys(session: Any) -> dict[bytes, tuple[str, bytes | None]]:
    """By CKA_ID: the label and the SubjectPublicKeyInfo; None for a key of a kind not used here."""
    return {
        bytes(_value(each, Attribute.ID) or b""): (str(_value(each, Attribute.LABEL) or ""), _public_key_info(each))
        for each in session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY})
        if _value(each, Attribute.ID)
    }


def _public_key_info(key: Any) -> bytes | None:
    kind, curve = _value(key, Attribute.KEY_TYPE), _value(key, Attribute.EC_PARAMS)
    public: EllipticCurvePublicKey | RSAPublicKey
    try:
        if kind == KeyType.EC and curve == _P256:
            # A DER OCTET STRING, says the standard; some tokens leave its header out.
            point = bytes(_value(key, Attribute.EC_POINT) or b"").removeprefix(_POINT_HEADER)
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        elif kind == KeyType.RSA:
            numbers = (_value(key, each) or b"" for each in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS))
            exponent, modulus = map(int.from_bytes, numbers)
            if modulus.bit_length() not in RSA_BITS:
                return None
            public = RSAPublicNumbers(exponent, modulus).public_key()
        else:
            return None
    except ValueError:  # numbers that make no key
        return None
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certificates(session: Any) -> dict[bytes, list[bytes]]:
    """DER, by CKA_ID."""
    found: dict[bytes, list[bytes]] = {}
    for each in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        key_id, encoded = _value(each, Attribute.ID), _value(each, Attribute.VALUE)
        if encoded:
            found.setdefault(bytes(key_id or b""), []).append(bytes(encoded))
    return found


def _described(encoded: bytes) -> Certificate | None:
    """A certificate of a kind that is used here."""
    try:
        return describe(encoded)
    except BadCertificate:
        return None


def _is_authority(certificate: Certificate) -> bool:
    try:
        extensions = x509.load_der_x509_certificate(certificate.encoded).extensions
        return extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False


def _path(own: Certificate, issuers: list[Certificate]) -> list[Certificate]:
    """A certificate, its issuer's, and so on, as far as they are there."""
    path = [own]
    while not path[-1].is_self_issued:
        issuer = next((each for each in issuers if each.subject_name == path[-1].issuer_name), None)
        if issuer is None or issuer in path:
            break
        path.append(issuer)
    return path


def _value(thing: Any, attribute: Attribute) -> Any:
    """None where the token does not tell."""
    try:
        return thing[attribute]
    except (ck.AttributeTypeInvalid, ck.AttributeSensitive, ck.AttributeValueInvalid, ck.FunctionFailed, ValueError):
        return None
