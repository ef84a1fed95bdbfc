"""A feed is fetched from its address as the vendor does: only what is new, flat files, with their items judged."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from werkzeug.wrappers import Request, Response

from plugins.sandbox.channable.imports import Import
from plugins.sandbox.server import running
from tests.plugins.sandbox.channable.stage import Caller

FIELDS = {
    "id": "WW2", "title": "Fles", "description": "Een fles", "link": "https://shop.example/ww2",
    "image_link": "https://shop.example/ww2.jpg", "price": "15.00 EUR", "availability": "in stock", "brand": "Peel",
}  # fmt: skip


def xml(*items: dict[str, str]) -> str:
    """Return a flat file."""
    leaves = ("".join(f"<{name}>{value}</{name}>" for name, value in item.items()) for item in items)
    return f"<products>{''.join(f'<product>{each}</product>' for each in leaves)}</products>"


GOOD = xml(FIELDS, {**FIELDS, "id": "WW3", "stock": "4"})


@dataclass
class Shop:
    """Serves one file, and notes how it was asked for."""

    body: bytes = GOOD.encode()
    url: str = ""
    asked: list[Request] = field(default_factory=list)
    user: tuple[str, str] | None = None

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        known = request.authorization
        if self.user and (known is None or (known.username, known.password) != self.user):
            return Response(status=401)
        etag = f'"{hash(self.body)}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304)
        return Response(self.body, headers={"ETag": etag})


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    with running(made) as url:
        made.url = f"{url}/feed/s3cret/all"
        yield made


def fetched(caller: Caller, url: str) -> Import:
    """Let the vendor fetch, and return what came of it."""
    caller.vendor.perform("import_feed", url=url)
    return caller.vendor.imports[url]


def test_takes_the_items_of_a_flat_file(caller: Caller, shop: Shop) -> None:
    found = fetched(caller, shop.url)
    assert (found.outcome, sorted(found.items), found.refused) == ("imported", ["WW2", "WW3"], [])
    assert found.items["WW3"]["stock"] == "4"


def test_asks_only_for_what_is_new_and_keeps_what_it_has(caller: Caller, shop: Shop) -> None:
    fetched(caller, shop.url)
    found = fetched(caller, shop.url)
    assert (found.outcome, sorted(found.items)) == ("unchanged", ["WW2", "WW3"])
    shop.body = xml(FIELDS).encode()
    assert sorted(fetched(caller, shop.url).items) == ["WW2"]


def test_shows_name_and_password_of_the_address(caller: Caller, shop: Shop) -> None:
    shop.user = ("channable", "s3cret")
    assert fetched(caller, shop.url).outcome == "HTTP 401"
    found = fetched(caller, shop.url.replace("://", "://channable:s3cret@"))
    assert found.outcome == "imported"


def test_keeps_the_old_items_when_the_file_is_gone_or_broken(caller: Caller, shop: Shop) -> None:
    fetched(caller, shop.url)
    shop.body = b"<products><product>"
    found = fetched(caller, shop.url)
    assert (found.outcome, len(found.items)) == ("the file is not well-formed XML", 2)


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("feed.csv", text)
    return packed.getvalue()


NAMES = ",".join(FIELDS)
CELLS = ",".join(FIELDS.values())


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([FIELDS]).encode(),
        json.dumps({"config": {"products_total": 1}, "products": [FIELDS]}).encode(),
        f"\ufeff{NAMES}\r\n{CELLS}\r\n".encode(),
        f"{NAMES}\n{CELLS}\n".replace(",", "\t").encode(),
        gzip.compress(GOOD.encode()),
        zipped(f"{NAMES}\n{CELLS}\n"),
    ],
    ids=["json", "json of a shop plugin", "csv", "txt", "gz", "zip"],
)
def test_reads_every_format_of_the_page(caller: Caller, shop: Shop, body: bytes) -> None:
    shop.body = body
    found = fetched(caller, shop.url)
    assert (found.outcome, found.items["WW2"]["price"]) == ("imported", "15.00 EUR")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"<products><product><prices><price>1</price></prices></product></products>", "the XML is not flat"),
        (json.dumps([{**FIELDS, "price": {"value": 1}}]).encode(), "the JSON is not flat"),
        (b'{"items": 3}', "the JSON is no list of items"),
        (b"not a feed", "the file has no row of different column names"),
        (f"{NAMES}\n{CELLS},more\n".encode(), "a row has more cells than there are columns"),
        ("<products>é</products>".encode("latin-1"), "the file cannot be unpacked, or is not UTF-8"),
        (b"PK\x03\x04broken", "the file cannot be unpacked, or is not UTF-8"),
    ],
)
def test_refuses_a_file_it_cannot_import(caller: Caller, shop: Shop, body: bytes, outcome: str) -> None:
    shop.body = body
    assert fetched(caller, shop.url).outcome == outcome


def test_does_not_import_attributes(caller: Caller, shop: Shop) -> None:
    shop.body = GOOD.replace("<price>15.00 EUR</price>", '<price value="15.00 EUR"/>', 1).encode()
    assert fetched(caller, shop.url).refused == [("WW2", "lacks price")]


def test_leaves_out_an_item_without_its_mandatory_fields_and_one_whose_id_comes_twice(
    caller: Caller, shop: Shop
) -> None:
    shop.body = xml(FIELDS, FIELDS, {**FIELDS, "id": ""}, {**FIELDS, "id": "WW4", "brand": " "}).encode()
    found = fetched(caller, shop.url)
    assert list(found.items) == ["WW2"]
    assert found.refused == [("WW2", "id is not unique"), ("", "lacks id"), ("WW4", "lacks brand")]


def test_a_project_has_fifty_imports(caller: Caller) -> None:
    for number in range(50):
        caller.vendor.perform("receive_feed", url=f"https://shop.example/{number}", text=GOOD)
    with pytest.raises(LookupError, match="50 imports"):
        caller.vendor.perform("receive_feed", url="https://shop.example/50", text=GOOD)
    caller.vendor.perform("receive_feed", url="https://shop.example/0", text=GOOD)


def test_fetches_from_an_address_of_the_web_only(caller: Caller) -> None:
    with pytest.raises(LookupError, match="https://"):
        caller.vendor.perform("import_feed", url="file:///etc/passwd")
