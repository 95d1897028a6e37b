"""A receipt as a file that goes its own way: what an elector holds in his hand, should his opinion ever be missing.

A zip file of the opinion with its signature, the receipt for it, and the registrar's statements that name the log's
key. docs/evidence.md §5.1 has the commands that check it, with stock tools and the registrar's certificate.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from ecabinet.client.desk.errors import NotHere
from ecabinet.client.vault import schema
from ecabinet.core.codec import AgencyCode, Identifier
from ecabinet.core.envelope import parse
from ecabinet.core.evidence import container
from ecabinet.core.register import BodyFounded, EpochStarted

_README = """GIẤY GHI NHẬN Ý KIẾN

Tệp này chứng minh: máy chủ đã ký xác nhận ý kiến trong opinion.json đứng trong sổ ghi nhận, ở vị trí và thời điểm ghi
trong receipt.tlog-proof. Tệp này không chứng minh ý kiến đã được tính vào kết quả: việc đó do hồ sơ chứng cứ của phiếu
chứng minh. Ý kiến trong tệp không được mã hóa. Cách kiểm tra: docs/evidence.md, mục 5.1.

RECEIPT FOR AN OPINION

This proves that the server signed that the opinion in opinion.json stands in the ledger, at the place and time in
receipt.tlog-proof. It does not prove that the opinion was counted: the ballot's evidence bundle does. The opinion is
not encrypted here. How to check it: docs/evidence.md, section 5.1.
"""


def receipt_file(db: Connection, body: AgencyCode, opinion: Identifier) -> bytes:
    """Raises NotHere while there is no receipt."""
    said, receipts = schema.statements, schema.receipts.c
    asked = select(said, receipts.text).join(schema.receipts, receipts.statement == said.c.id)
    row = db.execute(asked.where(said.c.id == opinion)).one_or_none()
    if row is None:
        raise NotHere
    return container.write(
        (
            ("README.txt", _README.encode()),
            ("opinion.json", row.statement),
            ("opinion.p7s", row.signature),
            ("receipt.tlog-proof", row.text.encode()),
            *_log_keys(db, body),
        )
    )


def _log_keys(db: Connection, body: AgencyCode) -> Iterator[tuple[str, bytes]]:
    """What the registrar signed of the logs' keys: `log-1` is the founding, and each epoch has its number."""
    said = schema.statements.c
    kinds = (BodyFounded.TYPE, EpochStarted.TYPE)
    asked = select(said.statement, said.signature).where(
        said.body == body, said.type.in_(kinds), said.leaf.is_not(None)
    )
    for row in db.execute(asked.order_by(said.leaf)):
        statement = parse(row.statement)
        number = statement.epoch if isinstance(statement, EpochStarted) else 1
        yield f"log-{number}.json", row.statement
        yield f"log-{number}.p7s", row.signature
