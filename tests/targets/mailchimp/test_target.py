"""What goes over the wire to Mailchimp, and what becomes of each row."""

from __future__ import annotations

import json
import math
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.wire.outbox import Outcome, Row
from plugins.wire.retry import HopelessError
from targets.mailchimp.api import Api
from targets.mailchimp.delivery import Delivery
from tests.targets.kept import Kept, messages, start
from tests.targets.mailchimp.rows import LIST


def row(email: str, operation: Any = "add", **payload: Any) -> Row:
    return Row(email.partition("@")[0], operation, email, {"status": None, "fields": {}, "is_known": True, **payload})


def new(email: str, **payload: Any) -> Row:
    return row(email, status="subscribed", is_known=False, **payload)


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None) -> Kept:
    outbox = outbox or Kept()
    Delivery(Api(config), outbox, list_id=LIST).deliver(rows)
    return outbox


def states(outbox: Kept) -> dict[str, str]:
    return outbox.states


def status(vendor: Mailchimp, email: str) -> str | None:
    member = vendor.audience.find(email)
    return member.status if member else None


def tags(vendor: Mailchimp, email: str) -> set[str]:
    member = vendor.audience.find(email)
    assert member is not None
    return {vendor.audience.segments[key].name for key in member.tags}


def writes(vendor: Mailchimp) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if call.method == "POST"]


def test_enrols_a_new_contact_with_fields_and_tags(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, new("ann@example.org", fields={"FNAME": "Ann"}, tags_on=["gone_quiet"]))
    assert states(outbox) == {"ann": "accepted"}
    assert (status(vendor, "ann@example.org"), tags(vendor, "ann@example.org")) == ("subscribed", {"gone_quiet"})
    assert [len(call.rows) for call in outbox.calls] == [1, 1]


def test_sends_no_status_for_a_known_contact(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("known@example.org", "change", fields={"FNAME": "Kees"}, tags_on=["gold"]))
    assert states(outbox) == {"known": "accepted"}
    assert "status" not in writes(vendor)[0]["members"][0]
    assert tags(vendor, "known@example.org") == {"gold", "of_the_agency"}


def test_never_subscribes_again_who_left(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, new("left@example.org", fields={"FNAME": "Leo"}, tags_on=["gold"]))
    assert status(vendor, "left@example.org") == "unsubscribed"
    assert states(outbox) == {"left": "accepted"}
    assert [body.get("update_existing") for body in writes(vendor) if "members" in body] == [False, True]


def test_a_withdrawal_unsubscribes_and_takes_our_tags(vendor: Mailchimp, config: dict[str, Any]) -> None:
    deliver(config, row("known@example.org", tags_on=["gold"]))
    outbox = deliver(config, row("known@example.org", "remove", status="unsubscribed", tags_off=["gold"]))
    assert states(outbox) == {"known": "accepted"}
    assert status(vendor, "known@example.org") == "unsubscribed"
    assert tags(vendor, "known@example.org") == {"of_the_agency"}


def test_who_no_longer_matches_loses_the_tag_and_stays(vendor: Mailchimp, config: dict[str, Any]) -> None:
    deliver(config, row("known@example.org", tags_on=["gold"]))
    deliver(config, row("known@example.org", "remove", tags_off=["gold"]))
    assert (status(vendor, "known@example.org"), tags(vendor, "known@example.org")) == ("subscribed", {"of_the_agency"})


def test_a_removal_of_somebody_gone_is_done(config: dict[str, Any]) -> None:
    assert states(deliver(config, row("nobody@example.org", "remove", tags_off=["gold"]))) == {"nobody": "accepted"}


def test_goes_on_after_a_rejected_member(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, new("no address"), new("ann@example.org", tags_on=["gold"]))
    assert states(outbox) == {"no address": "rejected", "ann": "accepted"}
    assert "no address" not in outbox.final["no address"].reason
    assert tags(vendor, "ann@example.org") == {"gold"}


@pytest.mark.parametrize("bad", [0, 13, 31])
def test_halves_a_refused_call_until_the_bad_row_is_found(vendor: Mailchimp, config: dict[str, Any], bad: int) -> None:
    rows = [new(f"m{n:02}@example.org") for n in range(32)]
    rows[bad] = Row("bad", "add", "bad@example.org", {**rows[bad].payload, "fields": 7})
    rows[bad] = Row("bad", "add", "", rows[bad].payload | {"fields": {}})  # a blank address spoils the envelope
    outbox = deliver(config, *rows)
    assert states(outbox) == {row.key: "rejected" if row.key == "bad" else "accepted" for row in rows}
    assert len(outbox.calls) <= 2 * math.log2(len(rows)) + 2


