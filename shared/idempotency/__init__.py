"""Remembering what a repeated request already did."""
