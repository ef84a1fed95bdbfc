"""The routes of the ledger: set aside, spend, give back, and what there is."""

from __future__ import annotations

from plugins.api.asked import Balance, Capture, Ended, Held, Hold, Holder, Release
from plugins.api.desk import Desk
from plugins.api.routes import Route

OPEN = {404: "nobody by that name, or no such hold", 409: "not enough, or the hold has ended"}


def loyalty_routes(desk: Desk) -> tuple[Route, ...]:
    """Return the routes over a desk."""
    return (
        Route("POST", "/loyalty/holds", "Set points, or money of a gift voucher, aside for a purchase.", "loyalty",
              Hold, Held, 201, OPEN, once=lambda call, *at: desk.hold(call.asked, *at)),
        Route("POST", "/loyalty/captures", "Spend what was set aside, or less; the rest goes back.", "loyalty",
              Capture, Ended, 201, OPEN, once=lambda call, *at: desk.capture(call.asked, *at)),
        Route("POST", "/loyalty/releases", "Give back what was set aside.", "loyalty",
              Release, Ended, 201, OPEN, once=lambda call, *at: desk.release(call.asked, *at)),
        Route("GET", "/loyalty/balances", "Tell what may be spent now.", "loyalty",
              Holder, Balance, refuses={404: "nobody by that name"}, ask=lambda call: desk.balance(_hold(call.asked))),
    )  # fmt: skip


def _hold(asked: Holder) -> Hold:
    return Hold(customer=asked.customer, card=asked.card, voucher=asked.voucher, amount=1)
