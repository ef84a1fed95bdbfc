"""The paths of audiences: what can be targeted, on top of a customer list among others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.customer_list import CustomerList
from plugins.sandbox.pinterest.customer_lists import CustomerListPaths
from plugins.sandbox.pinterest.operations import ACCOUNT, operation
from plugins.sandbox.pinterest.reading import choice, object_of, optional, ordered, page, required
from plugins.sandbox.pinterest.refusals import invalid, missing
from plugins.sandbox.stand_in import json_response

AUDIENCES = f"{ACCOUNT}/audiences"
KINDS = ("CUSTOMER_LIST", "VISITOR", "ENGAGEMENT", "ACTALIKE", "PERSONA")
NEEDS = {"VISITOR": "visitor_source_id", "ENGAGEMENT": "engagement_domain", "ACTALIKE": "seed_id"}
FIRST_ID = 2_542_620_905_473
STATUSES = {"PROCESSING": "INITIALIZING", "READY": "READY", "TOO_SMALL": "TOO_SMALL"}


@dataclass
class Audience:
    """One audience."""

    id: str
    ad_account_id: str
    name: str
    kind: str
    rule: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    source: CustomerList | None
    description: str = ""

    def view(self, at: datetime) -> dict[str, Any]:
        """Return what Pinterest tells; only that of a list is known by its size here."""
        status = STATUSES[self.source.status(at)] if self.source else "INITIALIZING"
        return {
            "id": self.id,
            "type": "audience",
            "ad_account_id": self.ad_account_id,
            "name": self.name,
            "audience_type": self.kind,
            "description": self.description,
            "rule": self.rule,
            "size": len(self.source.members) if self.source and status == "READY" else None,
            "status": status,
            "created_timestamp": int(self.created_at.timestamp()),
            "updated_timestamp": int(self.updated_at.timestamp()),
        }


class AudiencePaths(CustomerListPaths):
    """Answers `/ad_accounts/{id}/audiences`."""

    def seed(self) -> None:
        """Start with no audiences."""
        super().seed()
        self.audiences: dict[str, Audience] = {}
        self.made_audiences = 0

    @operation(AUDIENCES, category="ads_read", scopes="ads:read")
    def list_audiences(self, request: Request, ad_account_id: str) -> Response:
        """List the audiences by id; none were shared by others."""
        owned = choice(request, "ownership_type", ("OWNED", "RECEIVED"), "OWNED") == "OWNED"
        rows = ordered(request, [*self.audiences.values()] if owned else [])
        return json_response(page(request, rows, lambda each: each.view(self.clock())))

    @operation(AUDIENCES, "POST", category="ads_write", scopes="ads:write")
    def create_audience(self, request: Request, ad_account_id: str) -> Response:
        """Make an audience on top of a list, or of another kind."""
        body, at = object_of(request), self.clock()
        kind, name = required(body, "audience_type", str, KINDS), required(body, "name", str)
        rule = required(body, "rule", dict)
        source = self._source(kind, rule)
        description = optional(body, "description", str, "")
        self.made_audiences += 1
        key = str(FIRST_ID + self.made_audiences)
        made = self.audiences[key] = Audience(key, ad_account_id, name, kind, rule, at, at, source, description)
        return json_response(made.view(at))

    def _source(self, kind: str, rule: dict[str, Any]) -> CustomerList | None:
        if kind == "CUSTOMER_LIST":
            return self.customer_list(required(rule, "customer_list_id", str))
        if kind in NEEDS and NEEDS[kind] not in rule:
            raise invalid(f"Invalid request: '{NEEDS[kind]}' is a required property of the rule")
        return None

    @operation(f"{AUDIENCES}/<audience_id>", category="ads_read", scopes="ads:read")
    def get_audience(self, request: Request, ad_account_id: str, audience_id: str) -> Response:
        """Show one audience."""
        return json_response(self.audience(audience_id).view(self.clock()))

    @operation(f"{AUDIENCES}/<audience_id>", "PATCH", category="ads_write", scopes="ads:write")
    def update_audience(self, request: Request, ad_account_id: str, audience_id: str) -> Response:
        """Rename or describe an audience, or remove it; the list below it stays."""
        found, body = self.audience(audience_id), object_of(request)
        change = optional(body, "operation_type", str, "UPDATE", ("UPDATE", "REMOVE"))
        if change == "REMOVE":
            del self.audiences[found.id]
        found.name = optional(body, "name", str, found.name)
        found.description = optional(body, "description", str, found.description)
        found.updated_at = self.clock()
        return json_response(found.view(self.clock()))

    def audience(self, key: str) -> Audience:
        """Return an audience, or refuse."""
        if key not in self.audiences:
            raise missing("Audience")
        return self.audiences[key]
