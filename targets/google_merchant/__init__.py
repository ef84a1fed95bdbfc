"""Puts products into a Google Merchant Center account, one by one, and takes them out."""
