"""The language of `sync_rules/`."""
