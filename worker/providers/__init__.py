"""Work for connections: copies of files, submitting and watching jobs."""
