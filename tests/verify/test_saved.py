"""`ecabinet-verify` on what clients save beside bundles: in words, as JSON, as a page, among others."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.core import codec
from ecabinet.core.evidence import ExitCode
from ecabinet.core.receipt_file import write_receipt
from ecabinet.verify.__main__ import main
from tests.cabinet import Cabinet
from tests.saved import counting_but, omission, receipt_file


@pytest.fixture(scope="module")
def cabinet() -> Cabinet:
    cabinet = Cabinet.with_open_ballot()
    cabinet.answer("finance", "agree", "agree")
    cabinet.close()
    cabinet.announce(counting_but(cabinet, "finance"))
    return cabinet


@pytest.fixture
def folder(cabinet: Cabinet, tmp_path: Path) -> Path:
    """With the three files, and what to trust."""
    certificate = x509.load_der_x509_certificate(cabinet.anchors[0])
    (tmp_path / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "missing.json").write_bytes(codec.dump(omission(cabinet, "finance")))
    (tmp_path / "receipt.zip").write_bytes(write_receipt(receipt_file(cabinet, "finance")))
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main([*arguments, "--trust", str(folder / "anchors.pem")])


def test_an_opinion_passed_over_is_proven_and_the_signer_of_the_result_accused(
    cabinet: Cabinet, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(folder / "missing.json")
    assert run(folder, file) == ExitCode.PROVEN
    told = capsys.readouterr().out
    assert "ĐÃ CHỨNG MINH: ý kiến được ghi nhận đúng hạn nhưng kết quả đã ký không tính" in told
    assert f"Cáo buộc: người lập phiếu hoặc lập kết quả ({cabinet.offices['secretary'][0]})" in told
    assert f"Trích yếu: {cabinet.asked.subject}" in told
    assert run(folder, file, "--language", "en") == ExitCode.PROVEN
    assert "Accuses: whoever sent or counted the ballot" in capsys.readouterr().out
    assert run(folder, file, "--json") == ExitCode.PROVEN
    said = json.loads(capsys.readouterr().out)
    assert (said["format"], said["exit"], said["culprit"]) == (1, 0, "secretary")
    assert (said["omission"]["verdict"], said["omission"]["signer"]) == ("passed_over", "secretary")


def test_a_receipt_is_proven_and_accuses_nobody(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(folder / "receipt.zip")
    assert run(folder, file) == ExitCode.PROVEN
    told = capsys.readouterr().out
    assert "ĐÃ CHỨNG MINH: máy chủ đã ký ghi nhận ý kiến này" in told
    assert "Cáo buộc: không ai" in told
    assert run(folder, file, "--json") == ExitCode.PROVEN
    said = json.loads(capsys.readouterr().out)
    assert (said["exit"], said["culprit"], said["receipt"]["verdict"]) == (0, None, "acknowledged")


@pytest.mark.parametrize("name", ["missing.json", "receipt.zip"])
def test_each_makes_a_page_that_names_the_file_by_its_digest(folder: Path, name: str) -> None:
    assert run(folder, str(folder / name), "--html", str(folder / "report.html")) == ExitCode.PROVEN
    page = (folder / "report.html").read_text("utf-8")
    assert 'class="verdict proven"' in page
    assert name in page
    assert "SHA-256" in page


def test_several_are_told_one_after_the_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "torn.zip").write_bytes((folder / "receipt.zip").read_bytes()[:-9])
    files = [str(folder / name) for name in ("missing.json", "receipt.zip", "torn.zip")]
    assert run(folder, *files, "--json") == ExitCode.UNREADABLE
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(Path(each["bundle"]).name, each["exit"]) for each in told] == [
        ("missing.json", 0),
        ("receipt.zip", 0),
        ("torn.zip", 2),
    ]
