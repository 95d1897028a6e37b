"""The report as HTML: what a judge reads, and that a bundle can't write any of it."""

import hashlib
import re
import ssl
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ecabinet.core.ballots import Option, Question
from ecabinet.core.evidence import Check, Culprit, ExitCode, Verdict
from ecabinet.core.people import Role
from ecabinet.verify.__main__ import main
from ecabinet.verify.words import Language, Phrase, say
from tests.bundles import files_of, packed, sealed
from tests.cabinet import Cabinet
from tests.sample import MEMBERS

VOID = {"meta", "br"}
ELEMENTS = {"html", "head", "title", "style", "body", "h1", "h2", "h3", "div", "p", "b", "span", "ul", "li"}
ELEMENTS |= VOID | {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"lang", "class", "scope", "charset", "name", "content", "http-equiv"}
HOSTILE = "</title></style><script>alert('1')</script><img src=x onerror=\"alert(2)\"> & &lt;b&gt; \" ' <a href=//x>"


class Reader(HTMLParser):
    """Reads a page that is written strictly; its text, with single spaces."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self._open: list[str] = []
        self._said: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        assert {name for name, _ in attrs} <= ATTRIBUTES
        if tag not in VOID:
            self._open.append(tag)
        elif tag == "br":
            self._said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self._said.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self._said).split())


def kept(cabinet: Cabinet, bundle: Path) -> tuple[Path, Path]:
    """The cabinet's evidence in files: the bundle, and what to trust."""
    anchors = bundle.with_name("anchors.pem")
    bundle.write_bytes(sealed(cabinet))
    anchors.write_text(ssl.DER_cert_to_PEM_cert(cabinet.anchors[0]))
    return bundle, anchors


def reported(bundle: Path, anchors: Path, *options: str) -> tuple[int, str]:
    page = bundle.with_suffix(".html")
    code = main([str(bundle), "--trust", str(anchors), "--html", str(page), *options])
    return code, page.read_text("utf-8")


@pytest.fixture(scope="module")
def honest(folder: Path) -> str:
    code, page = reported(folder / "honest.asice", folder / "anchors.pem")
    assert code == ExitCode.PROVEN
    return page


def test_it_begins_with_the_verdict_and_says_all(honest: str, folder: Path, cabinet: Cabinet) -> None:
    text = Reader(honest).text
    bundle = (folder / "honest.asice").read_bytes()
    fingerprint = hashlib.sha256(cabinet.anchors[0]).digest().hex(":").upper()
    place = 0
    for part in (
        say(Phrase.TITLE, Language.VIETNAMESE),
        "ĐÃ CHỨNG MINH: mọi phép kiểm tra áp dụng được đều đạt. PROVEN: every check that applies passed.",
        "honest.asice",
        hashlib.sha256(bundle).hexdigest(),
        cabinet.asked.subject,
        "08 giờ 10 phút, thứ Sáu, ngày 20/11/2026 2026-11-20 08:10:00+07:00",
        cabinet.asked.rule.in_words,
        "4 / 5 (đủ số người trả lời theo quy tắc enough answers for the rule",
        cabinet.asked.questions[0].text,
        "Đồng ý 2 50,0% 40,0% Không đồng ý 1 25,0% 20,0% Ý kiến khác 1 25,0% 20,0% không trả lời no answer 1 - 20,0%",
        "no option reached the share the rule asks for",
        "Đồng ý: được thông qua Đồng ý: passed",
        "Chủ tịch UBND tỉnh 1. Đồng ý 2. Đồng ý 08:11:00 20/11/2026 (+07:00) 10 đúng hạn in time",
        "Giám đốc Sở Xây dựng 1. Ý kiến khác: Đề nghị ưu tiên giao thông. 2. Đồng ý",
        "Giám đốc Sở Nội vụ - - - không trả lời no answer",
        "9 08:10:00 20/11/2026 (+07:00) Gửi phiếu lấy ý kiến Sent the ballot Chuyên viên Văn phòng UBND tỉnh",
        "17 08:18:00 20/11/2026 (+07:00) Ký và công bố kết quả Signed and announced the result Chuyên viên Văn phòng",
        say(Phrase.NOT_PROVEN, Language.ENGLISH),
        "chức vụ: Chánh Văn phòng UBND tỉnh; cơ quan: Ủy ban nhân dân tỉnh Bình Minh title: Chánh Văn phòng",
        f"{fingerprint[:48]} {fingerprint[48:]}",
        cabinet.opening.digest,
        cabinet.asked.documents[0].digest,
    ):
        assert part in text[place:]
        place = text.index(part, place) + len(part)
    for each in Check:
        assert f"{say(each, Language.VIETNAMESE)} {say(each, Language.ENGLISH)}" in text


def test_it_asks_nothing_of_any_other_place_and_runs_nothing(honest: str) -> None:
    assert Reader(honest).elements <= ELEMENTS
    assert "default-src 'none'" in honest.replace("&#x27;", "'")
    style = honest[honest.index("<style>") : honest.index("</style>")]
    assert not re.search(r"url\(|@import|http", style)
    assert "//" not in honest.replace("<!DOCTYPE", "")


def test_the_same_bundle_has_the_same_report(honest: str, folder: Path) -> None:
    assert reported(folder / "honest.asice", folder / "anchors.pem") == (ExitCode.PROVEN, honest)


