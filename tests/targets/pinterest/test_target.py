"""What goes over the wire to Pinterest, who is in which list afterwards, and what becomes of each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.pinterest.customer_list import CustomerList
from tests.targets.kept import Kept, messages, start
from tests.targets.pinterest.stage import NOON, asked, deliver, lists, row, sha, uploads, within


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
        made = CustomerList(str(643 + number), vendor.ad_account_id, f"list {number}", "EMAIL", NOON, NOON)
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
