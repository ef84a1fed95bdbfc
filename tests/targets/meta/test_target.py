"""What goes over the wire to Meta, who is in which audience afterwards, and what becomes of each row."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.meta import Meta
from plugins.sandbox.meta.audience import Audience
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.meta.api import Api
from targets.meta.audiences import CustomAudiences
from tests.targets.kept import Kept, messages, start
from tests.targets.meta.stage import sha


def row(email: str, operation: Any = "add", key: str = "", **payload: Any) -> Row:
    return Row(key or email.partition("@")[0], operation, email, {"fields": {}, **payload})


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, size: int = 10_000) -> Kept:
    outbox = outbox or Kept()
    AudienceDelivery(CustomAudiences(Api(config), size=size), outbox).deliver(rows)
    return outbox


def within(vendor: Meta, name: str) -> set[str]:
    """Return the hashes by which people of an audience are found."""
    (audience,) = (each for each in vendor.every(Audience) if each.name == name)
    return set(audience.members.found)


def uploads(vendor: Meta) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if call.method == "POST" and b"payload" in call.body]


def test_brings_people_into_an_audience_that_it_makes(vendor: Meta, config: dict[str, Any]) -> None:
    ann = row("Ann@Example.org ", tags_on=["gold"], fields={"phone": "+31612345678", "first_name": "Ann", "city": None})
    outbox = deliver(config, ann, row("ben@example.org", tags_on=["gold"]))
    assert set(outbox.states.values()) == {"accepted"}
    assert {sha(each) for each in ("ann@example.org", "31612345678", "ben@example.org")} <= within(vendor, "gold")
    (body,) = uploads(vendor)
    assert body["payload"]["schema"] == ["EMAIL", "PHONE", "FN"]
    assert body["payload"]["data"][1] == [sha("ben@example.org"), "", ""]


def test_no_address_of_anybody_goes_over_the_wire(vendor: Meta, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"], fields={"phone": "+31612345678", "last_name": "Jansen"}))
    sent = b"".join(call.body + call.query.encode() for call in vendor.calls).lower()
    assert not [each for each in (b"ann@", b"example.org", b"31612345678", b"jansen") if each in sent]


def test_d11_goes_out_under_what_was_sent_whatever_is_made_of_it_now(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("ann@example.org", tags_on=["gold"]))
    sent = outbox.calls[-1].call.sent["ann"]
    old = json.dumps({"v": "meta-0", "EMAIL": sha("ANN@EXAMPLE.ORG")})
    vendor_audience = next(each for each in vendor.every(Audience) if each.name == "gold")
    vendor_audience.members.add([(sha("ANN@EXAMPLE.ORG"),)])
    deliver(config, row("ann@example.org", "remove", tags_off=["gold"], sent=[sent, old]))
    assert within(vendor, "gold") == set()


def test_another_number_replaces_the_one_that_was_sent(vendor: Meta, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"], fields={"phone": "+31612345678"}))
    sent = first.calls[-1].call.sent["ann"]
    second = row("ann@example.org", "change", tags_on=["gold"], fields={"phone": "+31687654321"}, sent=[sent])
    assert deliver(config, second).states == {"ann": "accepted"}
    assert within(vendor, "gold") == {sha("ann@example.org"), sha("31687654321")}


def test_changes_from_one_audience_to_another(vendor: Meta, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"]))
    sent = first.calls[-1].call.sent["ann"]
    moved = row("ann@example.org", "change", tags_on=["silver"], tags_off=["gold"], sent=[sent])
    assert deliver(config, moved).states == {"ann": "accepted"}
    assert (within(vendor, "gold"), within(vendor, "silver")) == (set(), {sha("ann@example.org")})


def test_forgets_somebody_in_every_audience(vendor: Meta, config: dict[str, Any]) -> None:
    first = deliver(
        config, row("ann@example.org", tags_on=["gold", "silver"]), row("ben@example.org", tags_on=["gold"])
    )
    sent = first.calls[0].call.sent["ann"]
    assert deliver(config, row("ann@example.org", "erase", sent=[sent])).states == {"ann": "accepted"}
    assert (within(vendor, "gold"), within(vendor, "silver")) == ({sha("ben@example.org")}, set())


def test_the_same_rows_twice_change_nothing(vendor: Meta, config: dict[str, Any]) -> None:
    rows = [row(f"m{number}@example.org", tags_on=["gold"]) for number in range(5)]
    deliver(config, *rows)
    before = within(vendor, "gold")
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert within(vendor, "gold") == before
    assert len(list(vendor.every(Audience))) == 1


def test_takes_as_few_calls_as_meta_allows(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = deliver(config, *(row(f"m{number}@example.org", tags_on=["gold"]) for number in range(25)), size=10)
    assert [len(each.rows) for each in outbox.calls] == [10, 10, 5]


def test_waits_for_the_first_row_of_an_address_before_the_second(vendor: Meta, config: dict[str, Any]) -> None:
    rows = [row("ann@example.org", tags_on=["gold"]), row("ann@example.org", "remove", "later", tags_off=["gold"])]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert within(vendor, "gold") == set()


def test_who_may_not_go_any_more_does_not_go(vendor: Meta, config: dict[str, Any]) -> None:
    outbox = Kept(withheld=["ann"])
    deliver(config, row("ann@example.org", tags_on=["gold"]), row("ben@example.org", tags_on=["gold"]), outbox=outbox)
    assert within(vendor, "gold") == {sha("ben@example.org")}


@pytest.mark.parametrize("bad", [0, 13, 31])
def test_halves_a_refused_call_until_the_bad_row_is_found(vendor: Meta, config: dict[str, Any], bad: int) -> None:
    rows = [row(f"m{number:02}@example.org", tags_on=["gold"]) for number in range(32)]
    spoilt = _Spoilt(config, sha(f"m{bad:02}@example.org"))
    outbox = Kept()
    AudienceDelivery(spoilt, outbox).deliver(rows)
    assert outbox.states == {each.key: "rejected" if each.key == f"m{bad:02}" else "accepted" for each in rows}
    assert len(outbox.calls) <= 2 * math.log2(len(rows)) + 2


class _Spoilt(CustomAudiences):
    """Writes one person in a way that Meta refuses with the whole call."""

    def __init__(self, config: Mapping[str, Any], who: str) -> None:
        super().__init__(Api(config))
        self.who = who

    def call(self, step: Any, entries: Any) -> Any:
        made = super().call(step, entries)
        return type(made)(made.method, made.path, made.body.replace(f'["{self.who}"]'.encode(), b'["x","y"]'))


def test_an_identifier_that_meta_cannot_read_is_rejected_and_the_rest_goes_on(config: dict[str, Any]) -> None:
    garbled = _Garbled(config, sha("ben@example.org"))
    outbox = Kept()
    rows = [row(f"{name}@example.org", tags_on=["gold"]) for name in ("ann", "ben", "cis")]
    AudienceDelivery(garbled, outbox).deliver(rows)
    assert outbox.states == {"ann": "accepted", "ben": "rejected", "cis": "accepted"}
    assert outbox.reasons["ben"] == "an identifier that Meta cannot read"


class _Garbled(_Spoilt):
    """Writes one person as something that is no hash."""

    def known(self, row: Row) -> str | None:
        known = super().known(row)
        return known.replace(self.who, "no hash") if known else None

    def call(self, step: Any, entries: Any) -> Any:
        return CustomAudiences.call(self, step, entries)


def test_a_flagged_audience_stops_nothing_but_itself(vendor: Meta, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold", "silver"]))
    gold = next(each for each in vendor.every(Audience) if each.name == "gold")
    vendor.perform("flag_audience", audience_id=gold.id)
    outbox = deliver(
        config, row("ben@example.org", tags_on=["gold", "silver"]), row("cis@example.org", tags_on=["silver"])
    )
    assert outbox.states == {"ben": "unknown", "cis": "accepted"}
    assert outbox.reasons["ben"] == "Meta has flagged the audience"
    assert {key: each.audience for key, each in outbox.final.items()} == {"ben": "gold", "cis": ""}
    assert sha("ben@example.org") in within(vendor, "silver")


def test_blocked_uploads_are_not_tried_row_by_row(vendor: Meta, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold", "silver"]))
    gold = next(each for each in vendor.every(Audience) if each.name == "gold")
    vendor.perform("block_uploads", audience_id=gold.id)
    before = len(uploads(vendor))
    outbox = deliver(config, *(row(f"m{number}@example.org", tags_on=["gold", "silver"]) for number in range(40)))
    assert set(outbox.states.values()) == {"unknown"}
    assert len(uploads(vendor)) == before + 2
    assert sha("m7@example.org") in within(vendor, "silver")


def test_stops_at_once_when_the_token_is_refused(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.perform("expire_token", token="system")
    with pytest.raises(HopelessError, match="190/463, the token is refused"):
        deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert len(vendor.calls) == 1


def test_takes_nobody_anywhere_before_the_terms_are_accepted(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.perform("withdraw_terms")
    with pytest.raises(HopelessError, match="has not accepted Meta's terms"):
        deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert uploads(vendor) == []


def test_proves_the_app_where_it_asks_for_it(vendor: Meta, config: dict[str, Any]) -> None:
    vendor.demands_proof = True
    proving = {**config, "app_secret": vendor.app_secret}
    assert deliver(proving, row("ann@example.org", tags_on=["gold"])).states == {"ann": "accepted"}
    with pytest.raises(HopelessError):
        deliver({**config, "app_secret": "another"}, row("ben@example.org", tags_on=["gold"]))


def test_too_many_calls_come_as_400_and_are_tried_again(vendor: Meta, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    throttled = {"error": {"message": "limit", "type": "OAuthException", "code": 80003, "fbtrace_id": "A"}}
    vendor.faults.add(match="POST .*/users", status=400, body=json.dumps(throttled), times=1)
    waits: list[float] = []
    api = Api(config)
    api.breaker.sleep = waits.append
    outbox = Kept()
    AudienceDelivery(CustomAudiences(api), outbox).deliver([row("ben@example.org", tags_on=["gold"])])
    assert outbox.states == {"ben": "accepted"}
    assert waits == [60.0]


def test_an_answer_that_never_came_leaves_the_row_unknown(vendor: Meta, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    vendor.faults.add(match="POST .*/users", reset="after", times=1)
    outbox = deliver(config, row("ben@example.org", tags_on=["gold"]))
    assert outbox.states == {"ben": "unknown"}
    assert sha("ben@example.org") in within(vendor, "gold")


def test_runs_alone_on_a_pipe(vendor: Meta, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("meta", config, tmp_path)
    _, said = process.communicate(messages(row("ann@example.org", tags_on=["gold"])), timeout=60)
    assert process.returncode == 0
    assert "target-meta: accepted 1" in said
    assert within(vendor, "gold") == {sha("ann@example.org")}
    assert "ann@" not in said
    assert vendor.access_token not in said
