"""Rules for the bench of plans: fifty audiences of varied conditions, and folders of hundreds of files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Rule = Mapping[str, Any]
DESTINATIONS: Mapping[str, tuple[str, str, str]] = {
    "letters": ("email", "marketing", "tag"), "texts": ("sms", "marketing", "tag"),
    "calls": ("phone", "marketing", "tag"), "cards": ("post", "marketing", "tag"),
    "meta": ("ads", "ads_match_meta", "custom_audience"), "google": ("ads", "ads_match_google", "custom_audience"),
}  # fmt: skip
"""By name: channel, purpose, and how it holds an audience."""
FIELDS: Mapping[str, Mapping[str, str]] = {
    "letters": {"FNAME": "first_name", "LNAME": "last_name", "POINTS": "points_available", "TIER": "tier"},
    "texts": {"FNAME": "first_name"}, "calls": {"FNAME": "first_name", "LNAME": "last_name", "CITY": "city"},
    "cards": {"FNAME": "first_name", "LNAME": "last_name", "CITY": "city"}, "meta": {}, "google": {},
}  # fmt: skip
SHOPS, CATEGORIES = 40, 60
FORMS = (
    "order_count >= {a} and last_order_at < ago('{b} days')",
    "tier in ('gold', 'silver') and last_order_at >= ago('{b} days')",
    "revenue_365d_minor between {c} and {d} and favourite_channel = 'web'",
    "favourite_store in ('{e}', '{f}', '{g}') and is_till_customer",
    "favourite_category in ('category {e}', 'category {f}') and order_count_365d >= {a}",
    "email_clicks_90d >= {a} and (last_email_click_at >= ago('{b} days') or email_opens_90d > 5)",
    "language = 'nl' and country in ('NL', 'BE') and recency_days between {b} and 700",
    "points_available >= {c} and not is_incomplete",
    "birth_date < ago('{h} years') and city like 'Stad {a}%'",
    "last_channel = 'store' and return_rate_basis_points < {c} and average_order_minor > {d}",
)


def where(number: int) -> str:
    """Return the condition of one audience; every tenth asks for another audience beside."""
    turn = number // len(FORMS)
    known = {"a": 1 + turn, "b": 60 + 45 * turn, "c": 1000 + 700 * turn, "d": 9000 + 2500 * turn, "h": 25 + 8 * turn,
             "e": turn * 3, "f": turn * 3 + 1, "g": turn * 3 + 2}  # fmt: skip
    text = FORMS[number % len(FORMS)].format(**known)
    return f"({text}) and in_audience('{title(number - 5)}')" if number % 10 == 6 and number > 10 else text


def title(number: int) -> str:
    """Return the name of an audience."""
    return f"audience_{number:03d}"


def audience(number: int, destinations: Sequence[str] = tuple(DESTINATIONS)) -> Rule:
    """Return one audience: to three of the destinations, every fifth with a holdout."""
    here = [destinations[(number + step) % len(destinations)] for step in range(min(3, len(destinations)))]
    return {
        "description": "The bench.",
        "where": where(number),
        "to": {name: _delivery(name) for name in here},
        **({"holdout": "10%"} if number % 5 == 0 else {}),
        "examples": [{"title": "nobody knows", "given": {}, "expect": "out"}],
    }  # fmt: skip


def _delivery(name: str) -> Rule:
    return {"as": DESTINATIONS[name][2], **({"fields": FIELDS[name]} if FIELDS[name] else {})}


def audiences(count: int = 50) -> Iterator[tuple[str, Rule]]:
    """Give the audiences by name."""
    return ((title(number), audience(number)) for number in range(count))


def channel(name: str) -> Rule:
    """Return what a destination can hold, as its channel.yml says."""
    reach, purpose, holds = DESTINATIONS[name]
    return {
        "destination": name, "source": name, "channel": reach, "purpose": purpose, "holds": [holds],
        "identifier": {"kind": "email", "normalise": "lower_trim", "version": 1},
        "operations": {"add": "set", "change": "set", "remove": "set", "erase": "set"},
        "batch": {"size": 500, "calls": {"add": 1, "change": 1, "remove": 1}},
        "limits": {"connections": 4, "seconds_per_call": 1},
    }  # fmt: skip


def write(path: Path, content: Rule) -> None:
    """Write one file; JSON is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), "utf-8")


def written(folder: Path) -> None:
    """Write the rules and the channels of the plan."""
    for name, rule in audiences():
        write(folder / "rules" / "audiences" / f"{name}.yml", rule)
    ranked = {"first_of": [[title(number) for number in (7, 17, 27, 37)], [title(3), title(13)]]}
    write(folder / "rules" / "priority.yml", ranked)
    for name in DESTINATIONS:
        write(folder / "targets" / name / "channel.yml", channel(name))


def files(folder: Path, count: int) -> None:
    """Write so many files: audiences, and for ten of them four traits and a feed."""
    for number in range(count):
        kind, make = (("feeds", _feed), *(("traits", _trait),) * 4, *(("audiences", _letter),) * 10)[number % 15]
        write(folder / kind / f"{kind}_{number:03d}.yml", make(number))


def _letter(number: int) -> Rule:
    asked = {**audience(number % 50, ["letters"])}
    where_ = str(asked["where"]).partition(" and in_audience")[0]
    met = {"title": "nobody knows of an order", "given": {"language": "fr", "order_count": 0}, "expect": "out"}
    return {**asked, "where": where_, "examples": [*asked["examples"], met]}


def _trait(number: int) -> Rule:
    cases = [{"where": f"order_count = 0 and points_available > {number}", "is": "visitor"},
             {"where": f"last_order_at < ago('{30 + number} days')", "is": "lapsing"},
             {"where": "order_count >= 1", "is": "active"}]  # fmt: skip
    examples = [{"title": "bought", "given": {"order_count": 2, "last_order_at": "5 days ago"}, "expect": "active"},
                {"title": "nobody knows", "given": {}, "expect": None}]  # fmt: skip
    return {"description": "The bench.", "cases": cases, "examples": examples}


def _feed(number: int) -> Rule:
    attributes = {
        "id": "{sku}", "title": "{brand} {name}[ {colour}]", "description": "{description:5000}", "link": "{url}",
        "image_link": "{image_url}", "availability": "{availability}", "price": "{price_minor}", "brand": "{brand}",
        "gtin": "{gtin}", "condition": "new",
    }  # fmt: skip
    rules = [{"title": f"rule {each}", "when": f"price_minor >= {5000 + each * 100 + number}",
              "set": {"custom_label_0": f"price {each}"}} for each in range(3)]  # fmt: skip
    return {
        "description": "The bench.", "format": "google_xml", "source": "web", "currency": "EUR", "country": "NL",
        "where": "is_online and price_minor > 0", "attributes": attributes,
        "rules": [*rules, {"title": "out", "when": "stock = 0 and not is_online", "leave_out": True}],
        "examples": [{"title": "out", "given": {}, "expect": "out"}],
    }  # fmt: skip
