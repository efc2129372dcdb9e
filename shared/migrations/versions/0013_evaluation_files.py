"""A check compares with several files that measure models; stretches know which of them is theirs."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECKS = sa.table(
    "dataset_checks",
    sa.column("id", sa.String),
    sa.column("project_id", sa.String),
    sa.column("evaluation_file", sa.String),
    sa.column("evaluation_files", sa.JSON(none_as_null=True)),
)
FILES = sa.table(
    "dataset_evaluation_files",
    sa.column("check_id", sa.String),
    sa.column("file_id", sa.String),
    sa.column("project_id", sa.String),
)
STRETCHES = sa.table("dataset_stretches", sa.column("check_id", sa.String))


def upgrade() -> None:
    op.create_table(
        "dataset_evaluation_files",
        sa.Column("check_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("check_id", "file_id", name=op.f("pk_dataset_evaluation_files")),
    )
    with op.batch_alter_table("dataset_evaluation_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_evaluation_files_file_id"), ["file_id"], unique=False)
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evaluation_files", sa.JSON(none_as_null=True), nullable=True))
    _move_to_list()
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dataset_checks_evaluation_file"))
        batch_op.drop_column("evaluation_file")
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nth", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.drop_column("nth")
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evaluation_file", ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_dataset_checks_evaluation_file"), ["evaluation_file"], unique=False)
    _move_from_list()
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.drop_column("evaluation_files")
    op.drop_table("dataset_evaluation_files")


def _move_to_list() -> None:
    connection = op.get_bind()
    asked = connection.execute(sa.select(CHECKS).where(CHECKS.c.evaluation_file.is_not(None))).all()
    for check in asked:
        named = sa.update(CHECKS).where(CHECKS.c.id == check.id)
        connection.execute(named.values(evaluation_files=[check.evaluation_file]))
        row = {"check_id": check.id, "file_id": check.evaluation_file, "project_id": check.project_id}
        connection.execute(sa.insert(FILES).values(row))


def _move_from_list() -> None:
    """Answers to what could not be asked before are forgotten: they can be made again."""
    connection = op.get_bind()
    for check in connection.execute(sa.select(CHECKS).where(CHECKS.c.evaluation_files.is_not(None))).all():
        of_check = CHECKS.c.id == check.id
        if len(check.evaluation_files) == 1:
            connection.execute(sa.update(CHECKS).where(of_check).values(evaluation_file=check.evaluation_files[0]))
        else:
            connection.execute(sa.delete(STRETCHES).where(STRETCHES.c.check_id == check.id))
            connection.execute(sa.delete(CHECKS).where(of_check))
