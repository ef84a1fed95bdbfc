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


Catalogue = Mapping[str, Trait]

_TRAITS: tuple[tuple[str, Type, str], ...] = (
    ("first_name", "text", "first name of the golden profile"),
    ("last_name", "text", "surname of the golden profile"),
    ("language", "text", "ISO 639-1, lower case"),
    ("country", "text", "ISO 3166-1 alpha-2"),
    ("city", "text", "city of the golden address"),
    ("email", "text", "normalised address"),
    ("birth_date", "date", "day of birth"),
    ("customer_since", "time", "first sign of life in any system"),
    ("is_web_customer", "boolean", "has a webshop account or a web order"),
    ("is_till_customer", "boolean", "is known at a till"),
    ("groups", "texts", "customer groups at any source"),
    ("first_order_at", "time", "first paid order"),
    ("last_order_at", "time", "last paid order"),
    ("recency_days", "integer", "days since the last paid order"),
    ("order_count", "integer", "paid orders, ever"),
    ("order_count_365d", "integer", "paid orders of the last 365 days"),
    ("revenue_minor", "money", "paid minus returned, ever, in cents"),
    ("revenue_365d_minor", "money", "paid minus returned in the last 365 days, in cents"),
    ("average_order_minor", "money", "mean of paid orders, in cents"),
    ("return_rate_basis_points", "integer", "returned value of what was bought; 21 % is 2100"),
    ("favourite_store", "text", "the store with most orders"),
    ("favourite_channel", "text", "store, web, marketplace or b2b with most orders"),
    ("favourite_category", "text", "the category bought most"),
    ("last_channel", "text", "channel of the last order"),
    ("has_open_basket", "boolean", "left a basket that is still open"),
    ("points_available", "integer", "points that can be spent"),
    ("tier", "text", "tier of the loyalty club"),
    ("has_open_case", "boolean", "has a complaint or question that is not closed; nobody reports it yet"),
    ("primary_complete_percent", "integer", "share of the primary fields that are known, 0 to 100"),
    ("secondary_complete_percent", "integer", "share of the secondary fields that are known, 0 to 100"),
    ("tertiary_complete_percent", "integer", "share of the tertiary fields that are known, 0 to 100"),
    ("is_incomplete", "boolean", "lacks a primary field"),
    ("email_opens_90d", "integer", "opened mails of the last 90 days, swollen by mail programs"),
    ("email_clicks_90d", "integer", "clicked mails of the last 90 days"),
    ("last_email_click_at", "time", "last click in a mail"),
)

CATALOGUE: Catalogue = {name: Trait(name, type_, meaning) for name, type_, meaning in _TRAITS}
