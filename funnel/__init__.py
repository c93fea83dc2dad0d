"""The project and the measures: settings, pages, and every number computed from the record."""
