"""What a moderation has said of the rows of a stretch is kept between the turns in which it is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("moderation", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("dataset_stretches", schema=None) as batch_op:
        batch_op.drop_column("moderation")
