"""In the shop: on a phone, who stands before us, what to offer, what to ask for; and a receipt that nobody has yet."""

from __future__ import annotations

import io
import os
from typing import Any

import segno
from sqlalchemy import select
from starlette.responses import Response

from plugins.console import timeline
from plugins.console.ask import Ask, Stopped
from plugins.console.finding import former, present, records_of
from plugins.console.known import Known, known_of
from plugins.console.masking import Mask
from plugins.console.pages.person import looked_up, points_of
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.hub.links import Links, ends
from plugins.store.tables import ENTITY_TABLES

CLAIM_URL = "ROTONDE_CLAIM_URL"
CLAIM_DAYS = 30
APART = "\x1f"
ORDER = ENTITY_TABLES["order"]
SPENT = frozenset({"used", "expired", "cancelled", "inactive"})


def counter(ask: Ask) -> Response:
    """Ask who stands before us."""
    return ask.page("shop_search.html", found=None, receipts=[])


def counter_form(ask: Ask) -> Response:
    """Go to the one who is found, list who may be meant, or show the receipt that is nobody's yet."""
    found = looked_up(ask, "/shop")
    if len(found) == 1:
        return ask.to(f"/shop/{next(iter(found))}")
    mask, hub = Mask(ask.who.account.role), ask.desk.hub
    listed = [{"id": each, **known_of(hub, each).fields} for each in found]
    receipts = [] if found or not _claim_url() else _unclaimed(ask, ask.said("who"))
    return ask.page("shop_search.html", found=listed, receipts=receipts, mask=mask)


def customer(ask: Ask) -> Response:
    """Show one customer as staff need them."""
    store, hub = ask.desk.hub.store, ask.desk.hub
    with store.reading() as connection:
        found = present(connection, ask.part("id"))
        if not found:
            raise Stopped(404)
        profile_id = found.pop()
        records, profiles = records_of(connection, profile_id), former(connection, profile_id)
        offers, vouchers = timeline.offers(connection, profiles), timeline.vouchers(connection, records)
        points = points_of(ask, connection, profile_id)
    ask.note("look_up", profile_id, why="page", page="shop")
    known, today = known_of(hub, profile_id), ask.now.date().isoformat()
    return ask.page(
        "shop.html", id=profile_id, known=known, mask=Mask(ask.who.account.role), points=points,
        missing=_missing(ask, known), offers=[each for each in offers if each["ends_on"] >= today],
        vouchers=[each for each in vouchers if (each["ends_on"] or today) >= today and each["status"] not in SPENT],
    )  # fmt: skip


def _missing(ask: Ask, known: Known) -> list[str]:
    """Return what is not known yet, what matters most first."""
    return [name for fields in ask.desk.hub.meaning.tiers.values() for name in fields if name not in known.fields]


def _claim_url() -> str:
    """Return where a customer claims a receipt; nothing where no such page is served."""
    return os.environ.get(CLAIM_URL, "").rstrip("/")


def _unclaimed(ask: Ask, typed: str) -> list[dict[str, Any]]:
    """Return the receipts with a number that name no customer."""
    with ask.desk.hub.store.reading() as connection:
        numbered = (ORDER.c.order_number == typed) | (ORDER.c.source_id == typed)
        query = select(ORDER.c.source, ORDER.c.source_id, ORDER.c.ordered_at, ORDER.c.total_minor, ORDER.c.currency)
        found = connection.execute(query.where(numbered, ORDER.c.customer_id.is_(None)).limit(5)).mappings()
        return [dict(row) for row in found]


def claim(ask: Ask) -> Response:
    """Draw the link under which a customer claims a receipt; it says no more than which receipt, and ends."""
    if not _claim_url() or not (receipt := _receipt(ask)):
        raise Stopped(404)
    store = ask.desk.hub.store
    with store.reading() as connection:
        until = ends(ask.now, CLAIM_DAYS)
        word = Links(store).make(connection, "claim", APART.join(receipt).encode(), until)
    drawn = io.BytesIO()
    segno.make(f"{_claim_url()}/{word}", error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgclass=None, lineclass=None, scale=4, border=2
    )
    return Response(drawn.getvalue(), media_type="image/svg+xml")


def _receipt(ask: Ask) -> tuple[str, str] | None:
    """Return the receipt that a path names, where it is nobody's."""
    which = (ORDER.c.source == ask.part("source")) & (ORDER.c.source_id == ask.part("id"))
    with ask.desk.hub.store.reading() as connection:
        query = select(ORDER.c.source, ORDER.c.source_id).where(which, ORDER.c.customer_id.is_(None))
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.source, row.source_id)


ROUTES = (
    Seen("/shop", "shop", Right.SHOP, counter, on_menu=True),
    Seen("/shop", "shop", Right.SHOP, counter_form, "POST"),
    Seen("/shop/{id}", "shop", Right.SHOP, customer),
    Seen("/shop/claim/{source}/{id}", "shop", Right.SHOP, claim),
)
