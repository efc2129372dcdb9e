"""The connection whose moderation judges the rows of a check, where that was asked."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("moderation", ID, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("dataset_checks", schema=None) as batch_op:
        batch_op.drop_column("moderation")
