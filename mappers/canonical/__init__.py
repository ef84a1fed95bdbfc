"""Vendor streams to canonical records."""
