"""What one row must look like; one module for each family of checks, and none of them knows of files or lines."""
