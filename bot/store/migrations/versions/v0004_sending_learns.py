"""What sending remembers: a time to leave, mail sent by hand, what was learnt how.

`watched` is how many seconds of successful polls the mailbox had seen when a batch
became doubtful: the machine's clock alone may jump.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three columns and a table."""
    op.add_column("sends", sa.Column("leave_at", sa.BigInteger(), nullable=True))
    op.add_column("batches", sa.Column("watched", sa.Integer(), nullable=True))
    op.add_column(
        "learnt",
        sa.Column("how", sa.Text(), nullable=False, server_default="said"),
    )
    op.create_table(
        "hand_sent",
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uid_validity", "uid", name="pk_hand_sent"),
    )
    op.create_index("ix_hand_sent_sent_at", "hand_sent", ["sent_at"])
