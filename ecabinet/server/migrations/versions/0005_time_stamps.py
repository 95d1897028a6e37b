"""What a time-stamp authority gave for ballots that were closed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "time_stamps",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("ballot", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_time_stamps_body_id"),
        sa.PrimaryKeyConstraint("body_id", "ballot", name="pk_time_stamps"),
    )
