"""Whether outside authorities had revoked certificates that they issued, when something was signed with them.

For keys of the body's own CA the register is the truth, and is checked as such. What the outside says is enclosed in
the bundle, unsealed, or was fetched by whoever asks: answers and lists, which vouch for themselves. Where they say
nothing of the time, it is not checked. One that is enclosed and false is somebody's doing.
"""

from ecabinet.core.envelope import Opened
from ecabinet.core.evidence.case import Case, Examined
from ecabinet.core.evidence.report import Check, Culprit, Fault
from ecabinet.core.revocation import Answers, Said, Standing, issued_outside, stood


def check_revocation(case: Case, told: tuple[bytes, ...]) -> None:
    """`told`: OCSP answers and CRLs, DER, beside those that the bundle has."""
    signed: dict[bytes, list[tuple[Examined, Opened]]] = {}
    for each, opened in case.readable():
        signed.setdefault(opened.certificate, []).append((each, opened))
    outside = issued_outside(signed, case.register.admitted)
    enclosed, given = Answers(case.bundle.revocations.values()), Answers(told)
    claimed, genuine = set[bytes](), set[bytes]()
    for certificate, issuer in outside.items():
        said = enclosed.about(certificate, issuer)
        claimed.update(each.answer for each in said)
        genuine.update(each.answer for each in said if each.is_genuine)
        _check(case, signed[certificate], (*said, *given.about(certificate, issuer)))
    false = (claimed - genuine) | enclosed.unread
    for name, answer in case.bundle.revocations.items():
        if answer in false:
            case.findings.fail(Check.REVOCATION, Fault.FALSE_REVOCATION, Culprit.BUNDLE, name)
    if not outside:
        case.findings.waive(Check.REVOCATION, Fault.NO_OUTSIDE_CERTIFICATE)


def _check(case: Case, statements: list[tuple[Examined, Opened]], said: tuple[Said, ...]) -> None:
    how = [(stood(said, each.accepted_at or opened.statement.at), each, opened) for each, opened in statements]
    for standing, each, opened in how:
        if standing is Standing.REVOKED:
            who = case.register.signer(opened)
            case.findings.fail(Check.REVOCATION, Fault.REVOKED_OUTSIDE, each.taker, each.place, who=who)
    unknown = next((each for standing, each, _ in how if standing is Standing.NOT_CHECKED), None)
    if unknown is not None:
        case.findings.leave(Check.REVOCATION, Fault.REVOCATION_UNKNOWN, unknown.place)
