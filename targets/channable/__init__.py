"""Writes a Channable project: how many there are of each item, and what was sent."""
