"""The report on leaving an organization as a page; one module for each of its sections."""
