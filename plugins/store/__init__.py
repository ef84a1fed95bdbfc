"""One SQL database: canonical entities, tables, the engine. Knows no vendor and no rule."""
