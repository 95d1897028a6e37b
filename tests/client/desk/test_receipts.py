"""A receipt goes its own way: the commands of docs/evidence.md prove it, and name what was changed."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ecabinet.client.desk.errors import NotHere
from ecabinet.core.receipt_file import ReceiptVerdict, check_receipt, read_receipt
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.sync.test_rounds import answer
from tests.simulator import Simulator

DOCUMENT = Path(__file__).parents[3] / "docs" / "evidence.md"
(COMMANDS,) = re.findall(r"^```shell\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
COMPLAINT = re.compile(r"^(CHANGED|MISSING|FOREIGN) .*", re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("basenc") is None, reason="needs GNU coreutils")


@pytest.fixture
def member(device: MakeDevice) -> ClientDevice:
    return device("first")


def saved(simulator: Simulator, member: ClientDevice, folder: Path) -> Path:
    simulator.open_ballot()
    member.round()
    opinion = answer(member, simulator.asked.ballot, "agree", "agree")
    with pytest.raises(NotHere):
        member.desk.ballots.save_receipt(opinion, folder / "too-early.zip")
    member.round()
    view = member.desk.ballots.receipt(opinion)
    assert (view.cosigned, view.quorum) == (0, 0)
    member.desk.ballots.save_receipt(opinion, folder / "receipt.zip")
    return folder / "receipt.zip"


def run_commands(simulator: Simulator, folder: Path) -> str:
    """What they print of `receipt.zip` there."""
    certificate = x509.load_der_x509_certificate(simulator.anchors[0])
    (folder / "anchors.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    commands = COMMANDS.replace("openssl cms -verify", "openssl cms -verify -no_check_time")
    done = subprocess.run(["sh", "-c", commands], cwd=folder, capture_output=True, text=True, check=False)
    assert "acknowledged at " in done.stdout, done.stderr
    return done.stdout


def complaints(simulator: Simulator, folder: Path) -> list[str]:
    return [each.group() for each in COMPLAINT.finditer(run_commands(simulator, folder))]


def test_the_printed_commands_prove_a_receipt(simulator: Simulator, member: ClientDevice, tmp_path: Path) -> None:
    for _ in range(3):
        simulator.send_meeting()
    file = saved(simulator, member, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert complaints(simulator, tmp_path) == []
    with file.open("rb") as opened:
        facts = check_receipt(read_receipt(opened), simulator.anchors)
    assert (facts.verdict, facts.elector) == (ReceiptVerdict.ACKNOWLEDGED, member.person)


def alter(name: str, change: Callable[[bytes], bytes], file: Path) -> None:
    with ZipFile(file) as source:
        entries = {each: source.read(each) for each in source.namelist()}
    entries[name] = change(entries[name])
    with ZipFile(file, "w", ZIP_STORED) as target:
        for each, data in entries.items():
            target.writestr(each, data)


@pytest.mark.parametrize(
    ("name", "change", "complaint"),
    [
        ("opinion.json", lambda data: data.replace(b"agree", b"other", 1), "CHANGED opinion.p7s"),
        ("elector.json", lambda data: data.replace(b'"person":"', b'"person":"x', 1), "FOREIGN elector.json"),
        ("log-1.json", lambda data: data.replace(b'"log_key":"', b'"log_key":"A', 1), "CHANGED log-1.p7s"),
        ("receipt.tlog-proof", lambda data: data.replace(b"index ", b"index 1", 1), "MISSING opinion.json"),
        ("receipt.tlog-proof", lambda data: data.replace(b"ecabinet/", b"ecabinex/", 1), "CHANGED receipt.tlog-proof"),
    ],
)
def test_the_printed_commands_say_what_of_a_receipt_is_forged(
    *,
    name: str,
    change: Callable[[bytes], bytes],
    complaint: str,
    simulator: Simulator,
    member: ClientDevice,
    tmp_path: Path,
) -> None:
    alter(name, change, saved(simulator, member, tmp_path))
    assert any(each.startswith(complaint) for each in complaints(simulator, tmp_path))
