"""Rows as the hub would plan them."""

from __future__ import annotations

from typing import Any

from plugins.sandbox.channable import Channable
from plugins.wire.kinds import ByKind
from plugins.wire.outbox import Row
from targets.channable.api import Api
from targets.channable.target import carrier
from tests.targets.kept import Kept

STOCK = "/v1/companies/4120/projects/53000/stock_updates"


def stock(sku: str, pieces: Any, key: str = "", **more: Any) -> Row:
    """Return what says how many there are of an item."""
    payload = {"kind": "stock", "sku": sku, "stock": pieces, **more}
    return Row(key or sku, "change", f"stock:{sku}", payload)


def shipment(
    order: int | str, tracking_code: str | None = "3SABC", transporter: str | None = "POSTNL", **more: Any
) -> Row:
    """Return what says that an order was sent."""
    payload = {"kind": "shipment", "order": str(order), "tracking_code": tracking_code, "transporter": transporter}
    return Row(f"order {order}", "add", f"delivery:channable:{order}:shipped:1", {**payload, **more})


def cancellation(order: int | str, **more: Any) -> Row:
    """Return what says that an order was cancelled."""
    payload = {"kind": "cancellation", "order": str(order), **more}
    return Row(f"order {order}", "add", f"delivery:channable:{order}:cancelled:1", payload)


def deliver(config: dict[str, Any], *rows: Row, outbox: Kept | None = None) -> tuple[ByKind, Kept]:
    """Deliver rows; give what delivered them and its outbox."""
    kept = outbox or Kept()
    delivery = carrier(Api(config), kept)
    delivery.deliver(rows)
    return delivery, kept


def held(vendor: Channable) -> dict[str, int]:
    """Return how many the vendor believes there are, by sku."""
    return {sku: each.stock for sku, each in vendor.offers.items()}


def writes(vendor: Channable) -> list[tuple[str, int]]:
    """Return the calls that wrote: the end of the path, and the status."""
    return [(each.path.rpartition("53000")[2], each.status) for each in vendor.calls if each.method == "POST"]
