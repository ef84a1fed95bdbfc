"""Telling what became of orders, one call each; what may have been told already is looked up first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.channable.api import CONFLICT, SENT_ALREADY, Api
from targets.channable.calls import call, judged
from targets.channable.payloads import EVENTS, Cancellation, Shipment, meant

MALFORMED = Outcome("rejected", "malformed payload")
REFUSED = Outcome("rejected", CONFLICT)
OPEN = Outcome("accepted", "not told yet", is_final=False)
UNCLEAR = Outcome("unknown", "the marketplace has not decided yet")
FOUND = {"shipment": Outcome("accepted", SENT_ALREADY), "cancellation": Outcome("accepted", "cancelled already")}
DONE = {"shipment": {"shipped", "pending_shipment"}, "cancellation": {"cancelled", "pending_cancellation"}}
UNDECIDED = {"processing", "awaiting_confirmation"}
PATHS = {"shipment": "shipment", "cancellation": "cancel"}


class Orders(Recorded[Api]):
    """Carries shipments and cancellations."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        for row in rows:
            event = meant(row, EVENTS)
            if event is None:
                self.settle(row, MALFORMED)
            elif event.repeat is None or self._is_open(event, row, OPEN):
                self._tell(event, row)
        self.between()

    def _tell(self, event: Shipment | Cancellation, row: Row) -> None:
        """Tell it; where the order's state does not allow that, it may be because it was told before."""
        outcome = self.call(_telling(event), [row]).get(row.key)
        if outcome is not None and not outcome.is_final:
            self._is_open(event, row, REFUSED)

    def _is_open(self, event: Shipment | Cancellation, row: Row, otherwise: Outcome) -> bool:
        """Look an order up: tell whether the row still needs its call, else record what was found."""
        outcome = self.call(_looking_up(event, otherwise), [row]).get(row.key)
        return outcome is not None and outcome == OPEN


def _telling(event: Shipment | Cancellation) -> Step:
    path, body = f"/orders/{event.order}/{PATHS[event.kind]}", event.body()
    made = Call("POST", path, b"") if body is None else call(path, body)
    return Step(
        lambda _: made,
        lambda answer, _: judged(answer if isinstance(answer, dict) else None, tells=False),
        done=SENT_ALREADY if event.items is None else "",
        is_last=lambda outcome: outcome.state != "rejected" or outcome.reason not in (CONFLICT, SENT_ALREADY),
    )


def _looking_up(event: Shipment | Cancellation, otherwise: Outcome) -> Step:
    def judge(answer: Any, _row: Row) -> Outcome:
        found = _statuses(answer, event.lines)
        if found and found <= DONE[event.kind]:
            return FOUND[event.kind]
        return UNCLEAR if not found or found & UNDECIDED else otherwise

    made = Call("GET", f"/orders/{event.order}", b"")
    return Step(lambda _: made, judge, is_last=lambda outcome: outcome != OPEN)


def _statuses(answer: Any, lines: Sequence[int] | None) -> set[str]:
    """Return how an order stands, or those of its lines; nothing where the answer does not say it."""
    order = answer.get("order") if isinstance(answer, Mapping) else None
    if not isinstance(order, Mapping):
        return set()
    if lines is None:
        return {str(order.get("status_shipped") or "")} - {""}
    bought = _listed(order.get("data"), "products")
    names = {each.get("id") for each in bought if each.get("channable_order_item_id") in lines}
    return {str(each.get("status") or "") for each in _listed(order, "fulfillments") if each.get("item_id") in names}


def _listed(holder: Any, name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
