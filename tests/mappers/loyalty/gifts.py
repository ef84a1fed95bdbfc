"""Gift vouchers as a till and a webshop report them, and what the ledger makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from mappers.loyalty.checking import broken
from mappers.loyalty.holders import subjects, voucher
from mappers.loyalty.holding import capture, hold, release
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account, loyalty_item
from tests.making import MORNING, person, pushed, record, stored

NO_RULES = "leader: hub\n"
"""What a retailer without a programme has."""
CODE = "2900000011234"
WHOLE = {"kind": "giftvoucher", "status": "sold", "currency": "EUR", "amount_minor": 10_000, "starts_on": "2026-03-01",
         "ends_on": "2026-06-30", "code": CODE}  # fmt: skip
DAY = "2026-03-02"


def ann() -> list[dict[str, Any]]:
    """Return Ann, who is known at the till and in the webshop by one address."""
    mine = {"email": "ann@example.nl", "first_name": "Ann", "last_name": "Bos"}
    return [person("880123", "tilroy", **mine), person("17", "woocommerce", **mine)]


def gift(left: int | None = 10_000, hour: float = 10, key: str = "31", **fields: Any) -> dict[str, Any]:
    """Return a reading of a gift voucher of Ann's at the till, at some hour of its second day."""
    said = {"open_minor": left, "customer_id": "880123", "seen_at": moment(hour).isoformat(), "stream": "vouchers"}
    return record("voucher", "tilroy", key, **{**WHOLE, **said, **fields})


def receipt(hour: int, code: str = CODE) -> dict[str, Any]:
    """Return what a receipt tells of a voucher that was used on it: that it was."""
    return record("voucher", "tilroy", f"R{hour}:{code}", code=code, kind="redemption", order_id=f"R{hour}",
                  redeemed_at=f"{DAY}T{hour:02d}:00:00Z")  # fmt: skip


def ordered(cents: int, status: str = "processing", key: str = "1042", hour: int = 12, code: str = CODE) -> list[Any]:
    """Return an order of the webshop that a coupon took so much off."""
    at = f"{DAY}T{hour:02d}:00:00Z"
    of = {"customer_id": "17", "channel": "web", "ordered_at": at, "changed_at": at, "is_paid": status == "processing",
          "status": status, "currency": "EUR", "total_minor": 500}  # fmt: skip
    use = {"code": code.lower(), "kind": "redemption", "currency": "EUR", "amount_minor": cents, "order_id": key,
           "redeemed_at": at, "customer_id": "17"}  # fmt: skip
    return [record("order", "woocommerce", key, **of), record("voucher", "woocommerce", f"{key}:1", **use)]


def moment(hour: float) -> datetime:
    """Return an hour of the voucher's second day."""
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)


def after(hour: float) -> float:
    """Return an hour of that day as the hours since the tests' morning that a town counts in."""
    return (moment(hour) - MORNING).total_seconds() / 3600


def sound(store: Store) -> bool:
    """Tell whether the whole ledger is what was written."""
    with store.reading() as connection:
        return broken(connection) == []


def held(store: Store) -> dict[str, int]:
    """Return what is on the only voucher, by part of its account, without what is nothing."""
    parts = ("available", "held", "debt", "uncovered")
    (account,) = [each for each in stored(store, loyalty_account) if each["unit"] == "EUR"]
    return {name: account[name] for name in parts if account[name]}


def items(store: Store) -> list[tuple[str, int | None, int | None]]:
    """Return cause, expected and found of every open item about a voucher."""
    rows = sorted(stored(store, loyalty_item), key=lambda each: each["number"])
    return [(each["cause"], each["expected"], each["found"]) for each in rows
            if each["kind"] == "voucher" and each["closed_at"] is None]  # fmt: skip


def set_aside(store: Store, amount: int, hour: float, order: str = "") -> str:
    """Let a webshop set an amount of the voucher aside, and return the hold."""
    with store.writing() as connection:
        (known,) = subjects(connection, [voucher(CODE)]).values()
        key = f"hub:hold:{hour}"
        hold(connection, known.account, known.subject, key, amount, moment(hour), life=timedelta(minutes=15),
             grace=timedelta(days=30), order=order)  # fmt: skip
    return key


def let_go(store: Store, key: str, hour: float) -> None:
    """Give back what was set aside."""
    with store.writing() as connection:
        release(connection, key, moment(hour))


def spend(store: Store, amount: int, hour: float, order: str = "") -> None:
    """Spend an amount of the voucher online: set aside, and captured."""
    key = set_aside(store, amount, hour, order)
    with store.writing() as connection:
        capture(connection, key, None, moment(hour + 0.1))


def written(store: Store, left: int, hour: float, state: str = "accepted", destination: str = "tilroy") -> None:
    """Let the journal say that what is left was written to a channel at some hour."""
    (account,) = [each["id"] for each in stored(store, loyalty_account) if each["unit"] == "EUR"]
    at = moment(hour).isoformat().replace("+00:00", ".000000Z")
    pushed(store, {"destination": destination, "wire_id": f"voucher:{account}", "operation": "change", "state": state,
                   "payload": json.dumps({"kind": "voucher", "open_minor": left}), "prepared_at": at,
                   "answered_at": at if state == "accepted" else None})  # fmt: skip
