"""Leads from CSV files: what a mapping says, read as a stream, merged in chunks. Begin with `run.py`."""
