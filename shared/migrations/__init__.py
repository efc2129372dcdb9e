"""Alembic migrations, run on their own engine on SQLite and PostgreSQL."""
