"""The Singer tap for a Shopify shop."""
