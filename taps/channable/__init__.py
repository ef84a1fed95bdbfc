"""Reads a Channable project: the orders and returns it collected at marketplaces."""
