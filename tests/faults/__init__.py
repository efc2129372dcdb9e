"""The service while its parts die: real processes and a real Redis that keeps nothing, ended with `kill -9`."""
