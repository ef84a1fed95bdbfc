"""What happened with one person, newest first, asked of the store by indexed columns: over shop and web alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, or_, select

from plugins.console.finding import Key
from plugins.hub.standing import ABOUT
from plugins.store.decided_tables import offer_issue
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, push

Row = dict[str, Any]
Loose = tuple[str | None, str | None]
MOST = 40
"""Of each kind the newest; a page is for looking, an export has all."""
BROWSED = frozenset({"app_open", "page_view", "product_view", "search", "add_to_cart", "begin_checkout"})
"""What somebody does on a site is shown only where they said that it may be kept with the rest."""
ORDER, LINE, EVENT = ENTITY_TABLES["order"], ENTITY_TABLES["order_line"], ENTITY_TABLES["event"]
CASE, VOUCHER, PRODUCT = ENTITY_TABLES["service_case"], ENTITY_TABLES["voucher"], ENTITY_TABLES["product"]
STORE = ENTITY_TABLES["store"]
TAKEN = ("accepted", "staged", "reconciled")


def timeline(
    connection: Connection, records: Sequence[Key], loose: Sequence[Loose], acts: Iterable[Row], *, watched: bool
) -> list[Row]:
    """Return rows of `at`, `kind`, `source`, `what` and `detail`, the newest first."""
    told = [*_orders(connection, records, loose), *_events(connection, records, watched=watched),
            *_cases(connection, records), *map(_act, acts)]  # fmt: skip
    return sorted(told, key=lambda row: str(row["at"] or ""), reverse=True)


def _mine(table: Any, records: Sequence[Key]) -> Any:
    lives = table.c.is_deleted.is_(False) & table.c.is_absent.is_(False)
    return among(table.c.source, table.c.customer_id, records) & lives


def _orders(connection: Connection, records: Sequence[Key], loose: Sequence[Loose]) -> list[Row]:
    shop = (STORE.c.source == ORDER.c.source) & (STORE.c.source_id == ORDER.c.store_id)
    query = select(ORDER, STORE.c.name.label("shop")).join_from(ORDER, STORE, shop, isouter=True)
    orders = []
    for which in (_mine(ORDER, records), _nameless(loose)):  # apart, each by its own index
        newest = query.where(which).order_by(ORDER.c.ordered_at.desc()).limit(MOST)
        orders += [dict(row) for row in connection.execute(newest).mappings()]
    lines = _lines(connection, [(each["source"], each["source_id"]) for each in orders])
    return [_order(each, lines.get((each["source"], each["source_id"]), [])) for each in orders]


def _nameless(loose: Sequence[Loose]) -> ColumnElement[bool]:
    """Return the receipts that name no customer, and bear one of these addresses and cards."""
    each = [ORDER.c.email.is_not_distinct_from(email) & ORDER.c.card.is_not_distinct_from(card)
            for email, card in loose]  # fmt: skip
    known = ORDER.c.email.in_([email for email, _ in loose]) | ORDER.c.card.in_([card for _, card in loose])
    return ORDER.c.customer_id.is_(None) & known & or_(false(), *each) & ORDER.c.is_deleted.is_(False)


def _order(order: Row, lines: list[Row]) -> Row:
    pieces = [each for each in lines if each["total_minor"] >= 0]
    back = sum(each["total_minor"] for each in lines if each["total_minor"] < 0)
    return {
        "at": order["ordered_at"], "kind": "return" if lines and not pieces else "order", "source": order["source"],
        "what": order["order_number"] or order["source_id"], "place": order["shop"] or order["channel"],
        "status": order["status"], "total": order["total_minor"], "back": back, "currency": order["currency"],
        "goods": [each["name"] for each in lines if each["name"]],
    }  # fmt: skip


def _lines(connection: Connection, orders: Sequence[Key]) -> Mapping[Key, list[Row]]:
    own = (PRODUCT.c.source == LINE.c.source) & (PRODUCT.c.source_id == LINE.c.product_id)
    name = func.coalesce(PRODUCT.c.name, LINE.c.description).label("name")
    query = select(LINE.c.source, LINE.c.order_id, LINE.c.total_minor, name).join_from(LINE, PRODUCT, own, isouter=True)
    found: dict[Key, list[Row]] = {}
    if orders:
        which = among(LINE.c.source, LINE.c.order_id, orders) & LINE.c.is_deleted.is_(False)
        for row in connection.execute(query.where(which).order_by(LINE.c.line_number)).mappings():
            found.setdefault((row["source"], row["order_id"]), []).append(dict(row))
    return found


def _events(connection: Connection, records: Sequence[Key], *, watched: bool) -> list[Row]:
    own = (PRODUCT.c.source == EVENT.c.source) & (PRODUCT.c.source_id == EVENT.c.product_id)
    query = select(EVENT, PRODUCT.c.name.label("product")).join_from(EVENT, PRODUCT, own, isouter=True)
    which = _mine(EVENT, records) if watched else _mine(EVENT, records) & EVENT.c.kind.not_in(BROWSED)
    found = connection.execute(query.where(which).order_by(EVENT.c.occurred_at.desc()).limit(MOST)).mappings()
    return [{"at": row["occurred_at"], "kind": "event", "source": row["source"], "what": row["kind"],
             "detail": row["product"] or row["campaign_id"]} for row in found]  # fmt: skip


def _cases(connection: Connection, records: Sequence[Key]) -> list[Row]:
    query = select(CASE).where(_mine(CASE, records)).order_by(CASE.c.opened_at.desc()).limit(MOST)
    return [{"at": row["opened_at"], "kind": "case", "source": row["source"], "what": row["kind"],
             "detail": row["status"]} for row in connection.execute(query).mappings()]  # fmt: skip


def _act(act: Row) -> Row:
    return {"at": act["at"] and str(act["at"]), "kind": "consent", "source": act["source"], "what": act["decision"],
            "detail": f"{act['channel']}, {act['purpose']}"}  # fmt: skip


def sent(connection: Connection, profiles: Sequence[str]) -> list[Row]:
    """Return what was handed to destinations about somebody, the newest first."""
    names = ("planned_at", "answered_at", "destination", "operation", "wire_id", "state", "reason", "answer")
    mine = push.c.profile_id.in_(profiles) & ~((push.c.state == "dropped") & (push.c.answer == "planned anew"))
    query = select(*(push.c[name] for name in names)).where(mine).order_by(push.c.seq.desc()).limit(MOST * 2)
    return [dict(row) for row in connection.execute(query).mappings()]


def offers(connection: Connection, profiles: Sequence[str]) -> list[Row]:
    """Return the codes of offers that were issued to somebody."""
    names = ("offer", "code", "starts_on", "ends_on", "issued_at")
    query = select(*(offer_issue.c[name] for name in names)).where(offer_issue.c.profile_id.in_(profiles))
    return [
        dict(row) for row in connection.execute(query.order_by(offer_issue.c.ends_on.desc()).limit(MOST)).mappings()
    ]


def vouchers(connection: Connection, records: Sequence[Key]) -> list[Row]:
    """Return the vouchers that a source has in somebody's name."""
    names = ("source", "kind", "status", "currency", "amount_minor", "open_minor", "percent_basis_points", "ends_on")
    query = select(*(VOUCHER.c[name] for name in names)).where(_mine(VOUCHER, records))
    return [dict(row) for row in connection.execute(query.order_by(VOUCHER.c.ends_on.desc()).limit(MOST)).mappings()]


def standing_at(sent: Iterable[Row]) -> list[Row]:
    """Return the newest row that a destination took about the person themselves, where it did not take them out."""
    newest: dict[tuple[str, str], Row] = {}
    for row in sent:
        if row["state"] in TAKEN and row["wire_id"].partition(":")[0] not in ABOUT:
            newest.setdefault((row["destination"], row["wire_id"]), row)
    return [row for row in newest.values() if row["operation"] != "remove"]
