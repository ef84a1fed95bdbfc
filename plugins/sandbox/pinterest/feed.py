"""A feed of a catalogue: what was set, and what its runs came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from plugins.sandbox.pinterest.items import moment

INGESTION_TAKES = timedelta(minutes=5)
UNSET = ("credentials", "default_availability", "default_currency", "preferred_processing_schedule")


@dataclass
class File:
    """What lies at the feed's location, as the sandbox was told."""

    items: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    """How many items each complaint is about."""


@dataclass
class Run:
    """One ingestion."""

    id: str
    feed_id: str
    created_at: datetime
    file: File

    def status(self, at: datetime) -> str:
        """Return how far it is; a file that cannot be had fails as a whole."""
        if at < self.created_at + INGESTION_TAKES:
            return "PROCESSING"
        return "FAILED" if "FETCH_ERROR" in self.file.errors else "COMPLETED"

    def started(self, at: datetime) -> dict[str, Any]:
        """Return what is answered when it starts."""
        created = moment(self.created_at)
        return {"id": self.id, "feed_id": self.feed_id, "created_at": created, "status": self.status(at)}

    def view(self, at: datetime) -> dict[str, Any]:
        """Return the processing result; there are no counts early in the process."""
        is_over = self.status(at) != "PROCESSING"
        updated = self.created_at + INGESTION_TAKES if is_over else self.created_at
        ingested = max(0, self.file.items - sum(self.file.errors.values()))
        is_good = self.status(at) == "COMPLETED"
        return {
            "id": self.id,
            "created_at": moment(self.created_at),
            "updated_at": moment(updated),
            "status": self.status(at),
            "ingestion_details": {"errors": {}, "info": {"IN_STOCK": ingested} if is_good else {}, "warnings": {}},
            "product_counts": {"original": self.file.items, "ingested": ingested} if is_good else None,
            "validation_details": {"errors": dict(self.file.errors) if is_over else {}, "warnings": {}},
        }

    def issues(self, at: datetime) -> list[dict[str, Any]]:
        """Return up to twenty items for each complaint."""
        if self.status(at) != "COMPLETED":
            return []
        rows = [code for code, number in self.file.errors.items() for _ in range(min(number, 20))]
        detail = {"attribute_name": None, "provided_value": None}
        return [
            {"item_number": at_row, "item_id": f"SKU-{at_row}", "errors": {code: detail}, "warnings": {}}
            for at_row, code in enumerate(rows)
        ]


@dataclass
class Feed:
    """One feed."""

    id: str
    created_at: datetime
    updated_at: datetime
    given: dict[str, Any]
    file: File = field(default_factory=File)
    runs: list[Run] = field(default_factory=list)

    def view(self) -> dict[str, Any]:
        """Return what was set, and the defaults."""
        return {
            **dict.fromkeys(UNSET),
            "status": "ACTIVE",
            **{name: value for name, value in self.given.items() if name != "catalog_id"},
            "id": self.id,
            "catalog_type": "RETAIL",
            "created_at": moment(self.created_at),
            "updated_at": moment(self.updated_at),
        }
