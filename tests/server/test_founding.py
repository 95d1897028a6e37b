"""Founding a body: who may, what leaf 0 has to say, and that a lost reply does no harm."""

from dataclasses import replace

import pytest

from ecabinet.core import envelope, protocol
from ecabinet.core.people import Role
from ecabinet.core.protocol import Founding, FoundingTermsRequest, Path, Reason, Refused
from ecabinet.core.register import BodyFounded
from tests.server.live import LiveCabinet


def founding_of(cabinet: LiveCabinet, **changes: object) -> Founding:
    signed = cabinet.founding()
    said = envelope.parse(signed.statement)
    assert isinstance(said, BodyFounded)
    return Founding(secret=cabinet.code.secret, envelope=cabinet.sign("registrar", replace(said, **changes)))  # type: ignore[arg-type]


def refusal_of(cabinet: LiveCabinet, founding: Founding) -> tuple[Reason, str]:
    with pytest.raises(Refused) as refused:
        cabinet.send_founding(founding)
    return refused.value.refusal.reason, refused.value.refusal.what


def test_a_founded_body_is_told_to_everybody_and_its_registrar_signs_in(cabinet: LiveCabinet) -> None:
    cabinet.found()
    hello = cabinet.server.ask(protocol.Hello, "GET", Path.HELLO)
    assert cabinet.body in [body.body for body in hello.bodies]
    assert [row.kind for row in cabinet.read_all("registrar")] == [protocol.RowKind.ENVELOPE]


def test_the_same_founding_again_gets_the_same_leaf(cabinet: LiveCabinet) -> None:
    signed = cabinet.founding()
    founding = Founding(secret=cabinet.code.secret, envelope=signed)
    first, second = cabinet.send_founding(founding), cabinet.send_founding(founding)
    assert first == second
    assert cabinet.take(signed, second).leaf == 0


def test_another_founding_of_the_same_body_is_refused(cabinet: LiveCabinet) -> None:
    cabinet.found()
    assert refusal_of(cabinet, founding_of(cabinet)) == (Reason.BODY_EXISTS, "")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"log_key": bytes(32)}, (Reason.MALFORMED, "log_key")),
        ({"name": ""}, (Reason.MALFORMED, "name")),
        ({"name": "UBND\0"}, (Reason.MALFORMED, "name")),
        ({"name_en": "Committee\0"}, (Reason.MALFORMED, "name_en")),
        ({"log_key": b"short"}, (Reason.MALFORMED, "registrar_keys")),
        ({"time_zone": "Asia/Nowhere"}, (Reason.MALFORMED, "time_zone")),
        ({"seen": "a note"}, (Reason.FOREIGN_CHECKPOINT, "")),
        ({"body": "H99.99"}, (Reason.WRONG_CODE, "")),
    ],
)
def test_leaf_0_says_what_is_so(cabinet: LiveCabinet, changes: dict[str, object], expected: object) -> None:
    assert refusal_of(cabinet, founding_of(cabinet, **changes)) == expected
    assert cabinet.found().leaf == 0


def test_the_ca_is_the_one_the_server_offered(cabinet: LiveCabinet) -> None:
    other = cabinet.devices["registrar"]
    cabinet.founding()
    assert refusal_of(cabinet, founding_of(cabinet, ca_certificate=other.certificate)) == (
        Reason.MALFORMED,
        "ca_certificate",
    )


def test_only_a_founding_founds(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair"])
    assert refusal_of(cabinet, Founding(secret=cabinet.code.secret, envelope=cabinet.publication())) == (
        Reason.MALFORMED,
        "type",
    )


def test_a_code_founds_one_body(cabinet: LiveCabinet) -> None:
    cabinet.found()
    for body, reason in [(cabinet.body, Reason.BODY_EXISTS), ("H98.1", Reason.USED_CODE)]:
        with pytest.raises(Refused) as refused:
            cabinet.terms(FoundingTermsRequest(secret=cabinet.code.secret, body=body, name="UBND tỉnh"))
        assert refused.value.refusal.reason is reason


def test_a_code_may_change_its_mind_before_it_founds(cabinet: LiveCabinet) -> None:
    other = FoundingTermsRequest(secret=cabinet.code.secret, body="H97.1", name="UBND tỉnh")
    assert cabinet.terms(other).log_key != cabinet.log_public_key
    assert refusal_of(cabinet, founding_of(cabinet)) == (Reason.WRONG_CODE, "")


@pytest.mark.parametrize("name", ["", "UBND\0"])
def test_no_terms_are_offered_to_a_body_without_a_name(cabinet: LiveCabinet, name: str) -> None:
    with pytest.raises(Refused) as refused:
        cabinet.terms(FoundingTermsRequest(secret=cabinet.code.secret, body=cabinet.body, name=name))
    assert (refused.value.refusal.reason, refused.value.refusal.what) == (Reason.MALFORMED, "name")
    assert cabinet.found().leaf == 0


def test_the_registrar_enrols_by_the_founding_alone(cabinet: LiveCabinet) -> None:
    cabinet.found()
    with pytest.raises(Refused) as refused:
        cabinet.code_for("registrar")
    assert refused.value.refusal.reason is Reason.MALFORMED
    cabinet.enrol("secretary", Role.SECRETARY)
