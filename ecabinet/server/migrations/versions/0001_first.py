"""The first schema."""

import sqlalchemy as sa
from alembic import op

from ecabinet.server.migrations import guard_append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "bodies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("feed_epoch", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bodies"),
        sa.UniqueConstraint("code", name="uq_bodies_code"),
    )
    op.create_table(
        "founding_codes",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_founding_codes"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("challenge_digest", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_ins"),
        sa.UniqueConstraint("challenge_digest", name="uq_sign_ins_challenge_digest"),
    )
    op.create_index("ix_sign_ins_device", "sign_ins", ["device"], unique=False)
    op.create_table(
        "ballots",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("ballot", sa.String(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("opened_digest", sa.String(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=False),
        sa.Column("electors", sa.JSON(), nullable=False),
        sa.Column("closed_leaf", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("result_leaf", sa.BigInteger(), nullable=True),
        sa.Column("shows_answers", sa.Boolean(), nullable=False),
        sa.Column("bundle_digest", sa.String(), nullable=True),
        sa.Column("bundle_size", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_ballots_body_id"),
        sa.PrimaryKeyConstraint("body_id", "ballot", name="pk_ballots"),
    )
    op.create_table(
        "documents",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("described", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_documents_body_id"),
        sa.PrimaryKeyConstraint("body_id", "document", "version", name="pk_documents"),
    )
    op.create_index("ix_documents_body_id_blob", "documents", ["body_id", "blob"], unique=False)
    op.create_index("ix_documents_body_id_leaf", "documents", ["body_id", "leaf"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("enrolment", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("device_name", sa.String(), nullable=False),
        sa.Column("invited", sa.LargeBinary(), nullable=False),
        sa.Column("signing_certificate", sa.LargeBinary(), nullable=False),
        sa.Column("certificate_digest", sa.String(), nullable=False),
        sa.Column("device_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_enrolments_body_id"),
        sa.PrimaryKeyConstraint("body_id", "enrolment", name="pk_enrolments"),
    )
    op.create_index(
        "ix_enrolments_body_id_certificate_digest", "enrolments", ["body_id", "certificate_digest"], unique=False
    )
    op.create_index("ix_enrolments_device", "enrolments", ["device"], unique=False)
    op.create_index("ix_enrolments_enrolment", "enrolments", ["enrolment"], unique=False)
    op.create_table(
        "entries",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_digest", sa.LargeBinary(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_entries_body_id"),
        sa.PrimaryKeyConstraint("body_id", "leaf", name="pk_entries"),
    )
    op.create_index("ix_entries_body_id_tag", "entries", ["body_id", "tag"], unique=False)
    op.create_table(
        "envelopes",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_envelopes_body_id"),
        sa.PrimaryKeyConstraint("body_id", "leaf", name="pk_envelopes"),
    )
    op.create_index("ix_envelopes_body_id_id", "envelopes", ["body_id", "id"], unique=True)
    op.create_table(
        "feed",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("gone", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_feed_body_id"),
        sa.PrimaryKeyConstraint("body_id", "person", "position", name="pk_feed"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitations",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("invited", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("enrolment", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_invitations_body_id"),
        sa.PrimaryKeyConstraint("body_id", "digest", name="pk_invitations"),
    )
    op.create_index("ix_invitations_digest", "invitations", ["digest"], unique=False)
    op.create_table(
        "meetings",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("statement_digest", sa.String(), nullable=False),
        sa.Column("participants", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_meetings_body_id"),
        sa.PrimaryKeyConstraint("body_id", "meeting", "revision", name="pk_meetings"),
    )
    op.create_table(
        "notes",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("edit", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_notes_body_id"),
        sa.PrimaryKeyConstraint("body_id", "person", "edit", name="pk_notes"),
    )
    op.create_table(
        "opinions",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("ballot", sa.String(), nullable=False),
        sa.Column("elector", sa.String(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("statement_digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_opinions_body_id"),
        sa.PrimaryKeyConstraint("body_id", "ballot", "elector", "counter", name="pk_opinions"),
    )
    op.create_table(
        "readings",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("from_leaf", sa.BigInteger(), nullable=False),
        sa.Column("until_leaf", sa.BigInteger(), nullable=True),
        sa.Column("readers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_readings_body_id"),
        sa.PrimaryKeyConstraint("body_id", "document", "version", "from_leaf", name="pk_readings"),
    )
    op.create_index("ix_readings_body_id_via", "readings", ["body_id", "via"], unique=False)
    op.create_table(
        "standings",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("held", sa.LargeBinary(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("changes_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_standings_body_id"),
        sa.PrimaryKeyConstraint("body_id", "person", name="pk_standings"),
    )
    op.create_table(
        "uploads",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_uploads_body_id"),
        sa.PrimaryKeyConstraint("body_id", "person", "digest", name="pk_uploads"),
    )
    op.create_table(
        "wrapped_keys",
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("wrapped_by", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name="fk_wrapped_keys_body_id"),
        sa.PrimaryKeyConstraint("body_id", "person", "key", "device", "wrapped_by", name="pk_wrapped_keys"),
    )
    guard_append_only(op.get_bind(), "entries", "envelopes", "feed")
