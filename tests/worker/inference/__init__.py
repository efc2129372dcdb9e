"""The model server, driven by real clients over a socket."""
