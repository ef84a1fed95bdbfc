"""The stand-in against answers recorded from a running WooCommerce, request by request.

Compared: status, error bodies, the totals, Link, Allow and Location headers, the shape of every body (keys and types),
and every value but these: ids of plugin fields (`meta_data[].id`), which count writes we do not see; and order keys.
Times may be two seconds apart: a recorded change may end later than it began.
Of the headers: a signature in a Link, which the recorded server cuts off; and the methods of the currency setting,
which cannot be changed here.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from werkzeug.test import Client

from plugins.sandbox.retailer import Address, EmptyRetailer, WebAccount
from plugins.sandbox.woocommerce import WooCommerce
from tests.plugins.sandbox.woocommerce.shop import client_of

RECORDINGS = Path(__file__).parents[5] / "shared/specs/woocommerce/recordings.jsonl"
LIVE = re.compile(r"oauth_timestamp=(\d+)&")
START = datetime(2026, 11, 21, 20, 44, 40, tzinfo=UTC)
INSTALLED = datetime(2026, 11, 21, 20, 42, 24, tzinfo=UTC)
OPERATIONS = 94
KEY, SECRET = "ck_" + "a" * 40, "cs_" + "b" * 40
LOTTE = WebAccount(
    id=2,
    email="lotte.devries@example.nl",
    registered_at=datetime(2026, 11, 21, 20, 43, 49, tzinfo=UTC),
    modified_at=datetime(2026, 11, 21, 20, 43, 49, tzinfo=UTC),
    first_name="Lotte",
    last_name="de Vries",
    username="lotte",
    phone="06-12345678",
    address=Address("Kerkstraat", "12", "3511 AB", "Utrecht", "NL"),
    meta=(("loyalty_card", "29100000001"),),
)
LOGINS = {"auth wrong key": ("ck_" + "0" * 40, SECRET), "auth wrong secret": (KEY, "wrong"), "auth none": None}
NOT_COMPARED = {("link", "oauth1 over http ok"), ("allow", "settings general (first)")}
UNSTABLE = re.compile(r"(order_key|payment_url|meta_data\[\d+\]\.id)$")
TIME = re.compile(r"date_(created|modified|paid|completed)(_gmt)?$|meta_data\[\d+\]\.value$")

pytestmark = pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not in this checkout")


class RecordedClock:
    """Stands at the latest moment that the recorded answers have told of."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def reach(self, answer: str) -> None:
        told = re.findall(r'"date_(?:created|modified)_gmt": "([^"]+)"', answer)
        told += [f"{datetime.fromtimestamp(int(each), UTC):%Y-%m-%dT%H:%M:%S}" for each in LIVE.findall(answer)]
        self.at = max(self.at, *(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in [*told, "1970-01-01"]))


def unquoted(header: str, headers: Any) -> str | None:
    """Return a header; the brackets in a Location are escaped by our server, not by theirs."""
    value = headers.get(header)
    return unquote(value) if value and header == "location" else value


def send(client: Client, recording: dict[str, Any]) -> Any:
    """Ask what the recorder asked."""
    request = recording["request"]
    body = request["body"]
    login = None if "consumer_key" in request["path"] else LOGINS.get(recording["name"], (KEY, SECRET))
    if "oauth_" in request["path"]:
        login = None
    return client.open(
        request["path"],
        method=request["method"],
        base_url=f"{request['scheme']}://127.0.0.1:8098",
        data=None if body is None else body if isinstance(body, str) else json.dumps(body),
        content_type="application/json" if body is not None else None,
        auth=login,
    )


def differences(told: Any, ours: Any, path: str = "") -> list[str]:
    """Return where our answer is not the recorded one."""
    if type(told) is not type(ours):
        return [f"{path}: {told!r} is recorded, we say {ours!r}"]
    if isinstance(told, dict):
        keys = [f"{path}.{key}: only on one side" for key in told.keys() ^ ours.keys()]
        shared = (differences(told[key], ours[key], f"{path}.{key}") for key in told.keys() & ours.keys())
        return keys + [each for found in shared for each in found]
    if isinstance(told, list):
        if len(told) != len(ours):
            return [f"{path}: {len(told)} are recorded, we have {len(ours)}"]
        pairs = enumerate(zip(told, ours, strict=True))
        return [each for place, pair in pairs for each in differences(*pair, f"{path}[{place}]")]
    if told == ours or UNSTABLE.search(path) or (TIME.search(path) and _is_near(told, ours)):
        return []
    return [f"{path}: {told!r} is recorded, we say {ours!r}"]


def _is_near(told: str, ours: str) -> bool:
    if re.fullmatch(r"\d{10}", told):
        return abs(int(told) - int(ours)) <= 2
    return len(told) == 19 and abs((datetime.fromisoformat(told) - datetime.fromisoformat(ours)).total_seconds()) <= 2


def test_answers_what_the_recorded_shop_answered():
    """Every recorded request, in order, against one shop that starts as the recorded one stood."""
    clock = RecordedClock()
    shop = WooCommerce(
        clock=clock,
        retailer=EmptyRetailer(anchor=INSTALLED, web_accounts=(LOTTE,)),
        consumer_key=KEY,
        consumer_secret=SECRET,
        tax_percent=0,
    )
    client = client_of(shop)
    wrong: list[str] = []
    recordings = [json.loads(line) for line in RECORDINGS.read_text("utf-8").splitlines()]
    assert len(recordings) == OPERATIONS
    for number, recording in enumerate(recordings):
        told = recording["response"]
        clock.reach(
            json.dumps(told["body"]) + recording["request"]["path"] * ("old timestamp" not in recording["name"])
        )
        answer = send(client, recording)
        wrong += [f"{number} {recording['name']}{each}" for each in compare(recording, answer)]
    assert not wrong, "\n".join(wrong)


def compare(recording: dict[str, Any], answer: Any) -> list[str]:
    """Return where an answer differs in status, headers or body."""
    told = recording["response"]
    found = [] if told["status"] == answer.status_code else [f": {told['status']}, we say {answer.status_code}"]
    for header in ("x-wp-total", "x-wp-totalpages", "link", "allow", "location", "content-type"):
        if (header, recording["name"]) not in NOT_COMPARED:
            found += differences(told["headers"].get(header), unquoted(header, answer.headers), f".{header}")
    return found + differences(told["body"], json.loads(answer.data), ".body")
