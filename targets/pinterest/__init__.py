"""Writes customer lists of a Pinterest ad account: who may be found there, by hashes of their addresses."""
