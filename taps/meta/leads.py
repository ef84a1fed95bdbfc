"""The forms in adverts of the Page, and what people filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from singer_sdk.helpers.types import Context
from typing_extensions import override

from taps.meta.edges import MetaEdge
from taps.meta.written import Row


class LeadForms(MetaEdge):
    """The forms, with the wording of their boxes."""

    name = "lead_forms"
    path = "/{page}/leadgen_forms"
    fields = ("id", "name", "status", "locale", "created_time", "legal_content")

    @override
    def narrowed(self, context: Context | None) -> dict[str, Any]:
        return {}

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        legal = row.get("legal_content") or {}
        boxes = (legal.get("custom_disclaimer") or {}).get("checkboxes") or []
        kept = {name: value for name, value in row.items() if name != "legal_content"}
        return super().post_process({**kept, "checkboxes": boxes}, context)

    @override
    def generate_child_contexts(self, record: Row, context: Context | None) -> Iterable[Context | None]:
        self.tap.forms[record["id"]] = {"form_name": record["name"], "checkboxes": record["checkboxes"]}
        yield {"form_id": record["id"]}


class Leads(MetaEdge):
    """What people filled in, with the form's name and the wording of its boxes."""

    name = "leads"
    path = "/{form_id}/leads"
    parent_stream_type = LeadForms
    replication_key = "created_time"
    overlap = timedelta(days=1)
    fields = (
        "id", "created_time", "form_id", "ad_id", "campaign_id", "is_organic", "platform", "field_data",
        "custom_disclaimer_responses",
    )  # fmt: skip

    @override
    def narrowed(self, context: Context | None) -> dict[str, Any]:
        since = self.since(context)
        if since is None:
            return {}
        rule = {"field": "time_created", "operator": "GREATER_THAN_OR_EQUAL", "value": int(since.timestamp())}
        return {"filtering": json.dumps([rule])}

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        form = self.tap.forms[str(context["form_id"])] if context else {}
        return super().post_process({**row, **form}, context)
