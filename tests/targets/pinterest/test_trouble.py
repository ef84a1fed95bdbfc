"""What becomes of the rows when Pinterest refuses, is out of order or does not answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.retry import HopelessError
from targets.pinterest.account import Account
from targets.pinterest.api import Api
from targets.pinterest.lists import CustomerLists
from tests.targets.kept import Kept
from tests.targets.pinterest.stage import deliver, lists, row, sha, within


@pytest.mark.parametrize("bad", [0, 13, 31])
@pytest.mark.parametrize("is_new", [True, False])
def test_halves_a_refused_call_until_the_bad_row_is_found(
    vendor: Pinterest, config: dict[str, Any], bad: int, is_new: bool
) -> None:
    if not is_new:
        deliver(config, row("ann@example.org", tags_on=["gold"]))
    rows = [row(f"m{number:02}@example.org", tags_on=["gold"]) for number in range(32)]
    outbox = Kept()
    AudienceDelivery(_Spoilt(config, sha(f"m{bad:02}@example.org")), outbox).deliver(rows)
    assert outbox.states == {each.key: "rejected" if each.key == f"m{bad:02}" else "accepted" for each in rows}
    assert outbox.reasons[f"m{bad:02}"] == "code 1"
    assert len(outbox.calls) <= 2 * math.log2(len(rows)) + 2
    assert len(within(vendor, "gold")) == 31 + (not is_new)


class _Spoilt(CustomerLists):
    """Writes one person in a way that Pinterest refuses with the whole call."""

    def __init__(self, config: Mapping[str, Any], who: str) -> None:
        super().__init__(Account(Api(config)))
        self.who = who

    def call(self, step: Any, entries: Any) -> Any:
        made = super().call(step, entries)
        if self.who.encode() not in made.body:
            return made
        return type(made)(made.method, made.path, made.body.replace(b'"records":', b'"entries":'))


def test_too_many_calls_are_tried_again_after_a_while(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    vendor.faults.add(match="PATCH .*", status=429, body='{"code":8,"message":"limit"}', times=1)
    api, outbox, waits = Api(config), Kept(), list[float]()
    api.breaker.sleep = waits.append
    AudienceDelivery(CustomerLists(Account(api)), outbox).deliver([row("ben@example.org", tags_on=["gold"])])
    assert outbox.states == {"ben": "accepted"}
    assert waits == [20.0]


def test_stops_when_the_day_of_an_app_on_trial_is_used_up(vendor: Pinterest, config: dict[str, Any]) -> None:
    rows = [row(f"m{number}@example.org", tags_on=["gold"]) for number in range(4)]
    vendor.quotas.level = "trial"
    vendor.quotas.calls["everything"].extend([vendor.clock().timestamp()] * 996)
    api, outbox, waits = Api(config), Kept(), list[float]()
    api.breaker.sleep = waits.append
    with pytest.raises(HopelessError, match="the app has used up its day; run again tomorrow"):
        AudienceDelivery(CustomerLists(Account(api), size=1), outbox).deliver(rows)
    assert outbox.states == {"m0": "accepted", "m1": "unknown"}
    assert waits == [20.0, 20.0]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_change_is_repeated_after_an_outage(vendor: Pinterest, config: dict[str, Any], status: int) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    vendor.faults.add(match="PATCH .*", status=status, body="{}", times=2)
    assert deliver(config, row("ben@example.org", tags_on=["gold"])).states == {"ben": "accepted"}


def test_a_list_is_not_made_twice_where_the_answer_never_came(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*/customer_lists", reset="after", times=1)
    rows = [row(f"m{number}@example.org", tags_on=["gold"]) for number in range(4)]
    outbox = deliver(config, *rows, size=2)
    assert outbox.states == {"m0": "unknown", "m1": "unknown", "m2": "accepted", "m3": "accepted"}
    assert len(within(vendor, "gold")) == 4
    assert len(vendor.audiences) == 1


def test_a_list_that_may_have_been_made_is_left_alone_until_the_next_run(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    vendor.faults.add(match="POST .*/customer_lists", status=502, body="{}", times=1)
    rows = [row(f"m{number}@example.org", tags_on=["gold"]) for number in range(4)]
    outbox = deliver(config, *rows, row("ann@example.org", tags_on=["silver"]), size=2)
    assert {key: state for key, state in outbox.states.items() if key != "ann"} == dict.fromkeys(
        ("m0", "m1", "m2", "m3"), "unknown"
    )
    assert outbox.reasons["m3"] == "nobody knows whether Pinterest made the list"
    assert lists(vendor, "gold") == []
    assert within(vendor, "silver") == {sha("ann@example.org")}
    assert set(deliver(config, *rows).states.values()) == {"accepted"}


def test_a_list_without_an_audience_gets_one_in_the_next_run(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*/audiences", status=400, body='{"code":1,"message":"no"}', times=1)
    rows = [row("ann@example.org", tags_on=["gold"]), row("ben@example.org", tags_on=["silver"])]
    outbox = deliver(config, *rows)
    assert outbox.states == {"ann": "unknown", "ben": "accepted"}
    assert outbox.reasons["ann"] == "Pinterest made no audience on the list"
    assert deliver(config, rows[0]).states == {"ann": "accepted"}
    assert {each.name for each in vendor.audiences.values()} == {"gold", "silver"}


def test_an_answer_that_never_came_leaves_the_row_unknown(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    vendor.faults.add(match="PATCH .*", reset="after", times=1)
    assert deliver(config, row("ben@example.org", tags_on=["gold"])).states == {"ben": "unknown"}
    assert sha("ben@example.org") in within(vendor, "gold")


def test_a_list_that_was_just_taken_away_stops_nothing_but_itself(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold", "silver"]))
    vendor.faults.add(match=f"PATCH .*/{lists(vendor, 'gold')[0].id}", status=404, body='{"code":404,"message":"no"}')
    outbox = deliver(config, row("ben@example.org", tags_on=["gold"]), row("cis@example.org", tags_on=["silver"]))
    assert outbox.states == {"ben": "unknown", "cis": "accepted"}
    assert outbox.reasons == {"ben": "Pinterest has no such list", "cis": ""}


def test_stops_at_once_when_the_token_is_refused(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.perform("expire_tokens", kind="access")
    with pytest.raises(HopelessError, match="HTTP 401, the key is refused"):
        deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert len(vendor.calls) == 1


def test_stops_at_once_in_somebody_elses_ad_account(config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError, match="HTTP 403"):
        deliver({**config, "ad_account_id": "123"}, row("ann@example.org", tags_on=["gold"]))
