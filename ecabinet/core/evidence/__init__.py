"""The evidence of a ballot: a bundle is assembled, sealed, read by a stranger, and checked.

`assemble(record, papers)` → `cades.sign(unsigned.manifest, …)` → `unsigned.seal(signature)`; and, years later and
elsewhere, `check(read(file), anchors)`. The format is normative in docs/evidence.md.
"""

from ecabinet.core.evidence.bundle import Bundle, Policy, UnfitRecord, Unsigned, assemble, entries_until_closing, read
from ecabinet.core.evidence.checks import check
from ecabinet.core.evidence.container import Flaw, UnreadableBundle
from ecabinet.core.evidence.report import (
    Check,
    CheckResult,
    Culprit,
    ExitCode,
    Facts,
    Fault,
    Finding,
    OpinionFacts,
    Report,
    Verdict,
)

__all__ = [
    "Bundle",
    "Check",
    "CheckResult",
    "Culprit",
    "ExitCode",
    "Facts",
    "Fault",
    "Finding",
    "Flaw",
    "OpinionFacts",
    "Policy",
    "Report",
    "UnfitRecord",
    "UnreadableBundle",
    "Unsigned",
    "Verdict",
    "assemble",
    "check",
    "entries_until_closing",
    "read",
]
