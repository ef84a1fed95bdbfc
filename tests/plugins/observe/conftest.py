"""The small worlds of the road."""

from tests.road.conftest import fiction, own_environment, rules, stage

__all__ = ["fiction", "own_environment", "rules", "stage"]
