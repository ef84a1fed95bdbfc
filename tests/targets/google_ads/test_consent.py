"""Google is told that somebody consents to both uses or is not told of them: no request mixes states."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.outbox import Row
from targets.google_ads.api import Api
from targets.google_ads.user_lists import UserLists
from tests.targets.kept import Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOTH = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
LISTS = [f"list {number}" for number in range(12)]
PEOPLE = [f"p{number}@example.org" for number in range(6)]
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "phone": st.sampled_from(["+31612345678", "", None]), "first_name": st.sampled_from(["Ann", " "]),
        "last_name": st.just("Kok"), "postcode": st.just("1012 AB"), "country": st.sampled_from(["nl", "Nederland"]),
    },
)  # fmt: skip
SENT = json.dumps({"v": "google-0", "emailAddress": "a" * 64})
PAYLOADS = st.fixed_dictionaries(
    {
        "fields": FIELDS,
        "tags_on": st.lists(st.sampled_from(LISTS), unique=True, max_size=12),
        "tags_off": st.lists(st.sampled_from(LISTS), unique=True, max_size=3),
        "sent": st.lists(st.just(SENT), max_size=1),
    }
)
DECISIONS = st.tuples(
    st.sampled_from(["add", "change", "remove", "erase"]), st.sampled_from(PEOPLE), PAYLOADS, st.booleans()
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[GoogleAds, dict[str, Any]]]:
    vendor = GoogleAds(retailer=EmptyRetailer(NOON), polls=0)
    with running(Sandbox({"google_ads": vendor})) as base:
        told = vendor.settings(f"{base}/google_ads")
        yield vendor, {name.removeprefix("TARGET_GOOGLE_ADS_").lower(): value for name, value in told.items()}


@settings(deadline=None, max_examples=60)
@given(decisions=st.lists(DECISIONS, min_size=1, max_size=12), size=st.sampled_from([1, 2, 5, 10_000]))
def test_c14_every_request_says_that_both_are_granted_of_everybody_in_it(
    served: tuple[GoogleAds, dict[str, Any]], decisions: Sequence[tuple[Any, str, dict[str, Any], bool]], size: int
) -> None:
    vendor, config = served
    vendor.calls.clear()
    vendor.quotas.calls.clear()
    rows = [Row(str(number), operation, who, payload) for number, (operation, who, payload, _) in enumerate(decisions)]
    outbox = Kept(withheld=[each.key for each, (*_, may_go) in zip(rows, decisions, strict=True) if not may_go])
    lists = UserLists(Api(config), size=size)
    carrier = AudienceDelivery(lists, outbox, sleep=lambda _seconds: None)
    carrier.deliver(rows)
    carrier.settle()
    may_join = {lists.known(each) for each in rows if each.operation in ("add", "change")}
    for call in vendor.calls:
        if ":ingest" in call.path:
            body = json.loads(call.body)
            assert call.status == 200
            assert body["consent"] == BOTH
            assert not [each for each in body["audienceMembers"] if "consent" in each]
            assert {_known(each) for each in body["audienceMembers"]} <= may_join
        elif ":remove" in call.path:
            assert not {"consent", "termsOfService"} & json.loads(call.body).keys()
    for fixed in outbox.calls:
        assert not {row.key for row in fixed.rows} & set(outbox.withheld)


def _known(member: dict[str, Any]) -> str:
    found = {name: value for each in member["userData"]["userIdentifiers"] for name, value in each.items()}
    return json.dumps({"v": "google-1", **found}, separators=(",", ":"))
