"""Several bundles in one call: each told as it is alone, and the worst of them is how the command ends."""

import json
import ssl
from pathlib import Path

import pytest

from ecabinet.core.evidence import ExitCode, Flaw
from ecabinet.verify.__main__ import main
from tests.bundles import files_of, packed, sealed
from tests.cabinet import Cabinet


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bundles of one body, one of them forged too, and a file that is none."""
    folder = tmp_path_factory.mktemp("several")
    cabinet = Cabinet.with_result()
    first = sealed(cabinet)
    cabinet.open_ballot()
    cabinet.answer("chair")
    cabinet.close()
    cabinet.announce()
    files = files_of(first)
    opinion = min(name for name in files if name.endswith(".opinion.json"))
    forged = packed({**files, opinion: files[opinion].replace(b"agree", b"other", 1)})
    for name, data in (("first", first), ("forged", forged), ("second", sealed(cabinet)), ("none", b"PK\x03\x04")):
        (folder / f"{name}.asice").write_bytes(data)
    (folder / "anchors.pem").write_text(ssl.DER_cert_to_PEM_cert(cabinet.anchors[0]))
    return folder


def run(folder: Path, bundles: list[str], *options: str) -> int:
    return main(
        [*(str(folder / f"{each}.asice") for each in bundles), "--trust", str(folder / "anchors.pem"), *options]
    )


@pytest.mark.parametrize(
    ("bundles", "code", "told"),
    [
        (["first", "second"], ExitCode.PROVEN, "Đã chứng minh: 2 tệp"),
        (["first", "none"], ExitCode.UNREADABLE, "Không đọc được: 1 tệp"),
        (["none", "forged", "first"], ExitCode.DISPROVEN, "Bác bỏ: 1 tệp"),
        (["first", "absent"], ExitCode.UNREADABLE, "Không đọc được: 1 tệp"),
    ],
)
def test_the_worst_is_how_it_ends(
    bundles: list[str], code: ExitCode, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, bundles) == code
    said = capsys.readouterr()
    assert f"\n{told}\n" in said.out
    assert ("absent.asice" in said.err) == ("absent" in bundles)


def test_each_is_told_as_it_is_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["first", "forged", "second", "none", "first"]
    run(folder, names, "--json")
    together = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(each.pop("bundle")).stem for each in together] == names
    for name, told in zip(names, together, strict=True):
        assert run(folder, [name], "--json") == told["exit"]
        assert json.loads(capsys.readouterr().out) == told


def test_every_file_has_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["first", "absent", "none"]
    assert run(folder, names, "--json") == ExitCode.UNREADABLE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(each["bundle"]).stem for each in lines] == names
    absent = lines[1]
    assert absent.keys() == lines[0].keys()
    assert (absent["exit"], absent["unreadable"]["flaw"]) == (ExitCode.UNREADABLE, Flaw.NO_FILE)
    assert absent["unreadable"]["culprit"] is None


def test_two_of_one_name_are_told_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "first.asice").write_bytes((folder / "first.asice").read_bytes())
    run(folder, ["first", "elsewhere/first"])
    text = capsys.readouterr().out
    assert f": {folder / 'first.asice'}\n" in text
    assert f": {elsewhere / 'first.asice'}\n" in text
    run(folder, ["first"])
    assert ": first.asice\n" in capsys.readouterr().out


def test_a_page_is_written_of_one_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(folder, ["first", "second"], "--html", str(folder / "report.html"))
    assert ended.value.code == ExitCode.UNREADABLE
    assert "--html" in capsys.readouterr().err
    assert not (folder / "report.html").exists()
