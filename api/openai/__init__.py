"""Endpoints of the OpenAI wire, one module per wire resource."""
