"""Delivering items: one a call, for Google has no batch, each the whole of what is said of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.google_merchant.api import NOT_THERE, Api
from targets.google_merchant.attributes import attributes_of, lacking
from targets.google_merchant.payloads import Item, meant

NO_CALL = ""
MALFORMED = Outcome("rejected", "malformed payload")
TAKEN = Outcome("accepted")
NOT_NAMED = Outcome("unknown", "the answer does not name it")


@dataclass(frozen=True, slots=True)
class Place:
    """Where items go: a data source, which has one language and one label."""

    source: str
    language: str
    label: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Place:
        """Read the settings."""
        return cls(str(config["data_source"]), str(config["content_language"]), str(config["feed_label"]))

    def name(self, offer: str) -> str:
        """Return an item's name as a path takes it: in base64url, for an id may hold any sign."""
        plain = f"{self.language}~{self.label}~{offer}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


@dataclass
class Items(Recorded[Api]):
    """Carries items into one data source."""

    into: Place = field(kw_only=True)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        self.api.learn_pace()
        for row in rows:
            item = meant(row, Item)
            step = self._step(row, item) if item else MALFORMED
            if isinstance(step, Step):
                self.call(step, [row])
            else:
                self.outbox.answered(NO_CALL, {row.key: step})
                self.count(step)
        self.between()

    def _step(self, row: Row, item: Item) -> Step | Outcome:
        """Return the call that a row needs, or why it gets none."""
        if row.operation == "remove":
            return self._out(item)
        attributes = attributes_of(item.fields)
        if without := lacking(attributes):
            return Outcome("rejected", f"missing, or not as Google takes it: {', '.join(without)}")
        return self._in(item, attributes)

    def _in(self, item: Item, attributes: Mapping[str, Any]) -> Step:
        body = {
            "offerId": item.offer, "contentLanguage": self.into.language, "feedLabel": self.into.label,
            "productAttributes": attributes,
        }  # fmt: skip
        sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        call = Call("POST", f"/products/v1/{self.api.account}/productInputs:insert?{self._source}", sent)
        return Step(lambda _: call, lambda answer, _: TAKEN if answer.get("name") else NOT_NAMED)

    def _out(self, item: Item) -> Step:
        path = f"/products/v1/{self.api.account}/productInputs/{self.into.name(item.offer)}"
        call = Call("DELETE", f"{path}?{self._source}", b"")
        return Step(lambda _: call, lambda _answer, _row: TAKEN, done=NOT_THERE)

    @property
    def _source(self) -> str:
        return urlencode({"dataSource": f"{self.api.account}/dataSources/{self.into.source}"}, safe="/")
