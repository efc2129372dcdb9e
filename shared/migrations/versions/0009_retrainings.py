"""Which job was trained again as which; who has a prompt on its way."""

import sqlalchemy as sa
from alembic import op

ID = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
NAME = sa.String(256).with_variant(sa.String(256, collation="C"), "postgresql")

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retrainings",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("old_job", ID, nullable=False),
        sa.Column("new_job", ID, nullable=False),
        sa.Column("base", NAME, nullable=False),
        sa.Column("training_file", ID, nullable=False),
        sa.Column("hyperparameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retrainings")),
        sa.UniqueConstraint("import_id", "fingerprint", name=op.f("uq_retrainings_import_id_fingerprint")),
    )
    with op.batch_alter_table("recorded_answers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_by", ID, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("recorded_answers", schema=None) as batch_op:
        batch_op.drop_column("asked_by")
    op.drop_table("retrainings")
