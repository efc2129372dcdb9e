"""One module for each family of dialects; `registry` has all of them in the order of detection."""
