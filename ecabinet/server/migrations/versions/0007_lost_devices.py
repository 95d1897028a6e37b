"""Devices that persons report lost, or replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "lost_devices",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_lost_devices_body_id"),
        sa.PrimaryKeyConstraint("body_id", "certificate", name="pk_lost_devices"),
    )
