"""Tests of the Shopify tap."""
