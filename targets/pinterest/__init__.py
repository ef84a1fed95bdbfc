"""Writes a Pinterest ad account: who may be found there, what the catalogue has, and what was bought."""
