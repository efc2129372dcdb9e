"""How many tokens a row has for the model it is meant for, what it will cost, and what truncation takes from it.

A leaf: no database, no HTTP, no torch, and never a download.
"""
