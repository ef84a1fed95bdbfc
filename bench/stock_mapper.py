#!/usr/bin/env python3
"""An inline mapper as the SDK gives it: every message through the SDK's own stream maps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import singer_sdk.typing as th
from singer_sdk import singerlib
from singer_sdk.mapper_base import InlineMapper


class MapperStock(InlineMapper):
    """Passes every record through the stream map of its stream."""

    name = "mapper-stock"
    config_jsonschema = th.PropertiesList(th.Property("stream_maps", th.ObjectType())).to_dict()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setup_mapper()

    def map_schema_message(self, message_dict: dict[str, Any]) -> Iterator[singerlib.Message]:
        name, schema, keys = message_dict["stream"], message_dict["schema"], message_dict.get("key_properties", [])
        self.mapper.register_raw_stream_schema(name, schema, keys)
        for each in self.mapper.stream_maps[name]:
            yield singerlib.SchemaMessage(each.stream_alias, each.transformed_schema, each.transformed_key_properties)

    def map_record_message(self, message_dict: dict[str, Any]) -> Iterator[singerlib.Message]:
        for each in self.mapper.stream_maps[message_dict["stream"]]:
            record = each.transform(message_dict["record"])
            if record is not None:
                yield singerlib.RecordMessage(each.stream_alias, record)

    def map_state_message(self, message_dict: dict[str, Any]) -> Iterator[singerlib.Message]:
        yield singerlib.StateMessage(message_dict["value"])

    def map_activate_version_message(self, message_dict: dict[str, Any]) -> Iterator[singerlib.Message]:
        yield singerlib.ActivateVersionMessage(message_dict["stream"], message_dict["version"])


if __name__ == "__main__":
    sys.exit(MapperStock.cli())
