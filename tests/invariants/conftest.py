"""The same small worlds as the road's."""

from tests.road.conftest import fiction, loaded, own_environment, rules, stage, stage_both, world

__all__ = ["fiction", "loaded", "own_environment", "rules", "stage", "stage_both", "world"]
