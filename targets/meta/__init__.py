"""Writes custom audiences of a Meta ad account: who may be found on Facebook and Instagram, by hashes."""
