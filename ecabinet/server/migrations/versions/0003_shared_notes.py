"""Notes that are shared."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "note_shares",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("readers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("described", sa.LargeBinary(), nullable=False),
        sa.Column("is_replaced", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_note_shares_body_id"),
        sa.PrimaryKeyConstraint("body_id", "share", name="pk_note_shares"),
    )
    op.create_index("ix_note_shares_body_id_document", "note_shares", ["body_id", "document"])
    op.create_table(
        "shared_notes",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(), nullable=False),
        sa.Column("edit", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("sealed_by", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_shared_notes_body_id"),
        sa.PrimaryKeyConstraint("body_id", "share", "edit", name="pk_shared_notes"),
    )
    op.create_table(
        "share_keys",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("wrapped_by", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_share_keys_body_id"),
        sa.PrimaryKeyConstraint("body_id", "share", "device", "wrapped_by", name="pk_share_keys"),
    )
