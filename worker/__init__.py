"""Celery side: wake, load, call shared, record."""
