"""What goes over the wire to Pinterest, who is in which list afterwards, and what becomes of each row."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.pinterest.customer_list import CustomerList
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.pinterest.account import Account
from targets.pinterest.api import Api
from targets.pinterest.lists import CustomerLists
from tests.targets.kept import Kept, messages, start

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def vendor() -> Pinterest:
    return Pinterest(retailer=EmptyRetailer(NOON))


@pytest.fixture
def config(vendor: Pinterest) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"pinterest": vendor})) as base:
        yield {
            "access_token": vendor.access_token, "ad_account_id": vendor.ad_account_id,
            "api_url": f"{base}/pinterest/v5", "max_tries": 3, "backoff_seconds": 0.0, "timeout_seconds": 5,
        }  # fmt: skip


def row(email: str, operation: Any = "add", key: str = "", **payload: Any) -> Row:
    return Row(key or email.partition("@")[0], operation, email, {"fields": {}, **payload})


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, size: int = 10_000) -> Kept:
    outbox = outbox or Kept()
    AudienceDelivery(CustomerLists(Account(Api(config)), size=size), outbox).deliver(rows)
    return outbox


def lists(vendor: Pinterest, name: str) -> list[CustomerList]:
    return [each for each in vendor.customer_lists.values() if each.name == name]


def within(vendor: Pinterest, name: str) -> set[str]:
    """Return the hashes by which people of a list are found."""
    (found,) = lists(vendor, name)
    return found.members


def uploads(vendor: Pinterest) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if b"records" in call.body]


def asked(vendor: Pinterest, method: str, path: str) -> int:
    return sum(call.method == method and call.path.endswith(path) for call in vendor.calls)


def test_the_first_people_make_the_list_and_an_audience_on_top_of_it(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("Ann@Example.org ", tags_on=["gold"]), row("ben@example.org", tags_on=["gold"]))
    assert set(outbox.states.values()) == {"accepted"}
    ann, ben = sha("ann@example.org"), sha("ben@example.org")
    assert within(vendor, "gold") == {ann, ben}
    assert uploads(vendor) == [{"name": "gold", "list_type": "EMAIL", "records": f"{ann},{ben}"}]
    (audience,) = vendor.audiences.values()
    assert (audience.name, audience.rule) == ("gold", {"customer_list_id": lists(vendor, "gold")[0].id})


def test_a_list_that_is_there_is_found_by_its_name_in_each_run(vendor: Pinterest, config: dict[str, Any]) -> None:
    for number in range(300):
        deliver_one = {"name": f"list {number}", "records": sha("x@example.org")}
        made = CustomerList(str(643 + number), vendor.ad_account_id, deliver_one["name"], "EMAIL", NOON, NOON)
        vendor.customer_lists[made.id] = made
    deliver(config, row("ann@example.org", tags_on=["list 299"]))
    deliver(config, row("ben@example.org", tags_on=["list 299"]))
    assert within(vendor, "list 299") == {sha("ann@example.org"), sha("ben@example.org")}
    assert len(vendor.customer_lists) == 300
    assert len(vendor.audiences) == 1


def test_no_address_of_anybody_goes_over_the_wire(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"], fields={"phone": "+31612345678", "last_name": "Jansen"}))
    sent = b"".join(call.body + call.query.encode() for call in vendor.calls).lower()
    assert not [each for each in (b"ann@", b"example.org", b"31612345678", b"jansen") if each in sent]


def test_the_version_of_the_rule_is_kept_with_what_was_sent(config: dict[str, Any]) -> None:
    outbox = deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert json.loads(outbox.calls[-1].call.sent["ann"]) == {"v": "pinterest-1", "EMAIL": sha("ann@example.org")}


def test_d11_goes_out_under_what_was_sent_whatever_is_made_of_it_now(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("ann@example.org", tags_on=["gold"]))
    sent = outbox.calls[-1].call.sent["ann"]
    old = json.dumps({"v": "pinterest-0", "EMAIL": sha("ANN@EXAMPLE.ORG")})
    within(vendor, "gold").add(sha("ANN@EXAMPLE.ORG"))
    deliver(config, row("ann@example.org", "remove", tags_off=["gold"], sent=[sent, old]))
    assert within(vendor, "gold") == set()


def test_a_new_rule_takes_out_what_the_old_one_sent(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, row("ben@example.org", tags_on=["gold"]))
    old = json.dumps({"v": "pinterest-0", "EMAIL": sha("ANN@EXAMPLE.ORG")})
    within(vendor, "gold").add(sha("ANN@EXAMPLE.ORG"))
    changed = row("ann@example.org", "change", tags_on=["gold"], sent=[old])
    assert deliver(config, changed).states == {"ann": "accepted"}
    assert within(vendor, "gold") == {sha("ann@example.org"), sha("ben@example.org")}


def test_changes_from_one_list_to_another(vendor: Pinterest, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"]))
    sent = first.calls[-1].call.sent["ann"]
    moved = row("ann@example.org", "change", tags_on=["silver"], tags_off=["gold"], sent=[sent])
    assert deliver(config, moved).states == {"ann": "accepted"}
    assert (within(vendor, "gold"), within(vendor, "silver")) == (set(), {sha("ann@example.org")})


def test_forgets_somebody_in_every_list_also_one_that_has_the_name_of_another(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    ann, ben = row("ann@example.org", tags_on=["gold", "silver"]), row("ben@example.org", tags_on=["gold"])
    sent = deliver(config, ann, ben).calls[0].call.sent["ann"]
    twin = CustomerList("999", vendor.ad_account_id, "gold", "EMAIL", NOON, NOON, members={sha("ann@example.org")})
    vendor.customer_lists[twin.id] = twin
    audiences = len(vendor.audiences)
    assert deliver(config, row("ann@example.org", "erase", sent=[sent])).states == {"ann": "accepted"}
    assert [each.members for each in vendor.customer_lists.values()] == [{sha("ben@example.org")}, set(), set()]
    assert len(vendor.audiences) == audiences


def test_who_leaves_a_list_that_is_not_there_is_out_and_no_list_is_made(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    sent = json.dumps({"v": "pinterest-1", "EMAIL": sha("ann@example.org")})
    assert deliver(config, row("ann@example.org", "remove", tags_off=["gold"], sent=[sent])).states == {
        "ann": "accepted"
    }
    assert vendor.customer_lists == {}
    assert uploads(vendor) == []


def test_forgetting_in_an_account_without_lists_needs_no_call(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("ann@example.org", "erase"))
    assert outbox.states == {"ann": "accepted"}
    assert uploads(vendor) == []


def test_the_same_rows_twice_change_nothing(vendor: Pinterest, config: dict[str, Any]) -> None:
    rows = [row(f"m{number}@example.org", tags_on=["gold"]) for number in range(5)]
    deliver(config, *rows)
    before = set(within(vendor, "gold"))
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert within(vendor, "gold") == before
    assert (len(vendor.customer_lists), len(vendor.audiences)) == (1, 1)


def test_as_many_go_into_a_call_as_the_setting_says(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, *(row(f"m{number}@example.org", tags_on=["gold"]) for number in range(25)), size=10)
    assert [len(each.rows) for each in outbox.calls] == [10, 10, 5]
    assert [each.call.method for each in outbox.calls] == ["POST", "PATCH", "PATCH"]
    assert len(within(vendor, "gold")) == 25


def test_waits_for_the_first_row_of_an_address_before_the_second(vendor: Pinterest, config: dict[str, Any]) -> None:
    rows = [row("ann@example.org", tags_on=["gold"]), row("ann@example.org", "remove", "later", tags_off=["gold"])]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert within(vendor, "gold") == set()


def test_who_may_not_go_any_more_does_not_go(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = Kept(withheld=["ann"])
    deliver(config, row("ann@example.org", tags_on=["gold"]), row("ben@example.org", tags_on=["gold"]), outbox=outbox)
    assert within(vendor, "gold") == {sha("ben@example.org")}


def test_where_nobody_may_go_no_list_is_made(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]), outbox=Kept(withheld=["ann"]))
    assert vendor.customer_lists == {}


def test_who_has_nothing_to_be_found_by_is_rejected(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("no address", tags_on=["gold"]))
    assert outbox.states == {"no address": "rejected"}
    assert uploads(vendor) == []


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
    waits: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("plugins.wire.sending.time.sleep", waits.append)
        outbox = deliver(config, row("ben@example.org", tags_on=["gold"]))
    assert outbox.states == {"ben": "accepted"}
    assert waits == [20.0]


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


def test_runs_alone_on_a_pipe(vendor: Pinterest, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("pinterest", {**config, "records_per_call": 1}, tmp_path)
    rows = [row("ann@example.org", tags_on=["gold"]), row("ben@example.org", tags_on=["gold"])]
    _, said = process.communicate(messages(*rows), timeout=60)
    assert process.returncode == 0, said
    assert "target-pinterest: accepted 2" in said
    assert within(vendor, "gold") == {sha("ann@example.org"), sha("ben@example.org")}
    assert asked(vendor, "POST", "/customer_lists") == 1
    assert "ann@" not in said
    assert vendor.access_token not in said
