"""What a job's method is asked for with beside hyperparameters, and integrations that a provider acts on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("method_settings", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("integrations", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("integrations")
        batch_op.drop_column("method_settings")
