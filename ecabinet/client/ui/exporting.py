"""What a person is told of notes that leave the program, in windows and on the command line."""

from dataclasses import replace

from ecabinet.client.desk.note_files import BadExport, BadNotes, Flaw
from ecabinet.client.pages import PagesUnavailable, PaperRefused, Refusal
from ecabinet.client.ui.explanations import Explanation
from ecabinet.client.ui.words import Names, say

_flaw_happened = Names("exporting.flaw", Flaw)
_flaw_to_do = Names("exporting.flaw_to_do", Flaw)
_refusal = Names("reader.refused", Refusal)


def explain_export(error: Exception) -> Explanation:
    """The words for whatever may keep notes from being exported."""
    safe = say("exporting.safe")
    match error:
        case BadExport():
            return Explanation(happened=_flaw_happened(error.flaw), safe=safe, to_do=_flaw_to_do(error.flaw))
        case BadNotes():
            happened = say("exporting.bad_notes", place=str(error))
            return Explanation(happened=happened, safe=safe, to_do=say("exporting.bad_notes_to_do"))
        case PaperRefused():
            return Explanation(happened=_refusal(error.refusal), safe=safe, to_do=say("exporting.refused_to_do"))
        case OSError():
            happened = say("exporting.file", file=str(error.filename or ""), why=error.strerror or str(error))
            return Explanation(happened=happened, safe=safe, to_do=say("exporting.file_to_do"))
        case _:
            return Explanation(happened=say("exporting.pages"), safe=safe, to_do=say("exporting.pages_to_do"))


def explain_carrying(error: Exception) -> Explanation:
    """The words for whatever may keep notes from being carried to another version, or versions from being compared."""
    told = replace(explain_export(error), safe=say("exporting.safe_read"))  # nothing would have been written
    if isinstance(error, PagesUnavailable):
        told = replace(told, happened=say("exporting.no_pages"), to_do=say("exporting.no_pages_to_do"))
    return told
