"""Profiles over a store: the hub of the tests of who is who."""

from __future__ import annotations

from tests.mappers.identity.conftest import own_environment, rules, town, town_both

__all__ = ["own_environment", "rules", "town", "town_both"]