def test_what_failed_stands_first_with_place_and_culprit(folder: Path) -> None:
    code, page = reported(folder / "forged.asice", folder / "anchors.pem")
    text = Reader(page).text
    assert code == ExitCode.DISPROVEN
    first = text[: text.index("SHA-256")]
    assert "BÁC BỎ" in first
    assert "chữ ký số không đúng" in first
    assert "ballot/00000010.opinion.json" in first
    assert say(Culprit.BUNDLE, Language.ENGLISH) in first
    assert "các ý kiến không được tính lại" in text
    assert say(Verdict.FAILED, Language.ENGLISH) in text
    assert "Chủ tịch UBND tỉnh (chair)" in text


def test_what_was_not_checked_stands_first_too(folder: Path) -> None:
    code, page = reported(folder / "honest.asice", folder / "anchors.pem", "--policy", str(folder / "policy.json"))
    text = Reader(page).text
    assert code == ExitCode.INCOMPLETE
    assert say(Check.WITNESSES, Language.VIETNAMESE) in text[: text.index("SHA-256")]


def test_late_opinions_are_told_apart(tmp_path: Path) -> None:
    late = Cabinet.with_open_ballot()
    late.answer("chair")
    late.now = late.asked.deadline_at
    late.answer("finance", "other", "agree", text="Xin lỗi\nđã muộn.")
    late.close()
    late.announce()
    code, page = reported(*kept(late, tmp_path / "late.asice"))
    text = Reader(page).text
    assert code == ExitCode.PROVEN
    apart = text[text.index("Ý kiến trả lời muộn") :]
    assert "Giám đốc Sở Tài chính 1. Ý kiến khác: Xin lỗi đã muộn. 2. Đồng ý" in apart
    assert "muộn, không tính late, not counted" in apart


def test_a_bundle_writes_none_of_it(tmp_path: Path) -> None:
    hostile = Cabinet()
    hostile.offices |= {person: (f"{HOSTILE} {person}", HOSTILE) for person in MEMBERS}
    hostile.found()
    hostile.enrol("secretary", Role.SECRETARY)
    for person in MEMBERS:
        hostile.enrol(person, Role.MEMBER, *([Role.CHAIR] if person == MEMBERS[0] else []))
    hostile.publish({HOSTILE: b"%PDF-1.7"})
    options = (
        Option(key="agree", text=HOSTILE, decides=True, needs_text=True),
        Option(key="other", text="\u202e\x1b[2J", decides=False, needs_text=False),
    )
    hostile.open_ballot(subject=HOSTILE, questions=(Question(key="q", text=HOSTILE, options=options),))
    hostile.answer("chair", "agree", text=HOSTILE, remark=f"{HOSTILE}\n{HOSTILE}")
    hostile.close()
    hostile.announce()
    bundle = tmp_path / "<script>alert(3)<script>.asice"
    code, page = reported(*kept(hostile, bundle))
    read = Reader(page)
    assert code == ExitCode.PROVEN
    assert read.elements <= ELEMENTS
    assert read.text.count(HOSTILE) > 10
    assert bundle.name in read.text
    assert not {"\u202e", "\x1b"} & set(page)


def test_a_file_that_is_no_bundle_has_a_report_too(folder: Path) -> None:
    code, page = reported(folder / "none.asice", folder / "anchors.pem")
    text = Reader(page).text
    assert code == ExitCode.UNREADABLE
    assert "KHÔNG ĐỌC ĐƯỢC" in text
    assert "cut short" in text
    assert say(Phrase.GET_AGAIN, Language.VIETNAMESE) in text
    assert hashlib.sha256((folder / "none.asice").read_bytes()).hexdigest() in text


def test_of_a_bundle_with_a_wrong_byte_anywhere_there_is_a_report(tmp_path: Path, folder: Path) -> None:
    files = files_of((folder / "honest.asice").read_bytes())
    for place, name in enumerate(sorted(files)[::3]):
        if name in {"mimetype", "README.txt"}:
            continue
        data = bytearray(files[name])
        data[len(data) // 2] ^= 1
        path = tmp_path / f"{place}.asice"
        path.write_bytes(packed({**files, name: bytes(data)}))
        code, page = reported(path, folder / "anchors.pem")
        assert code in {ExitCode.DISPROVEN, ExitCode.UNREADABLE}
        assert Reader(page).elements <= ELEMENTS


def test_a_report_that_can_not_be_written_proves_nothing_but_is_told(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [str(folder / "honest.asice"), "--trust", str(folder / "anchors.pem"), "--html"]
    assert main([*given, str(tmp_path / "absent" / "report.html")]) == ExitCode.INCOMPLETE
    said = capsys.readouterr()
    assert "ĐÃ CHỨNG MINH" in said.out
    nowhere = tmp_path / "absent" / "report.html"
    for language in Language:
        told = f"{say(Phrase.CANNOT_WRITE, language)}: {nowhere} ({say(Phrase.NO_SUCH_FOLDER, language)})"
        assert told in said.err


@pytest.mark.parametrize("given", ["honest.asice", "anchors.pem"])
def test_no_report_takes_the_place_of_what_was_given(given: str, folder: Path) -> None:
    before = (folder / given).read_bytes()
    bundle, anchors = str(folder / "honest.asice"), str(folder / "anchors.pem")
    assert main([bundle, "--trust", anchors, "--html", str(folder / given)]) == ExitCode.UNREADABLE
    assert (folder / given).read_bytes() == before
