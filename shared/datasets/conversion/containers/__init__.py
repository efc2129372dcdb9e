"""What records lie in: lines, documents, tables, workbooks, Arrow data, and archives of any of them."""
