"""Offers: who gets which benefit, with which code, and whether every channel says the same of it."""
