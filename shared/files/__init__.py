"""Files as the wire knows them: a row and an object."""
