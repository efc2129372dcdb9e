"""Making datasets out of datasets: split, sample, merge. Bytes in, bytes out; refuses to know where either lies."""
