"""The meaning of records."""
