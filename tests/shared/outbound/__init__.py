"""Tests of the guard on outgoing connections."""
