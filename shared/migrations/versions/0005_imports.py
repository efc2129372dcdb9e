"""Imports from an upstream organization. A model's name becomes its project's own: two projects may import the same."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
NAME = sa.String(256).with_variant(sa.String(256, collation="C"), "postgresql")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("connection_id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("upstream_models", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("project_id", "connection_id", name=op.f("uq_imports_project_id_connection_id")),
    )
    op.create_table(
        "import_steps",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("following", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("cursor", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_steps")),
    )
    with op.batch_alter_table("import_steps", schema=None) as batch_op:
        batch_op.create_index("ix_import_steps_import_id_id", ["import_id", "id"], unique=False)
    op.create_table(
        "imported_objects",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("upstream_id", NAME, nullable=False),
        sa.Column("local_id", NAME, nullable=False),
        sa.Column("parent", NAME, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("upstream_created_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_objects")),
        sa.UniqueConstraint(
            "import_id", "kind", "upstream_id", name=op.f("uq_imported_objects_import_id_kind_upstream_id")
        ),
    )
    with op.batch_alter_table("imported_objects", schema=None) as batch_op:
        batch_op.create_index("ix_imported_objects_import_id_state", ["import_id", "state"], unique=False)
        batch_op.create_index("ix_imported_objects_project_id_local_id", ["project_id", "local_id"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("model", NAME, nullable=False),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("follows", ID, nullable=True),
        sa.Column("file_id", ID, nullable=True),
        sa.Column("sample", sa.Integer(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("price", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("budget_tokens", sa.BigInteger(), nullable=True),
        sa.Column("budget_micros", sa.BigInteger(), nullable=True),
        sa.Column("spent_tokens", sa.BigInteger(), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.Column("n_prompts", sa.Integer(), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=True),
        sa.Column("labels_file", ID, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index("ix_recordings_import_id_id", ["import_id", "id"], unique=False)
    op.create_table(
        "recorded_answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("model", NAME, nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("prompt_hash", sa.String(length=64), nullable=False),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("finish_reason", sa.String(length=32), nullable=True),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=True),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Float(precision=53), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_answers")),
        sa.UniqueConstraint(
            "project_id", "model", "request_hash", name=op.f("uq_recorded_answers_project_id_model_request_hash")
        ),
    )
    op.create_table(
        "recording_prompts",
        sa.Column("recording_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("answer_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "position", name=op.f("pk_recording_prompts")),
    )
    with op.batch_alter_table("recording_prompts", schema=None) as batch_op:
        batch_op.create_index("ix_recording_prompts_answer_id", ["answer_id"], unique=False)
    _key_models_by("project_id", "name")
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_models_project_id"))


def downgrade() -> None:
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_models_project_id"), ["project_id"], unique=False)
    _key_models_by("name")
    with op.batch_alter_table("recording_prompts", schema=None) as batch_op:
        batch_op.drop_index("ix_recording_prompts_answer_id")
    op.drop_table("recording_prompts")
    op.drop_table("recorded_answers")
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index("ix_recordings_import_id_id")
    op.drop_table("recordings")
    with op.batch_alter_table("imported_objects", schema=None) as batch_op:
        batch_op.drop_index("ix_imported_objects_project_id_local_id")
        batch_op.drop_index("ix_imported_objects_import_id_state")
    op.drop_table("imported_objects")
    with op.batch_alter_table("import_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_import_steps_import_id_id")
    op.drop_table("import_steps")
    op.drop_table("imports")


def _key_models_by(*columns: str) -> None:
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.drop_constraint("pk_models", type_="primary")
        batch_op.create_primary_key("pk_models", list(columns))
