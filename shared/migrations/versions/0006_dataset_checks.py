"""Checks of datasets with their stretches, in place of one report a file; what projects make of codes."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
NAME = sa.String(256).with_variant(sa.String(256, collation="C"), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

AT_UPLOAD = "fbd163d0ad43477b39011bfa9fbc23ba622c2b0778efba480d9af8e25d8e96a4"
"""The question that the reports so far are the answer to."""

_CHECKS_OF_REPORTS = """
INSERT INTO dataset_checks (
    id, project_id, file_id, question, item_fields, state, bytes_total, bytes_done, rows_done, n_stretches_left,
    n_examples, n_errors, n_warnings, summary, report, created_at, finished_at
)
SELECT
    'dschk_' || substr(id, 7), project_id, file_id, :question, '[]', 'succeeded',
    COALESCE((SELECT bytes FROM files WHERE files.id = dataset_reports.file_id), 0), 0, 0, 0,
    n_examples, n_errors, n_warnings, summary, report, created_at, created_at
FROM dataset_reports
"""
_REPORTS_OF_CHECKS = """
INSERT INTO dataset_reports (
    id, project_id, file_id, n_examples, n_errors, n_warnings, summary, report, created_at
)
SELECT 'dsrep_' || substr(id, 7), project_id, file_id, n_examples, n_errors, n_warnings, summary, report, created_at
FROM dataset_checks
WHERE question = :question AND state = 'succeeded'
"""


def upgrade() -> None:
    op.create_table(
        "dataset_checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("validation_file", ID, nullable=True),
        sa.Column("model", NAME, nullable=True),
        sa.Column("method", sa.String(length=16), nullable=True),
        sa.Column("target", sa.String(length=16), nullable=True),
        sa.Column("item_fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("n_stretches_left", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("n_examples", sa.Integer(), nullable=False),
        sa.Column("n_errors", sa.Integer(), nullable=False),
        sa.Column("n_warnings", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_checks")),
        sa.UniqueConstraint("file_id", "question", name=op.f("uq_dataset_checks_file_id_question")),
    )
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_checks_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dataset_checks_validation_file"), ["validation_file"], unique=False)
    op.create_table(
        "dataset_stretches",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("check_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_validation", sa.Boolean(), nullable=False),
        sa.Column("start_byte", sa.BigInteger(), nullable=False),
        sa.Column("end_byte", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_stretches")),
        sa.UniqueConstraint("check_id", "number", name=op.f("uq_dataset_stretches_check_id_number")),
    )
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.create_index("ix_dataset_stretches_check_id_state", ["check_id", "state"], unique=False)
    op.create_table(
        "dataset_policies",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("policies", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_dataset_policies")),
    )
    op.execute(sa.text(_CHECKS_OF_REPORTS).bindparams(question=AT_UPLOAD))
    op.drop_table("dataset_reports")


def downgrade() -> None:
    op.create_table(
        "dataset_reports",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("n_examples", sa.Integer(), nullable=False),
        sa.Column("n_errors", sa.Integer(), nullable=False),
        sa.Column("n_warnings", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_reports")),
        sa.UniqueConstraint("file_id", name=op.f("uq_dataset_reports_file_id")),
    )
    with op.batch_alter_table("dataset_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_reports_project_id"), ["project_id"], unique=False)
    op.execute(sa.text(_REPORTS_OF_CHECKS).bindparams(question=AT_UPLOAD))
    for table in ("dataset_policies", "dataset_stretches", "dataset_checks"):
        op.drop_table(table)
