"""HTTP edge: parse, authorise, call shared, render. No work of its own."""
