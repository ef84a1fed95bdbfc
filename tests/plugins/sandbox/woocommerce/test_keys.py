"""Who gets in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlencode

from tests.plugins.sandbox.woocommerce.shop import ROOT, START, Caller

URL = f"http://shop.example{ROOT}/customers"


def refusal(shop: Caller, path: str = "/customers", **how: Any) -> tuple[int, str]:
    """Return status and message of an answer, the message empty when the shop lets us in."""
    answer = shop.client.open(f"{ROOT}{path}", **{"base_url": "https://shop.example", **how})
    body = json.loads(answer.data)
    return answer.status_code, body["message"] if isinstance(body, dict) else ""


def signed(shop: Caller, **changes: str) -> str:
    """Return a query signed by the rules of one-legged OAuth 1.0a."""
    params = {
        "oauth_consumer_key": shop.shop.consumer_key,
        "oauth_nonce": "n1",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(START.timestamp())),
        **changes,
    }
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in sorted(params.items()))
    text = "&".join(quote(part, safe="~") for part in ("GET", URL, query))
    digest = hmac.new(f"{shop.shop.consumer_secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return urlencode({**params, "oauth_signature": base64.b64encode(digest).decode()})


def test_knows_its_key_over_https():
    shop = Caller()
    pair = (shop.shop.consumer_key, shop.shop.consumer_secret)
    query = urlencode({"consumer_key": pair[0], "consumer_secret": pair[1]})
    assert refusal(shop, auth=pair) == (200, "")
    assert refusal(shop, f"/customers?{query}") == (200, "")


def test_refuses_a_stranger():
    shop = Caller()
    assert refusal(shop) == (401, "Sorry, you cannot list resources.")
    assert refusal(shop, auth=("ck_" + "0" * 40, shop.shop.consumer_secret))[0] == 401
    assert refusal(shop, auth=(shop.shop.consumer_key, "cs_")) == (401, "Consumer secret is invalid.")


def test_takes_no_key_over_plain_http():
    shop = Caller()
    pair = (shop.shop.consumer_key, shop.shop.consumer_secret)
    assert refusal(shop, base_url="http://shop.example", auth=pair)[0] == 401


def test_believes_a_proxy_that_says_https():
    shop = Caller()
    pair = (shop.shop.consumer_key, shop.shop.consumer_secret)
    how = {"base_url": "http://shop.example", "headers": {"X-Forwarded-Proto": "https"}}
    assert refusal(shop, auth=pair, **how) == (200, "")


def test_takes_a_signature_over_plain_http():
    shop = Caller()
    assert refusal(shop, f"/customers?{signed(shop)}", base_url="http://shop.example") == (200, "")


def test_refuses_a_signature_that_is_wrong_or_old():
    shop = Caller()
    tampered = f"{signed(shop)}&role=all"
    old = signed(shop, oauth_timestamp=str(int(START.timestamp()) - 3600))
    how = {"base_url": "http://shop.example"}
    assert refusal(shop, f"/customers?{tampered}", **how)[1].startswith("Invalid signature")
    assert refusal(shop, f"/customers?{old}", **how) == (401, "Invalid timestamp.")


def test_does_not_know_a_key_on_the_address_without_permalinks():
    shop = Caller()
    pair = (shop.shop.consumer_key, shop.shop.consumer_secret)
    answer = shop.client.get("/?rest_route=/wc/v3/customers", base_url="https://shop.example", auth=pair)
    assert answer.status_code == 401
