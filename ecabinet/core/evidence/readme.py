"""The README of a bundle: for whoever opens one and has never heard of it, in Vietnamese and English."""

from collections.abc import Collection, Sequence

from ecabinet.core.ballots import BallotOpened
from ecabinet.core.meetings import DocumentVersion
from ecabinet.core.register import BodyFounded

_TEXT = """\
HỒ SƠ CHỨNG CỨ CỦA PHIẾU LẤY Ý KIẾN
(English below)

Cơ quan:      {body} ({code})
Trích yếu:    {subject}
Mã phiếu:     {ballot}

Khi kiểm tra đạt, tệp này chứng minh
  - Từng ý kiến do đúng người được lấy ý kiến ký, đúng nguyên văn nội dung lấy ý kiến, không bị sửa, không bị bỏ,
    không bị ghi lùi ngày, không bị tính hai lần.
  - Mọi mục trong sổ ghi nhận về phiếu này, từ khi gửi phiếu đến khi công bố kết quả, đều nằm trong hồ sơ.
  - Bảng tổng hợp và kết quả đã ký khớp với kết quả tính lại từ các ý kiến.
  - Lịch sử mà từng người ký đã thấy đều là phần đầu của cùng một sổ ghi nhận.

Tệp này không chứng minh
  - Không chứng minh thiết bị của người ký đã hiển thị đúng nội dung.
  - Không chứng minh người ký không bị ép buộc.
  - Không chứng minh thời điểm thật sự ký khi không có mạng; chỉ chứng minh thời điểm được ghi vào sổ, theo giờ của
    máy chủ, có nhân chứng thì chặt chẽ hơn.
  - Biểu quyết kín không thuộc phạm vi này: biểu quyết kín thực hiện trên giấy.

Tài liệu
  Tài liệu không kèm theo hồ sơ chỉ được nêu bằng mã băm SHA-256. Lưu ý: nếu đoán được nguyên văn một tài liệu thì
  mã băm xác nhận điều đã đoán.
{papers_vi}

Kiểm tra thế nào
  ecabinet-verify <tệp này> --trust anchors.pem
  anchors.pem chứa chứng thư của người phụ trách đăng ký; hãy lấy từ nơi đáng tin cậy khác, không lấy từ hồ sơ này.
  Kiểm tra bằng công cụ thông dụng (unzip, openssl, sha256sum): xem docs/evidence.md của ecabinet.


EVIDENCE OF AN OPINION BALLOT

Body:         {body_en} ({code})
Subject:      {subject}
Ballot:       {ballot}

What this file proves, if it checks out
  - Each opinion was signed by the very person who was asked, on the very words that were asked; none was altered,
    dropped, back-dated or counted twice.
  - Every entry that the ledger has for this ballot, from its opening to its result, is in this file.
  - The signed table and result are what counting the opinions again gives.
  - The history that each signer had seen is the beginning of one and the same ledger.

What it does not prove
  - That a signer's device displayed the right text.
  - That a signer was not coerced.
  - At what time an opinion given off-line was truly signed: only when the ledger took it in, by the server's clock,
    bounded by witnesses where there are any.
  - Secret votes are out of scope: they are held on paper.

Papers
  A paper that is not enclosed is named by its SHA-256 alone. Mind that whoever can guess a paper's exact content
  finds the guess confirmed by its digest.
{papers_en}

How to check it
  ecabinet-verify <this file> --trust anchors.pem
  anchors.pem holds the registrar's certificate; get it from somewhere else that you trust, not from this file.
  With stock tools (unzip, openssl, sha256sum): see docs/evidence.md of ecabinet.
"""


def write(
    founding: BodyFounded, opened: BallotOpened, versions: Sequence[DocumentVersion], enclosed: Collection[str]
) -> bytes:
    """The text, UTF-8. `versions` are the ballot's papers, `enclosed` the names of the files that hold them."""
    names = {name.removeprefix("papers/")[:64]: name for name in enclosed}
    return _TEXT.format(
        body=_one_line(founding.name),
        body_en=_one_line(founding.name_en or founding.name),
        code=founding.body,
        subject=_one_line(opened.subject),
        ballot=opened.ballot,
        papers_vi="\n".join(
            _line(each, names.get(each.digest, f"(không kèm theo) {each.digest}")) for each in versions
        ),
        papers_en="\n".join(_line(each, names.get(each.digest, f"(not enclosed) {each.digest}")) for each in versions),
    ).encode()


def _line(version: DocumentVersion, where: str) -> str:
    return f"  - {_one_line(f'{version.number} {version.title} ({version.agency})')}\n    {where}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
