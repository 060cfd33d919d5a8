"""The migrations of the database; alembic finds them by their place."""
