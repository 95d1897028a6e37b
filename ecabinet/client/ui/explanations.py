"""Errors of the desk in words: what happened, what is safe, what to do.

Every screen's `explain` ends here, and so does every error of the command line: nothing here needs a window.
"""

from dataclasses import dataclass, replace

from ecabinet.client.desk.errors import (
    BadAnswer,
    BadInvitation,
    BadPin,
    BadRules,
    CertificateFault,
    CertificateUnfit,
    KeyFault,
    KeyUnusable,
    NeedsNewerVersion,
    NotAllowed,
    NotAsSent,
    NotHere,
    OtherCertificate,
    PinFlaw,
    PinState,
    RefusedByServer,
    StorageFault,
    StorageUnusable,
    TokenFault,
    TokenUnusable,
    Unreachable,
    WrongPin,
    WrongRecoveryCode,
    WrongUnlockPin,
)
from ecabinet.client.ui.words import Names, say
from ecabinet.core.protocol import Reason, Refusal

refusal_happened = Names("errors.refusal.happened", Reason)
refusal_to_do = Names("errors.refusal.to_do", Reason)
_pin_flaw = Names("errors.pin_flaw", PinFlaw)
key_happened = Names("errors.key.happened", KeyFault)
key_to_do = Names("errors.key.to_do", KeyFault)
_token_happened = Names("token.happened", TokenFault)
_token_to_do = Names("token.to_do", TokenFault)
token_left = Names("token.left", PinState)
_certificate_happened = Names("errors.certificate", CertificateFault)
_storage_happened = Names("errors.storage.happened", StorageFault)
_storage_to_do = Names("errors.storage.to_do", StorageFault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An error as a person is told it: what happened, what is safe, what to do."""

    happened: str
    safe: str
    to_do: str

    @property
    def whole(self) -> str:
        """All of it in one paragraph."""
        return " ".join(filter(None, (self.happened, self.safe, self.to_do)))


def explain(error: Exception) -> Explanation | None:  # noqa: C901, PLR0911, PLR0912 - one line an error reads best
    """The words for an error that the desk raises; None for one it should not have raised."""
    safe = say("errors.safe")
    match error:
        case RefusedByServer():
            reason = error.refusal.reason
            return Explanation(happened=refusal_happened(reason), safe=safe, to_do=refusal_to_do(reason))
        case KeyUnusable():
            return Explanation(happened=key_happened(error.fault), safe=safe, to_do=key_to_do(error.fault))
        case TokenUnusable():
            return explain_token(error)
        case StorageUnusable():
            return Explanation(happened=_storage_happened(error.fault), safe=safe, to_do=_storage_to_do(error.fault))
        case CertificateUnfit():
            happened = _certificate_happened(error.fault)
            return Explanation(happened=happened, safe=safe, to_do=say("errors.certificate_to_do"))
        case BadPin():
            return Explanation(happened=_pin_flaw(error.flaw), safe="", to_do=say("errors.pin_to_do"))
        case WrongPin(tries_left=0):
            happened = say("errors.wrong_pin_without_key")
            return Explanation(happened=happened, safe=safe, to_do=key_to_do(KeyFault.DESTROYED))
        case WrongPin():
            happened = say("errors.wrong_pin", left=error.tries_left)
            return Explanation(happened=happened, safe=safe, to_do=say("errors.wrong_pin_to_do"))
        case WrongUnlockPin():
            return Explanation(happened=say("token.unlock_pin"), safe=safe, to_do=say("token.unlock_pin_to_do"))
        case WrongRecoveryCode():
            return Explanation(
                happened=say("errors.wrong_recovery"), safe=safe, to_do=say("errors.wrong_recovery_to_do")
            )
        case BadInvitation():
            return Explanation(happened=say("errors.bad_invitation"), safe="", to_do=say("errors.bad_invitation_to_do"))
        case OtherCertificate(is_about_time=True):
            return Explanation(happened=say("errors.wrong_clock"), safe=safe, to_do=say("errors.wrong_clock_to_do"))
        case OtherCertificate():
            happened = say("errors.other_certificate")
            return Explanation(happened=happened, safe=safe, to_do=say("errors.other_certificate_to_do"))
        case NeedsNewerVersion():
            return Explanation(happened=say("errors.newer_version"), safe=safe, to_do=say("errors.newer_version_to_do"))
        case Unreachable():
            return Explanation(happened=say("errors.unreachable"), safe=safe, to_do=say("errors.unreachable_to_do"))
        case BadAnswer():
            return Explanation(happened=say("errors.bad_answer"), safe=safe, to_do=say("errors.bad_answer_to_do"))
        case NotAllowed():
            happened, to_do = refusal_happened(Reason.NO_RIGHT), refusal_to_do(Reason.NO_RIGHT)
            return Explanation(happened=happened, safe=say("errors.not_allowed_safe"), to_do=to_do)
        case NotAsSent():
            return Explanation(happened=say("errors.not_as_sent"), safe=safe, to_do=say("errors.not_as_sent_to_do"))
        case BadRules():
            return Explanation(happened=say("errors.bad_rules"), safe=safe, to_do=say("errors.bad_rules_to_do"))
        case NotHere():
            return Explanation(happened=say("errors.not_here"), safe=safe, to_do=say("errors.not_here_to_do"))
        case _:
            return None


def explain_token(error: TokenUnusable) -> Explanation:
    """What a token failed at. It tells no number of tries, so neither can we."""
    happened = _token_happened(error.fault)
    if error.fault is TokenFault.WRONG_PIN and error.pin is not None:
        happened = f"{happened} {token_left(error.pin)}"
    return Explanation(happened=happened, safe=say("errors.safe"), to_do=_token_to_do(error.fault))


def explain_joining(  # noqa: PLR0911 - one line an error reads best
    error: Exception, *, has_asked: bool = False
) -> Explanation | None:
    """As `explain`, for somebody who is not enrolled here yet, and has no papers to read or to lose.

    `has_asked`: his request is with the server, or on its way there, and his keys are on this machine.
    """
    told = explain(error)
    if told is None or not told.safe:
        return told
    told = replace(told, safe=say("errors.joining.safe_asked") if has_asked else say("errors.joining.safe"))
    match error:
        case Unreachable() if has_asked:
            return replace(told, to_do=say("errors.joining.unreachable_asked_to_do"))
        case Unreachable():
            return replace(told, to_do=say("errors.joining.unreachable_to_do"))
        case OtherCertificate(is_about_time=False) if not has_asked:
            happened = say("errors.joining.other_certificate")
            return replace(told, happened=happened, to_do=say("errors.joining.other_certificate_to_do"))
        case NeedsNewerVersion() | RefusedByServer(refusal=Refusal(reason=Reason.NEEDS_NEWER_VERSION)):
            return replace(told, to_do=say("errors.joining.newer_version_to_do"))
        case RefusedByServer(refusal=Refusal(reason=Reason.SERVER_FULL)):
            return replace(told, to_do=say("errors.joining.server_full_to_do"))
        case _:
            return told
