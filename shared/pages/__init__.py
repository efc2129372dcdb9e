"""Pages for people: whole HTML documents that load nothing, run nothing and show untrusted text as text."""
