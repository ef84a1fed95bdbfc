"""Tests of the Shopify target."""