def test_the_same_rows_twice_change_nothing(vendor: Mailchimp, config: dict[str, Any]) -> None:
    ann = new("ann@example.org", fields={"FNAME": "Ann"}, tags_on=["gold"])
    deliver(config, ann)
    before = vendor.audience.show(vendor.audience.get("ann@example.org"))
    assert states(deliver(config, ann)) == {"ann": "accepted"}
    assert vendor.audience.show(vendor.audience.get("ann@example.org")) == before


def test_who_is_withheld_by_the_outbox_is_not_sent(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, new("ann@example.org"), new("bob@example.org"), outbox=Kept(withheld=["ann"]))
    assert states(outbox) == {"bob": "accepted"}
    assert b"ann@" not in b"".join(call.body for call in vendor.calls)


def test_decisions_about_one_address_keep_their_order(vendor: Mailchimp, config: dict[str, Any]) -> None:
    first, last = row("known@example.org", tags_on=["gold"]), row("Known@example.org", "remove", tags_off=["gold"])
    deliver(config, first, last)
    assert tags(vendor, "known@example.org") == {"of_the_agency"}


def test_an_answer_that_is_lost_is_unknown_and_not_sent_again(vendor: Mailchimp, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST", reset="after")
    outbox = deliver(config, new("ann@example.org", tags_on=["gold"]), new("bob@example.org"))
    assert states(outbox) == {"ann": "unknown", "bob": "unknown"}
    assert len(writes(vendor)) == 1


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"status": 403, "body": "<html>"}])
def test_tries_again_when_throttled(vendor: Mailchimp, config: dict[str, Any], fault: dict[str, Any]) -> None:
    vendor.faults.add(match="POST", times=2, **fault)
    assert states(deliver(config, new("ann@example.org"))) == {"ann": "accepted"}


def test_stops_at_once_when_the_key_is_refused(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = Kept()
    with pytest.raises(HopelessError, match="HTTP 401"):
        deliver({**config, "api_key": "wrong-us6"}, new("ann@example.org"), outbox=outbox)
    assert states(outbox) == {"ann": "unknown"}
    assert len(vendor.calls) == 1


def test_sends_exactly_the_bytes_that_were_fixed(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, new("ann@example.org", fields={"FNAME": "Zoë"}))
    assert [call.body for call in vendor.calls if call.method == "POST"] == [
        fixed.call.body for fixed in outbox.calls if fixed.call
    ]


def test_runs_alone_on_a_pipe(vendor: Mailchimp, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("mailchimp", config, tmp_path)
    text = messages(new("ann@example.org", tags_on=["gold"]), new("no address")) + '{"type":"STATE","value":{"a":1}}\n'
    text += '{"type":"RECORD","stream":"changes","record":{"key":"x"}}\n'
    out, err = process.communicate(text, timeout=60)
    assert (process.returncode, out) == (0, '{"a": 1}\n')
    assert "target-mailchimp: accepted 1, rejected 2; ERROR_GENERIC email_address: 1; malformed record: 1" in err
    assert not [word for word in ("@example", "no address", vendor.api_key) if word in err]
    assert status(vendor, "ann@example.org") == "subscribed"


def test_fails_when_something_is_unknown(vendor: Mailchimp, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.faults.add(match="POST", reset="after")
    process = start("mailchimp", config, tmp_path)
    _, err = process.communicate(messages(new("ann@example.org")), timeout=60)
    assert process.returncode == 1
    assert "unknown 1" in err


def test_a_signal_lets_the_running_call_finish(vendor: Mailchimp, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.faults.add(match="POST", latency_seconds=0.5)
    process = start("mailchimp", config, tmp_path)
    assert process.stdin is not None
    process.stdin.write(messages(*(new(f"m{n}@example.org", tags_on=["gold"]) for n in range(500))))
    process.stdin.flush()
    while not vendor.connections and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert len(writes(vendor)) == 1
    assert "target-mailchimp:" in err


def test_erases_a_contact_for_good_by_its_hash_alone(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("known@example.org", "erase"))
    assert states(outbox) == {"known": "accepted"}
    assert status(vendor, "known@example.org") is None
    (call,) = [each for each in vendor.calls if each.method == "POST"]
    assert call.path.endswith("/actions/delete-permanent")
    assert (call.body, "known" in call.path) == (b"", False)


def test_whoever_is_not_there_is_erased_already(config: dict[str, Any]) -> None:
    assert states(deliver(config, row("nobody@example.org", "erase"))) == {"nobody": "accepted"}


def test_an_audience_that_is_not_there_proves_no_erasure(config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError):
        Delivery(Api(config), Kept(), list_id="another").deliver([row("known@example.org", "erase")])


def test_an_erased_address_is_refused_when_it_is_enrolled_again(vendor: Mailchimp, config: dict[str, Any]) -> None:
    deliver(config, row("known@example.org", "erase"))
    outbox = deliver(config, new("known@example.org", fields={"FNAME": "Kim"}))
    assert outbox.final["known"] == Outcome("rejected", "Forgotten Email Not Subscribed")
