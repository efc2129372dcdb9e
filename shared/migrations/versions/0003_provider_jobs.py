"""Jobs and files at a provider; which connection trains a job and serves a model."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
NAME = sa.String(256).with_variant(sa.String(256, collation="C"), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_jobs",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("connection_id", ID, nullable=False),
        sa.Column("asked", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("upstream_model", NAME, nullable=False),
        sa.Column("submission", sa.String(length=16), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("first_sent_at", sa.Float(precision=53), nullable=True),
        sa.Column("last_sent_at", sa.Float(precision=53), nullable=True),
        sa.Column("upstream_job_id", sa.String(length=128), nullable=True),
        sa.Column("upstream_created_at", sa.BigInteger(), nullable=True),
        sa.Column("upstream_training_file", sa.String(length=128), nullable=True),
        sa.Column("upstream_validation_file", sa.String(length=128), nullable=True),
        sa.Column("upstream_status", sa.String(length=32), nullable=True),
        sa.Column("wish", sa.String(length=8), nullable=True),
        sa.Column("next_poll_at", sa.Float(precision=53), nullable=True),
        sa.Column("quiet_polls", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=True),
        sa.Column("newest_event_id", sa.String(length=128), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_provider_jobs")),
        sa.UniqueConstraint(
            "connection_id", "upstream_job_id", name=op.f("uq_provider_jobs_connection_id_upstream_job_id")
        ),
    )
    with op.batch_alter_table("provider_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_jobs_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "ix_provider_jobs_connection_id_next_poll_at", ["connection_id", "next_poll_at"], unique=False
        )
    op.create_table(
        "provider_files",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("connection_id", ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("upstream_file_id", sa.String(length=128), nullable=True),
        sa.Column("upload_id", sa.String(length=128), nullable=True),
        sa.Column("part_ids", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("bytes_sent", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_files")),
        sa.UniqueConstraint(
            "project_id", "connection_id", "sha256", name=op.f("uq_provider_files_project_id_connection_id_sha256")
        ),
    )
    with op.batch_alter_table("provider_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_files_connection_id"), ["connection_id"], unique=False)
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("connection_id", ID, nullable=True))
        batch_op.add_column(sa.Column("pause_wanted", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("job_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("upstream_id", sa.String(length=128), nullable=True))
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.add_column(sa.Column("connection_id", ID, nullable=True))
        batch_op.add_column(sa.Column("upstream_name", NAME, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.drop_column("upstream_name")
        batch_op.drop_column("connection_id")
    with op.batch_alter_table("job_events", schema=None) as batch_op:
        batch_op.drop_column("upstream_id")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("pause_wanted")
        batch_op.drop_column("connection_id")
    with op.batch_alter_table("provider_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_files_connection_id"))
    op.drop_table("provider_files")
    with op.batch_alter_table("provider_jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_jobs_connection_id_next_poll_at")
        batch_op.drop_index(batch_op.f("ix_provider_jobs_project_id"))
    op.drop_table("provider_jobs")
