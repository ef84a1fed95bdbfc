"""Experiments: who is in which half, how many it takes, and what came of it."""
