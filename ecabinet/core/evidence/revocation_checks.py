"""Whether outside authorities had revoked certificates that they issued, when something was signed with them.

For keys of the body's own CA the register is the truth, and is checked as such. What the outside says whoever asks has
fetched: answers and lists. Where they say nothing of the time, it is not checked.
"""

from ecabinet.core.certificates import has_issued
from ecabinet.core.envelope import Opened
from ecabinet.core.evidence.case import Case, Examined
from ecabinet.core.evidence.report import Check, Fault
from ecabinet.core.revocation import Standing, standing


def check_revocation(case: Case, told: tuple[bytes, ...]) -> None:
    """`told`: OCSP answers and CRLs, DER."""
    signed: dict[bytes, list[tuple[Examined, Opened]]] = {}
    for each, opened in case.readable():
        signed.setdefault(opened.certificate, []).append((each, opened))
    is_asked = False
    for certificate, statements in signed.items():
        issuer = next((each for each in case.register.admitted if has_issued(each, certificate)), None)
        if issuer is not None:
            is_asked = True
            _check(case, certificate, issuer, statements, told)
    if not is_asked:
        case.findings.waive(Check.REVOCATION, Fault.NO_OUTSIDE_CERTIFICATE)


def _check(
    case: Case, certificate: bytes, issuer: bytes, statements: list[tuple[Examined, Opened]], told: tuple[bytes, ...]
) -> None:
    stood = [
        (standing(certificate, issuer, told, each.accepted_at or opened.statement.at), each, opened)
        for each, opened in statements
    ]
    for how, each, opened in stood:
        if how is Standing.REVOKED:
            who = case.register.signer(opened)
            case.findings.fail(Check.REVOCATION, Fault.REVOKED_OUTSIDE, each.taker, each.place, who=who)
    unknown = next((each for how, each, _ in stood if how is Standing.NOT_CHECKED), None)
    if unknown is not None:
        case.findings.leave(Check.REVOCATION, Fault.REVOCATION_UNKNOWN, unknown.place)
