"""`ecabinet demo`: the whole journey through real windows, over any folder of PDFs, ends in a proof."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ecabinet import resources

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good papers, one that is none, and one that was cut off."""
    papers = tmp_path / "Tài liệu họp"
    papers.mkdir()
    samples = sorted(resources.path("sample", "pdf").glob("0[1237]*.pdf"))[:3]
    for sample in samples:
        shutil.copy(sample, papers)
    (papers / "ghi chú.pdf").write_text("không phải PDF", "utf-8")
    (papers / "hỏng.pdf").write_bytes(samples[0].read_bytes()[:2000])
    return papers


def test_the_demo_proves_its_ballot_and_names_what_it_left_out(
    keyring_available: None, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "demo"
    asked = ["--headless", "--papers", str(folder), "--members", "6", "--out", os.path.relpath(out)]
    played = subprocess.run(
        [sys.executable, "-m", "ecabinet", "demo", *asked], capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, played.stdout + played.stderr

    report = json.loads((out / "report.json").read_text("utf-8"))
    schema = json.loads((Path(__file__).parents[2] / "docs" / "demo-report.schema.json").read_text("utf-8"))
    assert set(report) == set(schema["required"])
    assert report["is_complete"]
    assert report["verdict"]["exit"] == 0
    assert report["counts"] | {"papers": 3, "items": 3, "opinions": 6, "enrolled": 7} == report["counts"]
    assert {each["file"] for each in report["left_out"]} == {"ghi chú.pdf", "hỏng.pdf"}

    pictures = [out / step["screen"] for step in report["steps"] if step["screen"]]
    assert len(pictures) == 19
    assert all(picture.stat().st_size > 10_000 for picture in pictures)

    for proof in ("evidence.asice", "evidence-ho-so.pdf", "anchors.pem", "verdict.html"):
        assert (out / proof).stat().st_size > 0
