"""Google Analytics 4 as the sandbox plays it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from typing_extensions import override

from plugins.sandbox.google_analytics.audiences import AudiencePaths
from plugins.sandbox.google_analytics.exports import ExportPaths
from plugins.sandbox.google_analytics.happenings import Happenings
from plugins.sandbox.google_analytics.measurement import MeasurementPaths
from plugins.sandbox.google_analytics.report_paths import ReportPaths
from plugins.sandbox.google_analytics.tokens import private_pem

KEPT_DAYS = 28
COLLECTED = "collected"
"""The key of all that servers handed over."""


@dataclass
class GoogleAnalytics(ReportPaths, AudiencePaths, ExportPaths, MeasurementPaths, Happenings):
    """One property: its reports, the files of its export, and events that servers send."""

    def credentials(self, url: str) -> dict[str, str]:
        """Return the key file of the service account."""
        return {
            "type": "service_account",
            "project_id": "sandbox-project",
            "private_key_id": "sandbox",
            "private_key": private_pem(),
            "client_email": self.client_email,
            "client_id": "100000000000000000001",
            "token_uri": f"{url}/token",
        }

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "CREDENTIALS": json.dumps(self.credentials(url)),
            "PROPERTY_ID": self.property_id,
            "API_URL": url,
            "EXPORT_URL": f"{url}/export",
            "START_DATE": f"{self.retailer.anchor - timedelta(days=KEPT_DAYS):%Y-%m-%d}",
        }
        handed = {"MEASUREMENT_ID": self.measurement_id, "API_SECRET": self.api_secret, "API_URL": url}
        return {
            **{f"TAP_GOOGLE_ANALYTICS_{name}": value for name, value in told.items()},
            **{f"TARGET_GOOGLE_ANALYTICS_{name}": value for name, value in handed.items()},
        }

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of those who were signed in, by what the export calls them."""
        events = (each.event for each in self.told)
        return {f"user:{each.account}": each.person for each in events if each.account and each.person}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        """Return what was told of an account, or what servers handed over: each order by its transaction."""
        if key == COLLECTED:
            return {each["order"] or each["name"]: _in_words(each) for each in self.collected}
        events = [each.event for each in self.known() if each.event.account == key]
        if not events:
            return None
        last = max(events, key=lambda each: each.at)
        return {"events": str(len(events)), "last": f"{last.name} at {last.at:%Y-%m-%d %H:%M}"}


def _in_words(each: Mapping[str, Any]) -> str:
    params = each.get("params", {})
    worth = f"{params.get('value', 0):.2f} {params.get('currency', '')}".strip()
    return f"{each['name']} of {worth} at {each['at']:%Y-%m-%d %H:%M}, by {each['client_id']}"
