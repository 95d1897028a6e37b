"""The bench that feeds the strict reader what nobody should write, for a moment: `make bench` does it for long."""

import pytest

from ecabinet.core import cades
from ecabinet.core.cades import BadSignature, Reason, Signature
from tests.bench import fuzz


def test_nothing_falls_over_and_pyhanko_agrees() -> None:
    tally = fuzz.run(2_000, 40, seed=1)
    assert tally.inputs >= 2_000
    assert tally.signed_again == 40
    assert tally.asked == tally.accepted > len(fuzz.SIGNERS)
    assert len(tally.answers) > 10, "it is refused for many reasons"


def test_a_reader_that_takes_too_much_is_found_out() -> None:
    def read_only(_content: bytes, data: bytes) -> Signature:
        return cades.read(data)

    with pytest.raises(fuzz.Disagreement, match="pyHanko refuses"):
        fuzz.run(2_000, 0, seed=1, verify=read_only)


def test_a_reader_that_falls_over_is_found_out() -> None:
    def verify(content: bytes, data: bytes) -> Signature:
        try:
            return cades.verify(content, data)
        except BadSignature as error:
            if error.reason is Reason.SEVERAL_SIGNERS:
                raise KeyError from error
            raise

    with pytest.raises(fuzz.Disagreement, match="KeyError"):
        fuzz.run(2_000, 40, seed=1, verify=verify)


def test_a_reader_that_takes_nothing_is_found_out() -> None:
    def refuse(_content: bytes, _data: bytes) -> Signature:
        raise BadSignature(Reason.FORGED)

    with pytest.raises(fuzz.Disagreement, match="untouched"):
        fuzz.run(10, 0, seed=1, verify=refuse)
