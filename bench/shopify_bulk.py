"""A first load of orders: the tap on an export of a million, against merely downloading and parsing the same file.

`python -m bench.shopify_bulk [--orders 1000000] [--pairs 3]`. The stand-in serves a file that the bench makes itself:
all orders first, and then all their lines in another order, so that no line follows its order. What the tap says is
checked before a time is told: every order once, each with its own lines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import requests

from bench.whole import ROOT, BenchError, Took, environment, kept, same, started, timed
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, serve
from plugins.sandbox.shopify import Shopify

RESULTS = ROOT / "bench" / "results" / "shopify_bulk.jsonl"
TAP = ROOT / "taps" / "shopify" / "tap.py"
CHUNK_BYTES, LINES_AT_ONCE = 1 << 20, 10_000
RUN = 'mutation { bulkOperationRunQuery(query: "{ orders { nodes { id } } }") { bulkOperation { id } } }'
LOOK = "query($id: ID!) { bulkOperation(id: $id) { url } }"
FIRST, STRIDE = 5_000_000_000, 7_919
"""Ids begin high, as Shopify's do; lines are written in steps of a prime."""

MONEY = '{"shopMoney":{"amount":"%s","currencyCode":"EUR"}}'
ADDRESS = (
    '{"firstName":"Els","lastName":"Peeters","company":null,"address1":"Veldstraat 60","address2":null,"zip":"9000",'
    '"city":"Gent","countryCodeV2":"BE","phone":"+32470123456"}'
)
ORDER = (
    '{"id":"gid://shopify/Order/%d","name":"#%d","email":"els%d@example.be","phone":null,'
    '"createdAt":"2026-03-01T10:00:00Z","processedAt":"2026-03-01T10:00:00Z","updatedAt":"2026-03-02T10:00:00Z",'
    '"cancelledAt":null,"cancelReason":null,"closedAt":null,"test":false,"sourceName":"web",'
    '"displayFinancialStatus":"PAID","displayFulfillmentStatus":"FULFILLED","currencyCode":"EUR",'
    '"presentmentCurrencyCode":"EUR","taxesIncluded":true,"discountCodes":[],"customerAcceptsMarketing":false,'
    '"customerLocale":"nl","tags":[],"retailLocation":null,"customer":{"id":"gid://shopify/Customer/%d"},'
    f'"totalPriceSet":{MONEY % "104.95"},"currentTotalPriceSet":{MONEY % "104.95"},"totalTaxSet":{MONEY % "18.21"},'
    f'"totalDiscountsSet":{MONEY % "0.00"},"totalShippingPriceSet":{MONEY % "4.95"},"billingAddress":{ADDRESS},'
    f'"shippingAddress":{ADDRESS}}}\n'
)
LINE = (
    '{"id":"gid://shopify/LineItem/%d","sku":"WW1-M","title":"Regenjas Kempen","variantTitle":"M","quantity":1,'
    f'"currentQuantity":1,"originalUnitPriceSet":{MONEY % "50.00"},"product":{{"id":"gid://shopify/Product/5001"}},'
    '"variant":{"id":"gid://shopify/ProductVariant/200001"},'
    f'"taxLines":[{{"ratePercentage":21.0,"priceSet":{MONEY % "8.68"}}}],"discountAllocations":[],'
    '"__parentId":"gid://shopify/Order/%d"}\n'
)


def lines_of(order: int) -> int:
    """Return how many lines an order has: two and a half on average."""
    return 2 + order % 2


def text(orders: int) -> Iterator[str]:
    """Give the file: orders, and then their lines in steps through the orders."""
    for number in range(orders):
        yield ORDER % (FIRST + number, number, number % 50_000, number % 300_000)
    for step in range(orders):
        number = step * STRIDE % orders
        for line in range(lines_of(number)):
            yield LINE % (10 * (FIRST + number) + line, FIRST + number)


