#!/usr/bin/env python3
"""The SDK's own SQL target and sink, with the least that lets it run on SQLite.

As they stand, SQLite refuses the Decimals of the SDK's reader and the objects of a record. Both are turned into what
SQLite takes; nothing else is changed, and nothing is made faster.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import singer_sdk.typing as th
from singer_sdk.sinks import SQLSink
from singer_sdk.sql import SQLConnector
from singer_sdk.target_base import SQLTarget


def fit(value: Any) -> Any:
    """Return a value as SQLite takes it."""
    if isinstance(value, Decimal):
        return float(value)
    return json.dumps(value, default=float) if isinstance(value, (dict, list)) else value


class SinkStock(SQLSink[SQLConnector]):
    """The SDK's sink."""

    connector_class = SQLConnector

    def bulk_insert_records(
        self, full_table_name: str, schema: dict[str, Any], records: Iterable[dict[str, Any]]
    ) -> int | None:
        fitting = [{name: fit(value) for name, value in record.items()} for record in records]
        return super().bulk_insert_records(full_table_name, schema, fitting)


class TargetStock(SQLTarget):
    """The SDK's target."""

    name = "target-stock"
    default_sink_class = SinkStock
    max_parallelism = 1
    config_jsonschema = th.PropertiesList(th.Property("sqlalchemy_url", th.StringType, required=True)).to_dict()


if __name__ == "__main__":
    sys.exit(TargetStock.cli())
