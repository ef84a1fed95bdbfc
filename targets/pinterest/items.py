"""Items of the catalogue: put in and taken out in batches, which Pinterest carries out a little later."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from plugins.wire.outbox import Call, Outcome, Row, Staged
from plugins.wire.payload import MALFORMED, read
from plugins.wire.recording import Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from plugins.wire.staging import settle
from plugins.wire.waves import waves
from targets.pinterest.account import written
from targets.pinterest.api import BATCHES, Api, Shut
from targets.pinterest.attributes import UnfitError, attributes_of
from targets.pinterest.kind import ODD, Kind
from targets.pinterest.locales import LOCALES
from targets.pinterest.payloads import Item

OPERATIONS = {"add": "UPSERT", "change": "UPSERT", "remove": "DELETE"}
PREFIX = "item:"
NAME = re.compile(r"[a-z_0-9]{1,40}")
UNTOLD = Outcome("unknown", "Pinterest does not say what became of the item")


@dataclass(frozen=True, slots=True)
class Market:
    """Where the items are sold; the same item in another country or language is another item."""

    country: str
    language: str
    catalog_id: str = ""

    @property
    def amiss(self) -> str:
        """Return which setting is missing or wrong, an empty text where all is well."""
        if not re.fullmatch("[A-Z]{2}", self.country):
            return "catalog_country is not set to a country such as NL"
        if self.language not in LOCALES:
            return "catalog_language is not set to a language of Pinterest's list, such as nl"
        return ""

    def body(self, items: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the body of a batch."""
        told = {"catalog_type": "RETAIL", "country": self.country, "language": self.language}
        named = {"catalog_id": self.catalog_id} if self.catalog_id else {}
        return written({**told, **named, "items": items})


@dataclass
class Items(Kind[Api]):
    """Carries items into the catalogue of one market."""

    market: Market = Market("", "")
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision; no item is in a batch twice."""
        if why := self.market.amiss:
            self.drop(rows, why)
            return
        for wave in waves(rows, lambda row: row.wire_id):
            self._put(wave)

    def ask(self) -> None:
        """Ask for a while what became of the batches, of earlier runs too."""
        settle(self.outbox, self._became, self.count, self.between, self.sleep)

    def _put(self, rows: Sequence[Row]) -> None:
        wanted = {row.key: wanted_of(row) for row in rows}
        self.refuse({key: each for key, each in wanted.items() if isinstance(each, Outcome)})
        fit = {key: each for key, each in wanted.items() if not isinstance(each, Outcome)}
        self.carry_open(lambda _: self._step(fit), [row for row in rows if row.key in fit])

    def _step(self, wanted: Mapping[str, Mapping[str, Any]]) -> Step:
        def build(rows: Sequence[Row]) -> Call:
            at = int(self.now() * 1000)
            items = [stamped(wanted[row.key], at) for row in rows]
            return Call("POST", f"{BATCHES}{self.api.acting}", self.market.body(items))

        return Step(build, self._judge, receipt=receipt_of)

    def _judge(self, answer: Any, _row: Row) -> Outcome:
        if isinstance(answer, Shut):
            self.shut = answer.reason
            return Outcome("unknown", answer.reason)
        return Outcome("staged") if receipt_of(answer) else ODD

    def _became(self, staged: Staged) -> Mapping[str, Outcome] | None:
        call = Call("GET", f"{BATCHES}/{quote(staged.receipt, safe='')}{self.api.acting}", b"")
        try:
            batch = self.api.send(call)
        except LostError:
            return None
        except RefusedError as refusal:
            return dict.fromkeys(staged.rows, Outcome("unknown", str(refusal)))
        said = {str(each.get("item_id")): each for each in batch.get("items") or () if isinstance(each, dict)}
        is_over = batch.get("status") in ("COMPLETED", "FAILED")
        told = {key: became(said.get(name.removeprefix(PREFIX), {})) for key, name in staged.rows.items()}
        return {key: each or UNTOLD for key, each in told.items() if each or is_over}


def wanted_of(row: Row) -> dict[str, Any] | Outcome:
    """Return the operation that a row asks for, or why none can be made of it."""
    item, operation = read(Item, row), OPERATIONS.get(row.operation)
    if item is None or operation is None or row.wire_id != f"{PREFIX}{item.id}":
        return MALFORMED
    if operation == "DELETE":
        return {"item_id": item.id, "operation": operation}
    try:
        return {"item_id": item.id, "operation": operation, "attributes": attributes_of(item.fields)}
    except UnfitError as error:
        return Outcome("rejected", str(error))


def stamped(wanted: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return an operation with its moment: without it one that was made and undone would be skipped as a repetition."""
    if "attributes" in wanted:
        return {**wanted, "attributes": {**wanted["attributes"], "last_updated_time": at}}
    return {**wanted, "last_updated_time": at}


def receipt_of(answer: Any) -> str:
    """Return the id of a batch, also of the earlier one where this is the same again (`created_time` is null)."""
    key = answer.get("batch_id") if isinstance(answer, dict) else None
    return key if isinstance(key, str) else ""


def became(record: Mapping[str, Any]) -> Outcome | None:
    """Return what became of an item, None while it is not told."""
    if record.get("status") == "SUCCESS":
        return Outcome("accepted")
    if record.get("status") != "FAILURE":
        return None
    errors = [each for each in record.get("errors") or () if isinstance(each, dict)]
    return Outcome("rejected", "; ".join(map(_complaint, errors)) or "refused without a reason")


def _complaint(error: Mapping[str, Any]) -> str:
    """Return code and attribute; a message may repeat what was sent."""
    code, attribute = error.get("code"), str(error.get("attribute"))
    said = f"code {code}" if isinstance(code, int) else "no code"
    return f"{said}, {attribute}" if NAME.fullmatch(attribute) else said
