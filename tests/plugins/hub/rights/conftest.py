"""The same hub as beside, and a stage with Mailchimp on both databases."""

from tests.plugins.hub.conftest import own_environment, rotonde, rules, sqlite_store
from tests.road.conftest import stage, stage_both

__all__ = ["own_environment", "rotonde", "rules", "sqlite_store", "stage", "stage_both"]
