"""What witnesses and members' devices say of checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "cosignatures",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_cosignatures_body_id"),
        sa.PrimaryKeyConstraint("body_id", "epoch", "size", "key", name="pk_cosignatures"),
    )
    op.create_table(
        "device_cosignatures",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_device_cosignatures_body_id"),
        sa.PrimaryKeyConstraint("body_id", "device", name="pk_device_cosignatures"),
    )
