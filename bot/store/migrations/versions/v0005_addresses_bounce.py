"""What bounces tell: the events, where each person stands, and who calls whom.

`sends.judged` says that a post's silence was taken for a delivery; posts that are
finished already have nothing to tell.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and three tables."""
    op.add_column(
        "sends",
        sa.Column("judged", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute("UPDATE sends SET judged = TRUE WHERE finished_at IS NOT NULL")
    op.create_table(
        "bounce_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("send_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("tells", sa.Text(), nullable=False),
        sa.Column("logged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bounce_events"),
        sa.UniqueConstraint("report", "key", "kind", name="uq_bounce_events_report"),
    )
    op.create_index("ix_bounce_events_key", "bounce_events", ["key"])
    op.create_index("ix_bounce_events_person_id", "bounce_events", ["person_id"])
    op.create_index("ix_bounce_events_send_id", "bounce_events", ["send_id"])
    op.create_index(
        "ix_bounce_events_logged",
        "bounce_events",
        ["id"],
        sqlite_where=sa.text("NOT logged"),
        postgresql_where=sa.text("NOT logged"),
    )
    op.create_table(
        "bounce_states",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reset_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe_id", sa.Integer(), nullable=True),
        sa.Column("probed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name="pk_bounce_states"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="fk_bounce_states_person_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "calls",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("tried_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_calls"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_calls_person_id", ondelete="CASCADE"
        ),
    )
