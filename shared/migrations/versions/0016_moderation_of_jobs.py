"""A project chooses a connection whose moderation judges the files of its jobs."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset_moderation",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("connection_id", ID, nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_dataset_moderation")),
    )


def downgrade() -> None:
    op.drop_table("dataset_moderation")
