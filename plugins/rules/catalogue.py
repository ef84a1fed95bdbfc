"""The traits a rule may use: name, type and meaning.

Columns of the engine's relation have these types; a `time` may also be a TIMESTAMP in UTC where the session's TimeZone
is UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "texts", "integer", "money", "boolean", "time", "date"]

DUCKDB_TYPES: Mapping[Type, str] = {
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "integer": "BIGINT",
    "money": "BIGINT",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
}


@dataclass(frozen=True, slots=True)
class Trait:
    """One fact about a profile; unknown is NULL."""

    name: str
    type: Type
    meaning: str
    of: str = ""
    """The canonical entity whose records tell it; empty where it is made of other traits."""


Catalogue = Mapping[str, Trait]

_TRAITS: tuple[tuple[str, Type, str, str], ...] = (
    ("first_name", "text", "first name of the golden profile", "customer"),
    ("last_name", "text", "surname of the golden profile", "customer"),
    ("language", "text", "ISO 639-1, lower case", "customer"),
    ("country", "text", "ISO 3166-1 alpha-2", "customer"),
    ("city", "text", "city of the golden address", "customer"),
    ("postcode", "text", "postcode of the golden address", "customer"),
    ("email", "text", "normalised address", "customer"),
    ("phone", "text", "number with its country, +31612345678", "customer"),
    ("birth_date", "date", "day of birth", "customer"),
    ("customer_since", "time", "first sign of life in any system", "customer"),
    ("is_web_customer", "boolean", "has a webshop account or a web order", "order"),
    ("is_till_customer", "boolean", "is known at a till", "order"),
    ("groups", "texts", "customer groups at any source", "customer"),
    ("first_order_at", "time", "first paid order", "order"),
    ("last_order_at", "time", "last paid order", "order"),
    ("recency_days", "integer", "days since the last paid order", "order"),
    ("order_count", "integer", "paid orders, ever", "order"),
    ("order_count_365d", "integer", "paid orders of the last 365 days", "order"),
    ("revenue_minor", "money", "paid minus returned, ever, in cents", "order"),
    ("revenue_365d_minor", "money", "paid minus returned in the last 365 days, in cents", "order"),
    ("average_order_minor", "money", "mean of paid orders, in cents", "order"),
    (
        "purchase_rhythm_days",
        "integer",
        "mean days from one day with a paid order to the next, of who has two",
        "order",
    ),
    ("next_order_expected_at", "time", "last paid order, and the rhythm added", "order"),
    ("return_rate_basis_points", "integer", "returned value of what was bought; 21 % is 2100", "order"),
    ("favourite_store", "text", "the store with most orders", "order"),
    ("favourite_channel", "text", "store, web, marketplace or b2b with most orders", "order"),
    ("favourite_category", "text", "the category bought most", "order"),
    ("last_channel", "text", "channel of the last order", "order"),
    ("points_available", "integer", "points that can be spent", "loyalty_movement"),
    ("tier", "text", "tier of the loyalty club", "loyalty_movement"),
    ("primary_complete_percent", "integer", "share of the primary fields that are known, 0 to 100", "customer"),
    ("secondary_complete_percent", "integer", "share of the secondary fields that are known, 0 to 100", "customer"),
    ("tertiary_complete_percent", "integer", "share of the tertiary fields that are known, 0 to 100", "customer"),
    ("is_incomplete", "boolean", "lacks a primary field", "customer"),
    ("email_opens_90d", "integer", "opened mails of the last 90 days, swollen by mail programs", "event"),
    ("email_clicks_90d", "integer", "clicked mails of the last 90 days", "event"),
    ("last_email_click_at", "time", "last click in a mail", "event"),
)

CATALOGUE: Catalogue = {name: Trait(name, type_, meaning, of) for name, type_, meaning, of in _TRAITS}
PERSONAL = {"first_name", "last_name", "email", "phone", "birth_date", "city", "postcode"}
"""Traits whose values no list shows."""
