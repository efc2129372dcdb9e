"""`tunery`: a client of the HTTP API, and `tunery up`, which runs the whole service on one machine."""
