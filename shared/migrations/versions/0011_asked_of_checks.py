"""What else a check may be asked: a file that measures models, a grader, and groups. Stretches know which file's."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evaluation_file", ID, nullable=True))
        batch_op.add_column(sa.Column("grader", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("groups", sa.JSON(none_as_null=True), nullable=True))
        # Always empty so far; now they are those that the grader reads.
        batch_op.drop_column("item_fields")
        batch_op.create_index(batch_op.f("ix_dataset_checks_evaluation_file"), ["evaluation_file"], unique=False)
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=16), server_default="training", nullable=False))
    op.execute(sa.text("UPDATE dataset_stretches SET role = 'validation' WHERE is_validation"))
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.drop_column("is_validation")


def downgrade() -> None:
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_validation", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.text("UPDATE dataset_stretches SET is_validation = true WHERE role = 'validation'"))
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.drop_column("role")
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dataset_checks_evaluation_file"))
        batch_op.add_column(sa.Column("item_fields", sa.JSON(none_as_null=True), server_default="[]", nullable=False))
        batch_op.drop_column("groups")
        batch_op.drop_column("grader")
        batch_op.drop_column("evaluation_file")
