"""What sources report about people, as traits may count it: the facts of orders, items, baskets, events and so on.

Each kind is a relation of the engine with these columns, typed as `catalogue.DUCKDB_TYPES` says, and `p`, whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugins.rules.catalogue import Catalogue, Trait, Type


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact."""

    name: str
    entity: str
    """The canonical entity that reports it."""
    time: str
    """The fact that says when."""
    facts: Catalogue


def _kind(name: str, entity: str, time: str, *facts: tuple[str, Type, str]) -> Kind:
    return Kind(name, entity, time, {fact: Trait(fact, type_, meaning) for fact, type_, meaning in facts})


SOURCE: tuple[str, Type, str] = ("source", "text", "connection that reported it")
KINDS: Mapping[str, Kind] = {
    each.name: each
    for each in (
        _kind(
            "order", "order", "ordered_at", SOURCE,
            ("ordered_at", "time", "when"),
            ("channel", "text", "`store`, `web`, `marketplace` or `b2b`"),
            ("store", "text", "name of the store, or its id"),
            ("fulfilment", "text", "`carried_out`, `shipped` or `click_and_collect`"),
            ("total_minor", "money", "what was paid, before refunds"),
            ("discount_minor", "money", "what was taken off"),
        ),
        _kind(
            "item", "order_line", "ordered_at", SOURCE,
            ("ordered_at", "time", "when its order was made"),
            ("channel", "text", "of its order"),
            ("store", "text", "of its order"),
            ("product", "text", "id of the product at its source"),
            ("name", "text", "name of the product"),
            ("category", "text", "category of the product"),
            ("brand", "text", "brand of the product"),
            ("pieces", "integer", "how many, whole ones; negative where they came back"),
            ("total_minor", "money", "paid for the line; negative where it came back"),
        ),
        _kind(
            "basket", "basket", "updated_at", SOURCE,
            ("opened_at", "time", "when it was begun"),
            ("updated_at", "time", "when it last changed"),
            ("status", "text", "as the source calls it"),
            ("total_minor", "money", "what is in it"),
        ),
        _kind(
            "event", "event", "occurred_at", SOURCE,
            ("occurred_at", "time", "when"),
            ("kind", "text", "`email_click`, `page_view`, `review` and so on"),
            ("channel", "text", "where"),
            ("campaign", "text", "id of the campaign"),
            ("product", "text", "id of the product at its source"),
            ("name", "text", "name of the product"),
            ("category", "text", "category of the product"),
            ("brand", "text", "brand of the product"),
            ("strength", "text", "how well it is shown: `bought`, `ordered`, `found` or `clicked`"),
        ),
        _kind(
            "service_case", "service_case", "opened_at", SOURCE,
            ("opened_at", "time", "when it was opened"),
            ("closed_at", "time", "when it was closed; unknown while it is open"),
            ("kind", "text", "complaint, question and so on, as the source calls it"),
            ("status", "text", "as the source calls it"),
        ),
        _kind(
            "voucher", "voucher", "starts_on", SOURCE,
            ("kind", "text", "as the source calls it"),
            ("status", "text", "as the source calls it"),
            ("starts_on", "date", "from when it may be used"),
            ("ends_on", "date", "its last day"),
            ("open_minor", "money", "what is left of it"),
        ),
    )
}  # fmt: skip
