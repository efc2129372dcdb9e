"""The training engine: a leaf that knows no database, no HTTP and no Celery. Only this package imports torch."""
