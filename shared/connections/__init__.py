"""Connections to providers: whose key goes where, and which model names lead there."""
