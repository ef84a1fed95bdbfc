"""Price lists that a feed keeps: which list and which column, or what is wrong with it and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.rules import editor_schemas, load_rules
from plugins.rules.price_lists import PriceList
from tests.plugins.rules.files import complaints, written

FEED = """\
description: What members pay.
format: json
source: web
currency: EUR
where: sku is not null
bring_to:
- woocommerce
- {to: shopify, price_list: Leden, price: member-price, compare_at: price}
attributes:
  id: '{sku}'
  title: '{name}'
  member-price: '{sale_price_minor}'
  price: '{price_minor}'
examples:
- {title: nobody knows its number, given: {is_online: true}, expect: out}
"""
LIST = "{to: shopify, price_list: Leden, price: member-price, compare_at: price}"


def rules(root: Path, old: str = "", new: str = "") -> Path:
    return written(root, {"feeds/members.yml": FEED.replace(old, new)})


def test_a_feed_says_which_list_and_which_attributes(tmp_path: Path) -> None:
    feed = load_rules(rules(tmp_path)).feeds["members"].feed
    assert feed.told == ["woocommerce"]
    assert feed.price_lists == [PriceList(to="shopify", price_list="Leden", price="member-price", compare_at="price")]
    assert feed.destinations == ["woocommerce", "shopify"]


def test_an_editor_knows_both_forms_of_an_addressee() -> None:
    shape = editor_schemas()["feed"]
    name, listed = shape["properties"]["bring_to"]["items"]["oneOf"]
    assert (name["type"], listed) == ("string", {"$ref": "#/$defs/PriceList"})
    assert shape["$defs"]["PriceList"]["required"] == ["to", "price_list", "price"]
    assert shape["$defs"]["PriceList"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("{to: shopify, price: price}", "8:3: price_list: missing; add it"),
        ("{to: shopify, price_list: Leden}", "8:3: price: missing; add it"),
        (
            "{to: shopify, price_list: Leden, prise: price, price: price}",
            "8:36: prise: unknown key; did you mean 'price'?",
        ),
        ("{to: shopify, price_list: '', price: price}", "8:29: price_list: is empty; write something"),
        ("{to: shopify, price_list: 7, price: price}", "8:29: price_list: should be a text; put it in quotes"),
        (
            "{to: shopify, price_list: Leden, price: 4 euro}",
            "8:43: price: should be a name; use small letters, digits and _",
        ),
        ("Shopify", "8:3: bring_to: should be a name; use small letters, digits and _"),
        ("[shopify]", "8:3: bring_to: should be a text; put it in quotes"),
        (
            "{to: shopify, price_list: Leden, price: member_price}",
            "8:43: member_price: the feed does not write it; did you mean 'member-price'?",
        ),
        (
            "{to: shopify, price_list: Leden, price: price, compare_at: title}",
            "11:10: title: is the compare_at of price list 'Leden', and no amount in EUR; "
            "write '{price_minor}', or 19.95 EUR",
        ),
    ],
)
def test_what_is_wrong_with_a_list_is_said_where_it_stands(tmp_path: Path, listed: str, told: str) -> None:
    assert complaints(rules(tmp_path, LIST, listed)) == [f"sync_rules/feeds/members.yml:{told}"]


@pytest.mark.parametrize("text", ["19.95 EUR", "20 EUR", "'{price_minor}'"])
def test_an_amount_is_a_price(tmp_path: Path, text: str) -> None:
    assert load_rules(rules(tmp_path, "'{sale_price_minor}'", text)).feeds


@pytest.mark.parametrize("text", ["19.95 GBP", "'19.95'", "'{price_minor} or so'", "'[{price_minor}]'", "'{sku}'"])
def test_another_text_is_no_price_also_where_a_rule_writes_it(tmp_path: Path, text: str) -> None:
    rule = f"rules:\n- {{title: dear, when: price_minor > 9, set: {{member-price: {text}}}}}\nexamples:"
    (told,) = complaints(rules(tmp_path, "examples:", rule))
    assert "members.yml:15:60: member-price: is the price of price list 'Leden', and no amount in EUR" in told
