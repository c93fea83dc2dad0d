"""Pages over the whole record."""
