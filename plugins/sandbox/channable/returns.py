"""What buyers send back, and what is decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.channable.account import read_object, whole
from plugins.sandbox.channable.order import Item, Order, placed
from plugins.sandbox.channable.orders import PROJECT, OrderPaths
from plugins.sandbox.channable.queries import Query, listed, stamp
from plugins.sandbox.channable.refusals import Invalid, Refusal, mistake
from plugins.sandbox.stand_in import json_response, route

RETURNS = f"/v1{PROJECT}/returns"
DECISIONS = ("accepted", "rejected", "repaired", "keeps", "exchanged", "cancelled")


@dataclass
class Return:
    """One line, or a part of it, that goes back."""

    id: int
    order: Order
    item: Item
    quantity: int
    created_at: datetime
    modified_at: datetime
    reason: str = ""
    comment: str = ""
    status: str = "new"

    def words(self) -> str:
        """Return what a search looks through."""
        return f"{self.id} {self.order.words()}"

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it: no price, and the house number as a text."""
        order, buyer = self.order, self.order.buyer
        named = buyer.named() if buyer else dict.fromkeys(("first_name", "last_name", "email"))
        home = placed(buyer, order.country, has_parts=order.marketplace == "bol")
        number = home["house_number"]
        kept = ("company", "address1", "address_supplement", "street", "house_number_ext", "zip_code", "city")
        return {
            "id": self.id,
            "project_id": order.project_id,
            "channel_name": order.marketplace,
            "channel_id": f"R{order.number}",
            "platform_name": "channable",
            "platform_id": str(self.id),
            "status": self.status,
            "error": False,
            "log": [],
            "created": stamp(self.created_at),
            "modified": stamp(self.modified_at),
            "retrieved_at": stamp(self.created_at),
            "obfuscated": buyer is None,
            "data": {
                "item": {
                    "id": self.item.sku,
                    "gtin": self.item.gtin,
                    "title": self.item.title,
                    "quantity": self.quantity,
                    "reason": self.reason,
                    "comment": self.comment,
                },
                "customer": {"gender": "unknown", **named},
                "address": {
                    **named,
                    **{name: home[name] for name in (*kept, "country_code", "region_code")},
                    "house_number": None if number is None else str(number),
                },
                "meta": {
                    "channel_order_id": order.number,
                    "channel_order_id_internal": "",
                    "platform_order_id": str(order.id),
                    "channel_return_id": f"R{order.number}",
                    "is_demo_return": False,
                    "is_test_return": order.is_test,
                },
            },
        }


class ReturnPaths(OrderPaths):
    """Answers `/returns`."""

    def seed(self) -> None:
        """Start without returns."""
        super().seed()
        self.returns: dict[int, Return] = {}

    def return_of(self, key: str) -> Return:
        """Return what goes back, or refuse with 404."""
        found = self.returns.get(whole(key, "return_id"))
        if found is None:
            raise Refusal(404, "Return not found")
        return found

    @route(RETURNS)
    def list_returns(self, request: Request, company: str, project: str) -> Response:
        """List returns, newest first."""
        self.enter(company, project)
        query = Query(request)
        query.flag("download")
        search, errors_only = query.text("search").lower(), query.flag("errors")
        query.is_between(self.clock(), "start_date", "end_date")  # a wrong date is refused, however few returns
        query.is_between(self.clock(), "retrieved_at_start", "retrieved_at_end")
        query.has_changed_between(self.clock())
        found = [
            each
            for each in sorted(self.returns.values(), key=lambda each: (each.created_at, each.id), reverse=True)
            if search in each.words()
            and not errors_only
            and query.is_between(each.created_at, "start_date", "end_date")
            and query.is_between(each.created_at, "retrieved_at_start", "retrieved_at_end")
            and query.has_changed_between(each.modified_at)
        ]
        return json_response(listed("returns", [each.shown() for each in query.page(found)], error_count=0))

    @route(f"{RETURNS}/<return_id>")
    def get_return(self, request: Request, company: str, project: str, return_id: str) -> Response:
        """Show one return."""
        self.enter(company, project)
        return json_response({"return": self.return_of(return_id).shown()})

    @route(f"{RETURNS}/<return_id>/status", "POST")
    def decide_return(self, request: Request, company: str, project: str, return_id: str) -> Response:
        """Decide about a return, once."""
        self.enter(company, project)
        found, decision = self.return_of(return_id), read_object(request).get("status")
        if decision not in DECISIONS:
            text = f"Input should be {', '.join(map(repr, DECISIONS))}"
            raise Invalid(mistake(text, "enum" if decision else "missing", "body", "status"))
        if found.status not in ("new", "processing"):
            raise Refusal(409, f"Can not change a return with status {found.status}")
        found.status, found.modified_at = decision, self.clock()
        body = {"status": "success", "message": "Return updated", "response": "", "id": str(found.id), "data": None}
        return json_response(body)
