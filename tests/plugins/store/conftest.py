"""The store alone, on SQLite where both databases would say the same."""

from tests.road.conftest import own_environment

__all__ = ["own_environment"]
