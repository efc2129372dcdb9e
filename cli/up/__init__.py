"""`tunery up`: the whole service on one machine, as a tree of supervised processes."""
