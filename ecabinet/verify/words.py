"""What the verifier says, in Vietnamese and English: a text for every value a report can hold."""

from collections.abc import Mapping
from enum import Enum, StrEnum

from ecabinet.core.evidence import Check, Culprit, ExitCode, Fault, Flaw, Verdict
from ecabinet.core.fork import ForkVerdict
from ecabinet.core.omission import OmissionVerdict
from ecabinet.core.receipt_file import ReceiptVerdict


class Language(StrEnum):
    """Of the text report."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


class Phrase(StrEnum):
    """Words around the findings."""

    TITLE = "title"
    FILE = "file"
    BODY = "body"
    SUBJECT = "subject"
    BALLOT = "ballot"
    OPENED = "opened"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    CONCLUSION = "conclusion"
    CHECKS = "checks"
    BLAME = "blame"
    OPINIONS = "opinions"
    NO_ANSWER = "no_answer"
    REMARK = "remark"
    TAKEN_IN = "taken_in"
    LEAF = "leaf"
    RESULT = "result"
    RECEIVED = "received"
    QUORATE = "quorate"
    NOT_QUORATE = "not_quorate"
    CARRIED = "carried"
    CARRIED_BY_TIE_RULE = "carried_by_tie_rule"
    PASSED_MOTION = "passed_motion"
    NOT_PASSED_MOTION = "not_passed_motion"
    WITHOUT_QUORUM = "without_quorum"
    NOT_CARRIED = "not_carried"
    NOT_PROVEN = "not_proven"
    CANNOT_OPEN = "cannot_open"
    NO_SUCH_FILE = "no_such_file"
    CANNOT_WRITE = "cannot_write"
    OVER_INPUT = "over_input"
    NO_SUCH_FOLDER = "no_such_folder"
    BAD_TRUST = "bad_trust"
    BAD_TIME_TRUST = "bad_time_trust"
    BAD_REVOCATIONS = "bad_revocations"
    BAD_POLICY = "bad_policy"
    TRUSTED = "trusted"
    REGISTRAR_NAMED = "registrar_named"
    OR_WRONG_TRUST = "or_wrong_trust"
    IS_PDF = "is_pdf"
    GET_AGAIN = "get_again"
    FORK_TITLE = "fork_title"
    WHICH_LOG = "which_log"
    SIZES = "sizes"
    OMISSION_TITLE = "omission_title"
    AUTHOR = "author"
    LEAF_OF_OPINION = "leaf_of_opinion"
    ACKNOWLEDGED_AT = "acknowledged_at"
    COUNTED_INSTEAD = "counted_instead"
    RESULT_BY = "result_by"
    ACCUSED = "accused"
    NOBODY = "nobody"
    GET_BUNDLE = "get_bundle"
    RECEIPT_TITLE = "receipt_title"
    WITNESSES_SAID = "witnesses_said"
    WITNESSED_AT = "witnessed_at"
    RECEIPT_ONLY = "receipt_only"


def say(word: Enum, language: Language) -> str:
    """The text of a value."""
    return _WORDS[word][0 if language is Language.VIETNAMESE else 1]


def in_short(code: ExitCode, count: int, language: Language) -> str:
    """How many files came to this: `Không đọc được: 2 tệp`."""
    vietnamese, english = (text.partition(":")[0].capitalize() for text in _WORDS[code])
    if language is Language.VIETNAMESE:
        return f"{vietnamese}: {count} tệp"
    return f"{english}: {count} {'file' if count == 1 else 'files'}"


_WORDS: Mapping[Enum, tuple[str, str]] = {
    Phrase.TITLE: ("KIỂM TRA HỒ SƠ CHỨNG CỨ", "CHECK OF AN EVIDENCE BUNDLE"),
    Phrase.FILE: ("Tệp", "File"),
    Phrase.BODY: ("Cơ quan", "Body"),
    Phrase.SUBJECT: ("Trích yếu", "Subject"),
    Phrase.BALLOT: ("Mã phiếu", "Ballot"),
    Phrase.OPENED: ("Gửi phiếu", "Sent"),
    Phrase.CLOSED: ("Kết thúc lấy ý kiến", "Closed"),
    Phrase.ANNOUNCED: ("Công bố", "Announced"),
    Phrase.CONCLUSION: ("KẾT LUẬN", "CONCLUSION"),
    Phrase.CHECKS: ("Các phép kiểm tra", "Checks"),
    Phrase.BLAME: ("do", "by"),
    Phrase.OPINIONS: ("Ý kiến được tính", "Opinions that count"),
    Phrase.NO_ANSWER: ("không trả lời", "no answer"),
    Phrase.REMARK: ("Ghi thêm", "Remark"),
    Phrase.TAKEN_IN: ("ghi nhận lúc", "taken in at"),
    Phrase.LEAF: ("bản ghi số", "leaf"),
    Phrase.RESULT: ("Kết quả tính lại", "Counted again"),
    Phrase.RECEIVED: ("Số ý kiến nhận được / số phiếu gửi", "Opinions received / ballots sent"),
    Phrase.QUORATE: ("đủ số người trả lời theo quy tắc", "enough answers for the rule"),
    Phrase.NOT_QUORATE: ("chưa đủ số người trả lời theo quy tắc", "too few answers for the rule"),
    Phrase.CARRIED: ("phương án được chọn", "chosen"),
    Phrase.PASSED_MOTION: ("được thông qua", "passed"),
    Phrase.NOT_PASSED_MOTION: ("không được thông qua", "not passed"),
    Phrase.CARRIED_BY_TIE_RULE: (
        "ngang nhau, theo ý kiến của người chủ trì",
        "tied, decided by the chair's answer",
    ),
    Phrase.WITHOUT_QUORUM: (
        "nhưng chưa đủ số người trả lời nên chưa có hiệu lực",
        "but without effect, as too few answered",
    ),
    Phrase.NOT_CARRIED: ("không phương án nào đạt quá tỷ lệ quy định", "no option reached the share the rule asks for"),
    Phrase.NOT_PROVEN: (
        "Không hồ sơ nào chứng minh: máy đã hiển thị đúng; không ai bị ép buộc; giờ thật sự ký khi không có mạng.",
        "No bundle proves: that devices displayed right; that nobody was coerced; when an off-line opinion was signed.",
    ),
    Phrase.CANNOT_OPEN: ("Không mở được tệp", "The file can't be opened"),
    Phrase.NO_SUCH_FILE: ("Không có tệp này", "There is no such file"),
    Phrase.CANNOT_WRITE: ("Không ghi được báo cáo", "The report can't be written"),
    Phrase.OVER_INPUT: (
        "Báo cáo không được ghi đè lên tệp đưa vào để đọc",
        "The report may not replace a file that was given to be read",
    ),
    Phrase.NO_SUCH_FOLDER: ("không có thư mục này", "there is no such folder"),
    Phrase.BAD_TRUST: ("Tệp --trust không chứa chứng thư dạng PEM", "The --trust file holds no PEM certificate"),
    Phrase.BAD_TIME_TRUST: (
        "Tệp --time-trust không chứa chứng thư dạng PEM",
        "The --time-trust file holds no PEM certificate",
    ),
    Phrase.BAD_REVOCATIONS: (
        "Tệp --revocations không phải danh sách thu hồi hay trả lời OCSP",
        "The --revocations file is neither a CRL nor an OCSP answer",
    ),
    Phrase.BAD_POLICY: ("Tệp --policy không đúng mẫu", "The --policy file is not a policy"),
    Phrase.TRUSTED: ("Chứng thư tin cậy đã cho", "The certificate that was trusted"),
    Phrase.REGISTRAR_NAMED: (
        "Chứng thư của người phụ trách đăng ký có trong hồ sơ",
        "The registrar's certificate that the bundle holds",
    ),
    Phrase.OR_WRONG_TRUST: (
        "hoặc chứng thư đưa vào không phải của cơ quan này",
        "or the certificate that was given is not this body's",
    ),
    Phrase.IS_PDF: (
        "Đây là tệp PDF; hãy đưa tệp .asice đi kèm.",
        "This is a PDF: give the .asice file that came with it.",
    ),
    Phrase.GET_AGAIN: (
        "Tệp nhận được chưa trọn vẹn; hãy lấy lại tệp từ nơi gửi.",
        "The file has not come whole: get it again from where it came.",
    ),
    Phrase.FORK_TITLE: ("KIỂM TRA CHỨNG CỨ VỀ HAI LỊCH SỬ", "CHECK OF EVIDENCE OF TWO HISTORIES"),
    Phrase.WHICH_LOG: ("Sổ ghi nhận", "Log"),
    Phrase.SIZES: ("Số bản ghi của hai trạng thái", "Entries in the two checkpoints"),
    Phrase.OMISSION_TITLE: (
        "KIỂM TRA CHỨNG CỨ VỀ Ý KIẾN BỊ BỎ QUA",
        "CHECK OF EVIDENCE THAT AN OPINION WAS PASSED OVER",
    ),
    Phrase.AUTHOR: ("Người cho ý kiến", "Author of the opinion"),
    Phrase.LEAF_OF_OPINION: ("Ý kiến là bản ghi số", "The opinion is entry number"),
    Phrase.ACKNOWLEDGED_AT: ("Máy chủ ghi nhận lúc", "Acknowledged by the server at"),
    Phrase.COUNTED_INSTEAD: ("Kết quả tính bản ghi số", "The result counts entry number"),
    Phrase.RESULT_BY: ("Người ký kết quả", "Signer of the result"),
    Phrase.ACCUSED: ("Cáo buộc", "Accuses"),
    Phrase.NOBODY: ("không ai", "nobody"),
    Phrase.GET_BUNDLE: (
        "Hãy đề nghị cơ quan cung cấp hồ sơ chứng cứ của phiếu (tệp .asice): hồ sơ cho biết lỗi do ai.",
        "Ask the body for the ballot's evidence bundle (.asice): it shows whose doing this is.",
    ),
    Phrase.RECEIPT_TITLE: ("KIỂM TRA GIẤY GHI NHẬN Ý KIẾN", "CHECK OF A RECEIPT FOR AN OPINION"),
    Phrase.WITNESSES_SAID: ("Số nhân chứng đã xác nhận / cần có", "Witnesses that cosigned / that must"),
    Phrase.WITNESSED_AT: ("Nhân chứng và thời điểm xác nhận", "Witnesses, and when they cosigned"),
    Phrase.RECEIPT_ONLY: (
        "Giấy ghi nhận không chứng minh ý kiến đã được tính: việc đó do hồ sơ chứng cứ của phiếu chứng minh.",
        "A receipt does not prove that the opinion was counted: the ballot's evidence bundle does.",
    ),
    OmissionVerdict.PASSED_OVER: (
        "ĐÃ CHỨNG MINH: ý kiến được ghi nhận đúng hạn nhưng kết quả đã ký không tính; người ký đã thấy sổ có nó.",
        "PROVEN: the result does not count an opinion given in time, which was in the ledger its signer had seen.",
    ),
    OmissionVerdict.NOT_SHOWN: (
        "CHƯA KẾT LUẬN: máy chủ đã ghi nhận ý kiến, kết quả không tính ý kiến đó; chưa rõ lỗi do máy chủ hay người ký.",
        "NOT CONCLUDED: the server acknowledged the opinion and the result does not count it; whose doing is open.",
    ),
    OmissionVerdict.COUNTED: (
        "BÁC BỎ: kết quả có tính ý kiến này.",
        "DISPROVEN: the result does count this opinion.",
    ),
    OmissionVerdict.NEED_NOT_COUNT: (
        "BÁC BỎ: theo quy tắc của phiếu, kết quả không phải tính ý kiến này.",
        "DISPROVEN: by the ballot's rule the result need not count this opinion.",
    ),
    OmissionVerdict.FORGED: (
        "BÁC BỎ: có phần không do người được nêu ký, hoặc không đứng ở vị trí được nêu.",
        "DISPROVEN: some of it is not signed by whom it names, or does not stand where it says.",
    ),
    OmissionVerdict.OTHER_REGISTRAR: (
        "BÁC BỎ: người phụ trách đăng ký không thuộc chứng thư tin cậy đã cho.",
        "DISPROVEN: the registrar is not vouched for by the certificate given.",
    ),
    ReceiptVerdict.ACKNOWLEDGED: (
        "ĐÃ CHỨNG MINH: máy chủ đã ký ghi nhận ý kiến này của đúng người này, tại vị trí và thời điểm nêu ở đây.",
        "PROVEN: the server acknowledged this opinion of this person, at the place and time told here.",
    ),
    ReceiptVerdict.AUTHOR_NOT_SHOWN: (
        "CHƯA KẾT LUẬN: máy chủ đã ký ghi nhận ý kiến này; tệp không cho thấy khóa ký là của người được nêu.",
        "NOT CONCLUDED: the server acknowledged this opinion; that the key is its author's is not shown.",
    ),
    ReceiptVerdict.FORGED: (
        "BÁC BỎ: có phần không do người được nêu ký, hoặc thuộc về ý kiến khác.",
        "DISPROVEN: some of it is not signed by whom it names, or is for another opinion.",
    ),
    ReceiptVerdict.OTHER_REGISTRAR: (
        "BÁC BỎ: người phụ trách đăng ký không thuộc chứng thư tin cậy đã cho.",
        "DISPROVEN: the registrar is not vouched for by the certificate given.",
    ),
    ForkVerdict.CONVICTED: (
        "ĐÃ CHỨNG MINH: khóa sổ ghi nhận đã ký hai lịch sử khác nhau.",
        "PROVEN: the log key signed two different histories.",
    ),
    ForkVerdict.CUT_SHORT: (
        "ĐÃ CHỨNG MINH: khi mở kỳ sổ mới, người phụ trách đăng ký nêu trạng thái cuối nhỏ hơn trạng thái đã được ký.",
        "PROVEN: in starting a new epoch, the registrar named less of the log than it had signed.",
    ),
    ForkVerdict.ONE_HISTORY: (
        "BÁC BỎ: trạng thái sau nối tiếp trạng thái trước, chỉ có một lịch sử.",
        "DISPROVEN: the later checkpoint continues the earlier; there is one history.",
    ),
    ForkVerdict.OPEN: (
        "CHƯA KẾT LUẬN: sổ ghi nhận đã ký cả hai trạng thái; máy chủ không cho thấy chúng có nối tiếp nhau hay không.",
        "NOT CONCLUDED: the log signed both checkpoints; the server did not show whether one continues the other.",
    ),
    ForkVerdict.FORGED: (
        "BÁC BỎ: có phần không do người được nêu ký.",
        "DISPROVEN: some of it is not signed by whom it names.",
    ),
    ForkVerdict.OTHER_REGISTRAR: (
        "BÁC BỎ: người phụ trách đăng ký không thuộc chứng thư tin cậy đã cho.",
        "DISPROVEN: the registrar is not vouched for by the certificate given.",
    ),
    ExitCode.PROVEN: (
        "ĐÃ CHỨNG MINH: mọi phép kiểm tra áp dụng được đều đạt.",
        "PROVEN: every check that applies passed.",
    ),
    ExitCode.DISPROVEN: ("BÁC BỎ: có phép kiểm tra không đạt.", "DISPROVEN: at least one check failed."),
    ExitCode.UNREADABLE: ("KHÔNG ĐỌC ĐƯỢC: đây không phải hồ sơ hợp lệ.", "UNREADABLE: this is not a valid bundle."),
    ExitCode.INCOMPLETE: (
        "CHƯA KẾT LUẬN: không phép kiểm tra nào không đạt, nhưng có điều chưa kiểm tra được.",
        "NOT CONCLUDED: nothing failed, but something was not checked.",
    ),
    Verdict.PASSED: ("Đạt", "Passed"),
    Verdict.FAILED: ("KHÔNG ĐẠT", "FAILED"),
    Verdict.NOT_CHECKED: ("Chưa kiểm tra", "Not checked"),
    Verdict.NOT_APPLICABLE: ("Không áp dụng", "Not applicable"),
    Culprit.BUNDLE: ("người lập hoặc người giữ hồ sơ này", "whoever made or kept this bundle"),
    Culprit.LOG: ("máy chủ (khóa sổ ghi nhận, khóa CA)", "the server (log and CA keys)"),
    Culprit.REGISTRAR: ("người phụ trách đăng ký", "the registrar"),
    Culprit.SECRETARY: ("người lập phiếu hoặc lập kết quả", "whoever sent or counted the ballot"),
    Culprit.ELECTOR: ("người cho ý kiến", "the elector"),
    Check.CONTAINER: ("Hồ sơ nguyên vẹn, do đúng cơ quan niêm phong", "The bundle is whole, and the body sealed it"),
    Check.FOUNDING: ("Sổ ghi nhận do người phụ trách đăng ký đáng tin lập", "A registrar you trust founded the ledger"),
    Check.REGISTER: ("Sổ đăng ký liền mạch", "The register is unbroken"),
    Check.SIGNATURES: ("Chữ ký số đúng", "Signatures hold"),
    Check.CHAINS: ("Chứng thư do đúng nơi cấp", "Certificates have the right issuer"),
    Check.VALIDITY: ("Khóa ký có hiệu lực khi được ghi nhận", "Keys were valid where the ledger has them used"),
    Check.REVOCATION: (
        "Tổ chức bên ngoài chưa thu hồi chứng thư đã cấp",
        "Outside certificates had not been revoked",
    ),
    Check.ELECTORATE: (
        "Đúng người được lấy ý kiến, đúng người trả lời",
        "The right people were asked, and they answered",
    ),
    Check.WORDING: ("Đúng nguyên văn nội dung lấy ý kiến", "The very words that were asked"),
    Check.PAPERS: ("Đúng tài liệu đã phát hành", "The papers that were published"),
    Check.ONE_HEAD: ("Mỗi người một ý kiến cuối cùng", "One last opinion per elector"),
    Check.ORDER: ("Đúng trình tự, thời gian không lùi", "The right order, and no time runs backwards"),
    Check.INCLUSION: ("Mọi văn bản đều nằm trong sổ ghi nhận", "Everything stands in the ledger"),
    Check.COMPLETENESS: ("Không bản ghi nào bị giấu", "No entry is hidden"),
    Check.SEEN: ("Mọi người ký đã thấy cùng một lịch sử", "All signers had seen one history"),
    Check.CHECKPOINT: ("Sổ ghi nhận có chữ ký đúng", "The ledger is signed by its key"),
    Check.WITNESSES: ("Nhân chứng", "Witnesses"),
    Check.TIME_STAMP: ("Dấu thời gian", "Time stamp"),
    Check.TALLY: ("Tính lại số phiếu", "The tally, counted again"),
    Check.OUTCOME: ("Áp dụng lại quy tắc", "The outcome, by the rule again"),
    Check.MINUTES: ("Biên bản", "Minutes"),
    Fault.NOT_LISTED: ("tệp không có trong danh mục đã niêm phong", "the sealed list does not have this file"),
    Fault.LISTED_BUT_ABSENT: ("tệp có trong danh mục nhưng không có trong hồ sơ", "listed, but not there"),
    Fault.FILE_ALTERED: ("tệp đã bị sửa sau khi niêm phong", "the file was altered after sealing"),
    Fault.BAD_MANIFEST: ("danh mục tệp không đúng mẫu", "the list of files is not in its form"),
    Fault.BAD_SEAL: ("chữ ký niêm phong không đúng", "the sealing signature does not hold"),
    Fault.SEALED_BY_STRANGER: (
        "người niêm phong không có thẩm quyền tại cơ quan",
        "sealed by somebody who holds no such office",
    ),
    Fault.DERIVED_FILE_DIFFERS: (
        "tệp không khớp với văn bản lập sổ ghi nhận",
        "the file says something else than the founding",
    ),
    Fault.WRONG_PLACE: ("văn bản nằm sai chỗ trong hồ sơ", "the statement is not what its file name says"),
    Fault.NO_FOUNDING: ("không có văn bản lập sổ ghi nhận đọc được", "no founding statement that can be read"),
    Fault.NOT_ANCHORED: (
        "chứng thư trong --trust không phải của người phụ trách đăng ký nêu trong hồ sơ, cũng không phải của nơi cấp",
        "the certificate in --trust is neither that of the registrar whom the bundle names, nor its issuer's",
    ),
    Fault.NO_ANCHOR_GIVEN: ("không có chứng thư nào để đối chiếu", "no certificate was given to trust"),
    Fault.ANCHORED_BY_ISSUER: (
        "được tin theo nơi cấp chứng thư; hãy xem có đúng là người phụ trách đăng ký của cơ quan này không",
        "trusted for the sake of the certificate's issuer; see that this is the registrar of this body",
    ),
    Fault.REGISTER_BROKEN: ("sổ đăng ký bị đứt quãng tại đây", "the register breaks off here"),
    Fault.REGISTER_CUT_SHORT: (
        "sổ đăng ký trong hồ sơ thiếu phần mà văn bản này nêu",
        "the register lacks what this statement names",
    ),
    Fault.NOT_THE_REGISTRARS: ("không có chữ ký của người phụ trách đăng ký", "not signed by the registrar"),
    Fault.UNFIT_ENROLMENT: ("nội dung đăng ký trái với sổ đăng ký", "contradicts the register"),
    Fault.BAD_SIGNATURE: ("chữ ký số không đúng", "the signature does not hold"),
    Fault.UNREADABLE_STATEMENT: ("không đọc được văn bản", "the statement can't be read"),
    Fault.UNKNOWN_STATEMENT: (
        "loại văn bản mới, cần phiên bản mới hơn của chương trình này",
        "of a newer type: needs a newer version of this program",
    ),
    Fault.BAD_CERTIFICATE: (
        "chứng thư không do CA của cơ quan cấp, hoặc không dùng để ký được",
        "not a certificate of the body's CA",
    ),
    Fault.NOT_VALID: ("khóa ký không có hiệu lực tại vị trí này", "the key was not valid at this place"),
    Fault.NOT_ENROLLED: ("người được lấy ý kiến chưa có trong sổ đăng ký", "asked, but not enrolled"),
    Fault.NOT_AN_ELECTOR: ("người ký không thuộc diện được lấy ý kiến", "the signer was not asked"),
    Fault.ASKED_WITHOUT_SEAT: (
        "được lấy ý kiến nhưng khi đó không là thành viên theo sổ đăng ký",
        "asked, though no member by the register then",
    ),
    Fault.CHAIRS_WITHOUT_SEAT: (
        "ý kiến quyết định khi ngang nhau, nhưng khi đó không là người chủ trì theo sổ đăng ký",
        "decides a tie, though not the chair by the register then",
    ),
    Fault.ANSWERED_WITHOUT_SEAT: (
        "khi ý kiến được ghi nhận, người này không là thành viên theo sổ đăng ký",
        "no member by the register when the answer was taken in",
    ),
    Fault.OTHER_WORDS: ("văn bản thuộc về một phiếu khác", "belongs to another ballot"),
    Fault.UNFIT_ANSWER: ("câu trả lời không khớp với câu hỏi", "does not answer the questions"),
    Fault.NOT_PUBLISHED: (
        "tài liệu chưa được phát hành trước khi gửi phiếu",
        "not published before the ballot was sent",
    ),
    Fault.PAPER_SWAPPED: ("tài liệu đã bị tráo", "another paper in its stead"),
    Fault.STRAY_PAPER: ("tài liệu không thuộc phiếu này", "not a paper of this ballot"),
    Fault.PAPERS_BY_DIGEST: (
        "có tài liệu chỉ được nêu bằng mã băm: đã kiểm tra mã băm, không kiểm tra nội dung",
        "papers named by digest alone: digests were checked, contents were not",
    ),
    Fault.NO_BALLOT: ("thiếu văn bản có hiệu lực loại này", "no valid statement of this type"),
    Fault.OPINION_LINE_BROKEN: (
        "chuỗi ý kiến của người này bị đứt hoặc rẽ nhánh",
        "this elector's opinions do not follow one another",
    ),
    Fault.OTHER_TABLE: ("bảng tổng hợp khác với kết quả tính lại", "the table is not what counting again gives"),
    Fault.OTHER_TALLY: ("số phiếu khác với kết quả tính lại", "the numbers are not what counting again gives"),
    Fault.OTHER_OUTCOME: ("kết luận khác với quy tắc của phiếu", "the outcome is not what the rule gives"),
    Fault.OUT_OF_ORDER: ("sai trình tự", "out of order"),
    Fault.TIME_RUNS_BACK: ("thời điểm ghi nhận lùi lại", "taken in earlier than the entry before it"),
    Fault.TWICE: ("xuất hiện hai lần", "appears twice"),
    Fault.ACCEPTED_BEFORE_SIGNED: (
        "ghi nhận trước giờ ký theo đồng hồ của người ký",
        "taken in before it was signed, by the signer's clock",
    ),
    Fault.NOT_IN_LEDGER: ("không có trong sổ ghi nhận tại vị trí này", "the ledger does not have it at this place"),
    Fault.ENTRIES_ALTERED: ("các bản ghi không khớp với sổ ghi nhận", "the entries are not those of the ledger"),
    Fault.ENTRY_HIDDEN: ("có bản ghi của phiếu bị giấu khỏi hồ sơ", "an entry is hidden from the bundle"),
    Fault.BAD_CHECKPOINT: ("không do khóa sổ ghi nhận ký", "not signed by the log key"),
    Fault.SEEN_FORGED: ("trạng thái đã thấy không do sổ ghi nhận ký", "names a checkpoint that the log never signed"),
    Fault.HISTORY_REWRITTEN: (
        "máy chủ đã cho người ký thấy một lịch sử khác",
        "the server showed this signer another history",
    ),
    Fault.PROOF_MISSING: ("thiếu chứng minh cho trạng thái đã thấy", "no proof for a checkpoint that was seen"),
    Fault.PROOF_FAILS: (
        "chứng minh cho trạng thái đã thấy không đúng",
        "the proof for a checkpoint that was seen fails",
    ),
    Fault.BEYOND_THIS_EPOCH: (
        "thuộc phần sổ ghi nhận đã mất trước khi khôi phục",
        "of the part of the ledger that was lost before a restore",
    ),
    Fault.EPOCH_CUT_SHORT: (
        "người phụ trách đăng ký nêu trạng thái cuối của sổ trước khi khôi phục nhỏ hơn trạng thái mà người ký đã thấy",
        "the registrar named less of the log before the restore than this signer had seen of it",
    ),
    Fault.SEEN_NOTHING: ("người ký chưa từng thấy sổ ghi nhận", "the signer had seen no checkpoint yet"),
    Fault.NO_WITNESS_ASKED: ("quy định của cơ quan không yêu cầu nhân chứng", "the body's policy asks for none"),
    Fault.WITNESSES_UNREAD: (
        "quy định nêu khóa nhân chứng mà phiên bản này không đọc được",
        "the policy names a witness's key that this version can't read",
    ),
    Fault.TOO_FEW_WITNESSES: ("chưa đủ số nhân chứng xác nhận", "too few witnesses have cosigned"),
    Fault.NOT_INDEPENDENT: (
        "khóa của chính máy chủ hoặc của thiết bị thành viên không tính là nhân chứng",
        "the server's own key, or a member's device's, counts as no witness",
    ),
    Fault.FALSE_COSIGNATURE: ("chữ ký của nhân chứng là giả", "a witness's signature is false"),
    Fault.COSIGNED: ("nhân chứng đã xác nhận", "a witness cosigned"),
    Fault.COSIGNED_BEFORE_ACCEPTED: (
        "sổ ghi nhận đề giờ muộn hơn giờ nhân chứng đã xác nhận",
        "the ledger dates an entry later than a witness had it",
    ),
    Fault.NO_OUTSIDE_CERTIFICATE: (
        "không ai ký bằng chứng thư của tổ chức bên ngoài",
        "nobody signed with an outside authority's certificate",
    ),
    Fault.REVOCATION_UNKNOWN: (
        "chưa biết tổ chức cấp đã thu hồi chứng thư hay chưa; hãy đưa danh sách thu hồi (CRL, OCSP) bằng --revocations",
        "whether its issuer had revoked the certificate is not known; give a CRL or an OCSP answer with --revocations",
    ),
    Fault.REVOKED_OUTSIDE: (
        "tổ chức cấp đã thu hồi chứng thư trước đó",
        "its issuer had revoked the certificate before",
    ),
    Fault.FALSE_REVOCATION: (
        "thông tin thu hồi kèm hồ sơ là giả hoặc không đọc được",
        "what is enclosed of revocations is false, or can't be read",
    ),
    Fault.NO_TIME_STAMP: ("hồ sơ không có dấu thời gian", "the bundle has none"),
    Fault.NO_TIME_AUTHORITY: (
        "có dấu thời gian; hãy cho biết tổ chức cấp dấu thời gian đáng tin bằng --time-trust để kiểm tra",
        "there is one; name the time-stamp authority you trust with --time-trust to have it checked",
    ),
    Fault.OTHER_TIME_AUTHORITY: (
        "dấu thời gian không do tổ chức đáng tin đã cho cấp",
        "the time stamp is not by an authority that you named",
    ),
    Fault.FALSE_TIME_STAMP: ("dấu thời gian là giả", "the time stamp is false"),
    Fault.TIME_STAMPED: ("dấu thời gian", "stamped"),
    Fault.STAMPED_BEFORE_ACCEPTED: (
        "sổ ghi nhận đề giờ muộn hơn dấu thời gian",
        "the ledger dates an entry later than the time stamp",
    ),
    Fault.NO_MINUTES: ("phiếu này không có biên bản", "this ballot has none"),
    Fault.NEEDS_ANOTHER_CHECK: (
        "phụ thuộc phép kiểm tra không đạt hoặc chưa thực hiện được",
        "depends on a check that failed or was not done",
    ),
    Flaw.NOT_A_BUNDLE: ("không đúng mẫu tệp .asice của hồ sơ", "not in the form of a bundle"),
    Flaw.NOT_SAVED_EVIDENCE: (
        "không đúng mẫu chứng cứ hoặc giấy ghi nhận do chương trình lưu",
        "not in the form of the evidence, or the receipt, that the program saves",
    ),
    Flaw.NO_FILE: ("không có tệp này", "there is no such file"),
    Flaw.NOT_OPENED: ("không mở được tệp", "the file can't be opened"),
    Flaw.EMPTY: ("tệp rỗng", "the file is empty"),
    Flaw.CUT_SHORT: ("tệp bị cắt cụt", "the file was cut short"),
    Flaw.DAMAGED: ("nội dung bị hỏng", "damaged"),
    Flaw.TOO_LARGE: ("quá lớn", "too large"),
    Flaw.BAD_NAME: ("tên tệp không hợp lệ", "a name that may not be"),
    Flaw.DUPLICATE_NAME: ("hai tệp trùng tên", "two files of one name"),
    Flaw.UNKNOWN_ENTRY: ("tệp lạ, có thể của phiên bản mới hơn", "an unknown file, perhaps of a newer version"),
    Flaw.WRONG_ORDER: ("các tệp sai thứ tự", "files out of order"),
    Flaw.MISSING_ENTRY: ("thiếu tệp", "a file is missing"),
    Flaw.MALFORMED_ENTRY: ("tệp không đúng mẫu", "a file is not in its form"),
}
