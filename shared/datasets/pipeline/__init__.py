"""Checking stored files of any size: cut into stretches, read by many processes, concluded by one."""
