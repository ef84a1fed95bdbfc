"""The hub over a small store: the retailer's rules, an empty store, and a town resolved step by step."""

from tests.mappers.identity.conftest import own_environment, rules, sqlite_store, town

__all__ = ["own_environment", "rules", "sqlite_store", "town"]
