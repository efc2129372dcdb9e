"""Operations on datasets, and which file was made of which."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset_operations",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("files", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("params", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("progress", sa.Float(precision=53), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_param", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_operations")),
    )
    with op.batch_alter_table("dataset_operations", schema=None) as batch_op:
        batch_op.create_index("ix_dataset_operations_project_id_id", ["project_id", "id"], unique=False)

    op.create_table(
        "dataset_derivations",
        sa.Column("file_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("parents", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_dataset_derivations")),
    )
    with op.batch_alter_table("dataset_derivations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_derivations_project_id"), ["project_id"], unique=False)

    op.create_table(
        "dataset_derivation_parents",
        sa.Column("file_id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "parent_id", name=op.f("pk_dataset_derivation_parents")),
    )
    with op.batch_alter_table("dataset_derivation_parents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dataset_derivation_parents_project_id_parent_id", ["project_id", "parent_id"], unique=False
        )


def downgrade() -> None:
    for table in ("dataset_derivation_parents", "dataset_derivations", "dataset_operations"):
        op.drop_table(table)
