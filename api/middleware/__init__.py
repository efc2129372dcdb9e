"""ASGI middleware: request ids and logs, strict JSON bodies. Knows no endpoint."""
