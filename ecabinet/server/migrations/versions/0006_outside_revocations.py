"""What outside authorities say of the certificates that they gave for keys in the registers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "outside_answers",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_outside_answers_body_id"),
        sa.PrimaryKeyConstraint("body_id", "digest", name="pk_outside_answers"),
    )
    op.create_table(
        "outside_standings",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_outside_standings_body_id"),
        sa.PrimaryKeyConstraint("body_id", "certificate", "kind", name="pk_outside_standings"),
    )
