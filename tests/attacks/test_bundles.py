"""Each attack on a bundle is caught by `ecabinet-verify`, which names who did it, and where; as the document says."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ecabinet.core.evidence import ExitCode
from ecabinet.core.protocol import Refused
from ecabinet.server.actions import statements
from tests.attacks import bad_files, bad_input, by_people, by_the_maker, by_the_server, document
from tests.attacks.conftest import Verify
from tests.attacks.suite import record
from tests.attacks.table import Attack, Caught
from tests.bundles import files_of, packed, resealed
from tests.cabinet import Cabinet

ON_A_BODY = [*by_the_maker.ON_A_BODY, *by_the_server.ON_A_BODY, *by_people.ON_A_BODY, *bad_input.CERTIFICATES]


def each_of(attacks: Iterable[Attack[Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attack", list(attacks), ids=lambda attack: attack.name)


def judge(attack: Attack[Any], code: int, caught: tuple[Caught, ...]) -> None:
    row = attack.row(code, caught)
    record(row)
    attack.judge(row)
    assert document.shown().get(attack.name) == document.line(row), "docs/evidence.md says otherwise"


def test_an_honest_bundle_is_proven(bundle: bytes, honest: Cabinet, verify: Verify) -> None:
    assert verify(bundle, honest.anchors) == (ExitCode.PROVEN, ())


@each_of(by_the_maker.ON_FILES)
def test_whoever_makes_a_bundle(
    attack: Attack[Callable[[by_the_maker.Files], by_the_maker.Files]], bundle: bytes, honest: Cabinet, verify: Verify
) -> None:
    files = files_of(bundle)
    attacked = attack.play(files)
    assert attacked != files
    code, caught = verify(packed(attacked), honest.anchors)
    assert code == ExitCode.DISPROVEN
    assert {each.culprit for each in caught} == {"bundle"}
    assert caught[0].check == "container"
    sealed_again = resealed(attacked, honest.devices["secretary"].signer(), honest)
    judge(attack, *verify(sealed_again, honest.anchors))


@each_of(ON_A_BODY)
def test_whoever_has_a_part_in_a_ballot(
    attack: Attack[Callable[[Cabinet], bytes]], body: Cabinet, verify: Verify
) -> None:
    anchors = body.anchors
    judge(attack, *verify(attack.play(body), anchors))


@each_of(bad_input.STATEMENTS)
def test_a_statement_that_is_none(attack: Attack[Callable[[bytes], bytes]], body: Cabinet, verify: Verify) -> None:
    strange = bad_input.signed(body, attack.play)
    with pytest.raises(Refused) as refused:
        statements.read(strange)
    code, caught = verify(bad_input.taken_in(body, strange), body.anchors)
    refusal = refused.value.refusal
    judge(attack, code, (*caught, Caught(check="server", fault=refusal.reason.value, culprit=None)))


@each_of(bad_files.ON_A_FILE)
def test_a_file_that_is_no_bundle(
    attack: Attack[Callable[[bytes], bytes]], bundle: bytes, honest: Cabinet, verify: Verify
) -> None:
    judge(attack, *verify(attack.play(bundle), honest.anchors))
