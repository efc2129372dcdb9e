"""Models of the OpenAI wire, one module per resource. These are the API reference; never tables."""
