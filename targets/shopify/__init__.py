"""The Singer target for a Shopify shop."""
