"""What people say about themselves, who has a role, who came and who left."""

import sqlalchemy as sa
from alembic import op

from bot.folding import fold

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables."""
    _columns()
    _name_keys()
    _person_groups()
    _roles()
    _forgotten()
    _roster_events()


def _columns() -> None:
    op.add_column(
        "people", sa.Column("name_key", sa.Text(), nullable=False, server_default="")
    )
    op.create_index("ix_people_name_key", "people", ["name_key"], unique=False)
    op.add_column(
        "memberships",
        sa.Column("reception", sa.Text(), nullable=False, server_default="each"),
    )
    op.add_column("memberships", sa.Column("paused_until", sa.BigInteger()))
    op.add_column(
        "posts",
        sa.Column("partial", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("requests", sa.Column("reminded_at", sa.BigInteger()))


def _name_keys() -> None:
    """Compute what no SQL can: names without case and accents."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, name FROM people WHERE name <> ''"))
    keys = [{"id": row.id, "key": fold(row.name)} for row in rows]
    if keys:
        connection.execute(
            sa.text("UPDATE people SET name_key = :key WHERE id = :id"), keys
        )


def _person_groups() -> None:
    op.create_table(
        "person_groups",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="fk_person_groups_person_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_person_groups"),
    )
    op.create_index("ix_person_groups_key", "person_groups", ["key"], unique=False)


def _roles() -> None:
    op.create_table(
        "roles",
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_name", "role", "key", name="pk_roles"),
    )


def _forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_forgotten"),
    )


def _roster_events() -> None:
    op.create_table(
        "roster_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roster_events"),
    )
    op.create_index("ix_roster_events_hash", "roster_events", ["hash"], unique=False)
    op.create_index(
        "ix_roster_events_list_name", "roster_events", ["list_name", "at"], unique=False
    )
