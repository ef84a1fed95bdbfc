"""The hub over a small store: the retailer's rules and an empty store."""

from tests.road.conftest import own_environment, rules, sqlite_store

__all__ = ["own_environment", "rules", "sqlite_store"]
