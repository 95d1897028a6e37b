"""Each attack on a bundle is caught by `ecabinet-verify`, which names who did it, and where; as the document says."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from ecabinet.core.evidence import ExitCode
from ecabinet.core.protocol import Refused
from ecabinet.keys.token import TokenFault
from ecabinet.keys.tokens import Tokens
from ecabinet.server.actions import statements
from tests.attacks import bad_files, bad_input, by_people, by_the_maker, by_the_server, outside
from tests.attacks.conftest import Verify
from tests.attacks.document import settle
from tests.attacks.reports import caught_by, pem, run_verifier
from tests.attacks.suite import everything
from tests.attacks.table import Attack, Caught
from tests.bundles import files_of, packed, resealed
from tests.cabinet import Cabinet
from tests.services.tokens import SoftToken

ON_A_BODY = [
    *by_the_maker.ON_A_BODY,
    *by_the_server.ON_A_BODY,
    *by_people.ON_A_BODY,
    *bad_input.CERTIFICATES,
    *outside.ON_A_BODY,
]


def each_of(attacks: Iterable[Attack[Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attack", list(attacks), ids=lambda attack: attack.name)


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
    settle(attack, *verify(sealed_again, honest.anchors))


@each_of(ON_A_BODY)
def test_whoever_has_a_part_in_a_ballot(
    attack: Attack[Callable[[Cabinet], bytes]], body: Cabinet, verify: Verify
) -> None:
    anchors = body.anchors
    settle(attack, *verify(attack.play(body), anchors))


@each_of(bad_input.STATEMENTS)
def test_a_statement_that_is_none(attack: Attack[Callable[[bytes], bytes]], body: Cabinet, verify: Verify) -> None:
    strange = bad_input.signed(body, attack.play)
    with pytest.raises(Refused) as refused:
        statements.read(strange)
    code, caught = verify(bad_input.taken_in(body, strange), body.anchors)
    refusal = refused.value.refusal
    settle(attack, code, (*caught, Caught(check="server", fault=refusal.reason.value, culprit=None)))


@each_of(bad_files.ON_A_FILE)
def test_a_file_that_is_no_bundle(
    attack: Attack[Callable[[bytes], bytes]], bundle: bytes, honest: Cabinet, verify: Verify
) -> None:
    settle(attack, *verify(attack.play(bundle), honest.anchors))


@pytest.mark.long
@each_of(bad_files.ON_A_DISK)
def test_a_file_that_no_memory_holds(attack: Attack[Callable[[Path], None]], honest: Cabinet, tmp_path: Path) -> None:
    path, anchors = tmp_path / "evidence.asice", tmp_path / "anchors.pem"
    attack.play(path)
    anchors.write_bytes(pem(honest.anchors))
    code, output = run_verifier(path, anchors)
    settle(attack, code, caught_by(output))


@pytest.mark.long
@each_of(bad_input.ON_A_TOKEN)
def test_a_token(
    attack: Attack[Callable[[SoftToken, Callable[[str], Path], Tokens], TokenFault]],
    soft_token: SoftToken,
    faulty: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    fault = attack.play(soft_token, faulty, Tokens(tmp_path / "data"))
    settle(attack, None, (Caught(check=bad_input.SIGNER, fault=fault.value, culprit=None),))


@pytest.mark.parametrize("name", ["alter the text of an opinion", "be of an unknown type", "cut it in the middle"])
def test_the_command_ends_with_the_exit_status_that_is_told(
    name: str, bundle: bytes, honest: Cabinet, body: Cabinet, tmp_path: Path
) -> None:
    """As a process, for one of each status that there is beside 0."""
    (attack,) = (each for each in everything() if each.name == name)
    path, anchors = tmp_path / "evidence.asice", tmp_path / "anchors.pem"
    if attack in by_the_maker.ON_FILES:
        path.write_bytes(packed(attack.play(files_of(bundle))))
    elif attack in bad_files.ON_A_FILE:
        path.write_bytes(attack.play(bundle))
    else:
        honest = body
        path.write_bytes(bad_input.taken_in(body, bad_input.signed(body, attack.play)))
    anchors.write_bytes(pem(honest.anchors))
    code, output = run_verifier(path, anchors)
    assert code == attack.exit
    assert caught_by(output)
