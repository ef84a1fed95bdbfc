"""The strict stand-in for Shopify's Admin GraphQL API."""

from plugins.sandbox.shopify.shopify import Shopify

__all__ = ["Shopify"]
