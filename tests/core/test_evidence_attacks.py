"""What the table of attacks has no room for: two culprits at once, dates that are right or wrong, other numbers.

The attacks themselves are in `tests.attacks`.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Report, Verdict, manifest
from ecabinet.core.ledger import ENTRY_SIZE
from ecabinet.core.people import Role
from tests.bundles import blamed, checked, files_of, named, packed, sealed
from tests.cabinet import Cabinet


@pytest.fixture
def opened() -> Cabinet:
    return Cabinet.with_open_ballot()


def finish(cabinet: Cabinet) -> Report:
    """Closes, counts and seals, with whatever was done to the ballot before."""
    cabinet.close()
    cabinet.announce()
    return checked(sealed(cabinet), cabinet)


def test_a_secretary_who_counts_what_the_server_forged_is_told_too(opened: Cabinet) -> None:
    opened.devices["finance"] = opened.device("finance", "the server's own key")
    opened.answer("finance")
    assert blamed(finish(opened)) >= {(Check.VALIDITY, Culprit.LOG), (Check.ONE_HEAD, Culprit.SECRETARY)}


def test_a_key_revoked_after_signing_still_counts(opened: Cabinet) -> None:
    opened.answer("finance")
    opened.revoke("finance")
    assert finish(opened).exit_code is ExitCode.PROVEN


@pytest.mark.parametrize(
    ("days", "why"), [(-4000, "certificate_not_yet_valid"), (4000, "certificate_expired")], ids=["before", "after"]
)
def test_a_founding_outside_the_dates_of_its_certificate(days: int, why: str) -> None:
    cabinet = Cabinet()
    began = cabinet.now
    founding = cabinet.founding()
    cabinet.append(founding, at=began + timedelta(days=days))
    cabinet.now = began
    cabinet.enrol("secretary", Role.SECRETARY)
    cabinet.enrol("chair", Role.MEMBER, Role.CHAIR)
    cabinet.publish()
    cabinet.open_ballot()
    report = finish(cabinet)
    assert (Check.VALIDITY, Culprit.LOG) in blamed(report)
    assert (why, "registrar") in {(each.detail, each.who) for _, each in report.failures()}


def test_what_a_forged_register_leaves_open_is_not_laid_at_anybodys_door(opened: Cabinet) -> None:
    registrar = opened.devices["registrar"]
    opened.devices["registrar"] = opened.devices["secretary"]
    forged = opened.enrolment("finance", device=opened.device("finance", "the server's own key"))
    opened.devices["registrar"] = registrar
    opened.append(forged)
    report = finish(opened)
    assert blamed(report) == {(Check.REGISTER, Culprit.LOG)}
    assert report[Check.VALIDITY].findings[0].fault is Fault.NEEDS_ANOTHER_CHECK


@pytest.mark.parametrize("lie", [{"received": 5}, {"sent": 6}, {"tallies": ()}, {"lines": ()}, {"late": (11,)}])
def test_any_other_number_is_the_secretarys(opened: Cabinet, lie: dict[str, object]) -> None:
    opened.answer("finance")
    opened.close()
    opened.announce(replace(opened.collation(), **lie))  # type: ignore[arg-type]
    report = checked(sealed(opened), opened)
    assert {culprit for _, culprit in blamed(report)} == {Culprit.SECRETARY}


@pytest.mark.parametrize("kept", [0, 1], ids=["no entry", "the opening's alone"])
def test_what_had_nothing_to_look_at_has_not_passed(kept: int, opened: Cabinet) -> None:
    opened.answer("finance")
    opened.close()
    opened.announce()
    files = files_of(sealed(opened))
    entries = files["ledger/entries.bin"][: kept * ENTRY_SIZE]
    report = checked(packed({**files, "ledger/entries.bin": entries}), opened)
    assert report.exit_code is ExitCode.DISPROVEN
    assert report[Check.REGISTER].verdict is Verdict.PASSED
    for each in (Check.VALIDITY, Check.ORDER, Check.SEEN, Check.ELECTORATE, Check.WORDING, Check.TALLY):
        assert report[each].verdict is Verdict.NOT_CHECKED, each
    for result in report.checks:
        reasons = [each.detail for each in result.findings if each.fault is Fault.NEEDS_ANOTHER_CHECK]
        assert len(reasons) == len(set(reasons)), "each is told once"
        for needed in reasons:
            assert report[Check(needed)].verdict in {Verdict.FAILED, Verdict.NOT_CHECKED}, (result.check, needed)


def test_a_register_cut_short_does_not_pass_without_entries(opened: Cabinet) -> None:
    opened.revoke("finance")
    last = opened.register[-1].leaf
    opened.close()
    opened.announce()
    files = {name: data for name, data in files_of(sealed(opened)).items() if f"register/{last:08d}." not in name}
    assert opened.register[-1].leaf == last
    report = checked(packed({**files, "ledger/entries.bin": b""}), opened)
    assert report[Check.REGISTER].verdict is Verdict.NOT_CHECKED
    assert report.exit_code is ExitCode.DISPROVEN


def test_a_check_needs_none_that_passed_where_a_statement_is_misplaced(opened: Cabinet) -> None:
    opened.close()
    opened.announce()
    files = files_of(sealed(opened))
    closing = named(files, "ballot.closed.json").removesuffix("ballot.closed.json")
    moved = {name.replace(f"{closing}ballot.closed", f"{closing}opinion"): data for name, data in files.items()}
    report = checked(packed(moved), opened)
    (needed,) = (each.detail for each in report[Check.ORDER].findings if each.fault is Fault.NEEDS_ANOTHER_CHECK)
    assert report[Check(needed)].verdict is Verdict.NOT_CHECKED


def test_what_is_absent_is_told_in_the_order_in_which_it_was_listed(opened: Cabinet) -> None:
    opened.close()
    opened.announce()
    files = files_of(sealed(opened))
    listed = manifest.read(files[manifest.MANIFEST])
    assert listed is not None
    absent = [f"papers/{number:064x}.pdf" for number in range(12)]
    digests = {**dict.fromkeys(absent, "00" * 32), **listed}
    report = checked(packed({**files, manifest.MANIFEST: manifest.write(digests)}), opened)
    told = [each.place for each in report[Check.CONTAINER].findings if each.fault is Fault.LISTED_BUT_ABSENT]
    assert told == absent
