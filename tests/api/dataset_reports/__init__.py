"""Reports for a model over HTTP: asked for, waited for, listed in full, judged by what the project makes of codes."""
