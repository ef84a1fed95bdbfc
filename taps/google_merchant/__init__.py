"""Reads what Google Merchant Center makes of our products: where each is shown, and what is wrong with it."""