def made(orders: int, path: Path) -> int:
    """Write the file; returns its bytes."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(text(orders))
    return path.stat().st_size


def serving(file: Path) -> None:
    """Serve the file as an export of orders until killed."""
    vendor = Shopify(retailer=EmptyRetailer(datetime.now(UTC)), exports={"orders": file})
    server = serve(Sandbox({"shopify": vendor}))
    print(f"http://127.0.0.1:{server.server_port}/shopify", vendor.access_token, flush=True)
    server.serve_forever()


def parsing(url: str) -> None:
    """Download an export and parse each line; print how many there are."""
    decode, left, count = msgspec.json.Decoder().decode, b"", 0
    with requests.get(url, stream=True, timeout=60) as response:
        for chunk in response.iter_content(CHUNK_BYTES):
            *lines, left = (left + chunk).split(b"\n")
            for line in lines:
                decode(line)
            count += len(lines)
    print(count)


def exported(url: str, token: str) -> str:
    """Return where the file of an export is, for whoever merely downloads it."""
    headers = {"X-Shopify-Access-Token": token}

    def ask(document: str, **variables: Any) -> Any:
        body = {"query": document, "variables": variables}
        return requests.post(f"{url}/admin/api/2026-10/graphql.json", json=body, headers=headers, timeout=60).json()

    key = ask(RUN)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    ask(LOOK, id=key)
    return str(ask(LOOK, id=key)["data"]["bulkOperation"]["url"])


def _env(folder: Path) -> dict[str, str]:
    return environment(folder, PYTHONPATH=str(ROOT))


def selection(folder: Path, url: str, token: str) -> list[str | Path]:
    """Return the command that reads orders only; what it says goes nowhere."""
    config = {"api_url": url, "shop": "example.myshopify.com", "access_token": token, "poll_seconds": 0}
    (folder / "config.json").write_text(json.dumps(config))
    told = [TAP, "--config", folder / "config.json"]
    found = subprocess.run([*told, "--discover"], check=True, capture_output=True, env=_env(folder)).stdout
    catalog = json.loads(found)
    for stream in catalog["streams"]:
        root = next(each for each in stream["metadata"] if not each["breadcrumb"])
        root["metadata"]["selected"] = stream["stream"] == "orders"
    (folder / "catalog.json").write_text(json.dumps(catalog))
    return [*told, "--catalog", folder / "catalog.json"]


def check(command: list[str | Path], folder: Path, orders: int) -> None:
    """Stop the bench unless the tap says every order once, with its own lines."""
    env = _env(folder)
    ids, wrong = set[int](), Counter[str]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as tap:
        assert tap.stdout
        for said in tap.stdout:
            message = msgspec.json.decode(said)
            if message["type"] == "RECORD":
                number = int(message["record"]["id"].rpartition("/")[2]) - FIRST
                ids.add(number)
                mine = {int(line["id"].rpartition("/")[2]) // 10 - FIRST for line in message["record"]["lineItems"]}
                wrong["lines"] += mine != {number} or len(message["record"]["lineItems"]) != lines_of(number)
                wrong["records"] += 1
    same("orders", (len(ids), wrong["records"], wrong["lines"]), (orders, orders, 0))


def compare(orders: int, pairs: int, folder: Path) -> None:
    """Run both sides in turn."""
    file = folder / "orders.jsonl"
    size = made(orders, file)
    took: dict[str, list[Took]] = {"tap": [], "parse": []}
    with started("bench.shopify_bulk", "--serve", str(file)) as told:
        url, token = told.split()
        command = selection(folder, url, token)
        check(command, folder, orders)
        env, log = _env(folder), folder / "log"
        sides: dict[str, list[str | Path]] = {
            "tap": ["sh", "-c", 'exec "$@" > /dev/null', "sh", *command],
            "parse": [sys.executable, "-m", "bench.shopify_bulk", "--parse", exported(url, token)],
        }
        for turn in range(pairs):
            for side in list(sides) if turn % 2 == 0 else list(sides)[::-1]:
                took[side].append(timed(sides[side], env, ROOT, log))
    found = {"orders": orders, "lines": orders + sum(lines_of(each) for each in range(orders)), "bytes": size}
    kept("shopify_bulk", found, took, [("tap", "parse")], RESULTS)


def main() -> None:
    """Measure, print, and keep the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--parse", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serving(asked.serve)
    elif asked.parse:
        parsing(asked.parse)
    elif asked.orders % STRIDE == 0:
        raise BenchError(f"--orders must not be a multiple of {STRIDE}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(asked.orders, asked.pairs, Path(folder))


if __name__ == "__main__":
    main()
