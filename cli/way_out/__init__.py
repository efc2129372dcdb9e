"""`tunery import`: taking what is yours out of another organization."""
