"""Pages for people, as documents: what is in them, and what a browser would make of them."""
