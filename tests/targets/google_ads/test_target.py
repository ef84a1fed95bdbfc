"""What goes over the wire to Google, who is in which list afterwards, and what becomes of each row."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.google_ads.user_list import UserList
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from targets.google_ads.api import Api
from targets.google_ads.user_lists import UserLists
from tests.targets.kept import Kept, messages, start

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = {"first_name": "Ann", "last_name": "de Vries", "postcode": "1012 AB", "country": "nl"}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def row(email: str, operation: Any = "add", key: str = "", **payload: Any) -> Row:
    return Row(key or email.partition("@")[0], operation, email, {"fields": {}, **payload})


def delivery(config: Mapping[str, Any], outbox: Kept, **lists: Any) -> AudienceDelivery:
    return AudienceDelivery(UserLists(Api(config), **lists), outbox, sleep=lambda _seconds: None)


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, **lists: Any) -> Kept:
    """Deliver rows, and ask what became of them."""
    outbox = outbox or Kept()
    carrier = delivery(config, outbox, **lists)
    carrier.deliver(rows)
    carrier.settle()
    return outbox


def found(vendor: GoogleAds, name: str) -> UserList:
    (one,) = (each for each in vendor.lists.values() if each.name == name)
    return one


def within(vendor: GoogleAds, name: str) -> set[str]:
    """Return the values by which people of a list are found."""
    return set(found(vendor, name).members)


def uploads(vendor: GoogleAds, verb: str = "") -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if f"audienceMembers:{verb}" in call.path]


def sent(outbox: Kept, key: str = "ann") -> str:
    """Return under which identifiers somebody went in."""
    return next(each.call.sent[key] for each in outbox.calls if each.call and key in each.call.sent)


def test_brings_people_into_a_list_that_it_makes(vendor: GoogleAds, config: dict[str, Any]) -> None:
    ann = row("A.nn+club@gmail.com ", tags_on=["gold"], key="ann", fields={"phone": "+31612345678", **HOME})
    outbox = deliver(config, ann, row("ben@example.org", tags_on=["gold"]))
    assert outbox.states == {"ann": "accepted", "ben": "accepted"}
    home = f"{sha('ann')} {sha('de vries')} NL 1012 AB"
    assert within(vendor, "gold") == {sha("ann@gmail.com"), sha("+31612345678"), home, sha("ben@example.org")}
    assert found(vendor, "gold").duration.days == 540
    (body,) = uploads(vendor)
    assert body["audienceMembers"][1]["userData"] == {"userIdentifiers": [{"emailAddress": sha("ben@example.org")}]}
    assert body["encoding"] == "HEX"


@pytest.mark.parametrize("lacking", ["first_name", "last_name", "postcode", "country", "land"])
def test_an_address_goes_with_all_four_parts_or_not_at_all(
    vendor: GoogleAds, config: dict[str, Any], lacking: str
) -> None:
    home = {**HOME, "country": "Nederland"} if lacking == "land" else {**HOME, lacking: None}
    assert deliver(config, row("ann@example.org", tags_on=["gold"], fields=home)).states == {"ann": "accepted"}
    assert within(vendor, "gold") == {sha("ann@example.org")}


def test_no_address_or_name_of_anybody_goes_over_the_wire(vendor: GoogleAds, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"], fields={"phone": "+31612345678", **HOME}))
    wire = b"".join(call.body + call.query.encode() for call in vendor.calls).lower()
    assert not [each for each in (b"ann@", b"example.org", b"31612345678", b"vries") if each in wire]


def test_several_lists_go_in_one_call(vendor: GoogleAds, config: dict[str, Any]) -> None:
    rows = [row("ann@example.org", tags_on=["gold", "silver"]), row("ben@example.org", tags_on=["silver", "tin"])]
    outbox = deliver(config, *rows)
    assert len(outbox.calls) == 1
    assert within(vendor, "gold") == {sha("ann@example.org")}
    assert within(vendor, "silver") == {sha("ann@example.org"), sha("ben@example.org")}
    assert within(vendor, "tin") == {sha("ben@example.org")}


def test_more_than_ten_lists_go_in_as_many_calls_as_needed(vendor: GoogleAds, config: dict[str, Any]) -> None:
    names = [f"list {number:02}" for number in range(13)]
    outbox = deliver(config, row("ann@example.org", tags_on=names))
    assert [len(body["destinations"]) for body in uploads(vendor)] == [10, 3]
    assert outbox.states == {"ann": "accepted"}
    assert all(within(vendor, name) == {sha("ann@example.org")} for name in names)


def test_d11_goes_out_under_what_was_sent_whatever_is_made_of_it_now(vendor: GoogleAds, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"]))
    old = json.dumps({"v": "google-0", "emailAddress": sha("ANN@EXAMPLE.ORG")})
    found(vendor, "gold").add([sha("ANN@EXAMPLE.ORG")], NOON)
    deliver(config, row("ann@example.org", "remove", tags_off=["gold"], sent=[sent(first), old]))
    assert within(vendor, "gold") == set()


def test_another_number_replaces_the_one_that_was_sent(vendor: GoogleAds, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"], fields={"phone": "+31612345678"}))
    second = row("ann@example.org", "change", tags_on=["gold"], fields={"phone": "+31687654321"}, sent=[sent(first)])
    assert deliver(config, second).states == {"ann": "accepted"}
    assert within(vendor, "gold") == {sha("ann@example.org"), sha("+31687654321")}


def test_changes_from_one_list_to_another(vendor: GoogleAds, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"]))
    moved = row("ann@example.org", "change", tags_on=["silver"], tags_off=["gold"], sent=[sent(first)])
    assert deliver(config, moved).states == {"ann": "accepted"}
    assert (within(vendor, "gold"), within(vendor, "silver")) == (set(), {sha("ann@example.org")})


def test_forgets_somebody_in_every_list_with_all_that_was_ever_sent(vendor: GoogleAds, config: dict[str, Any]) -> None:
    both = {"phone": "+31612345678", **HOME}
    first = deliver(
        config,
        row("ann@example.org", tags_on=["gold", "silver"], fields=both),
        row("ben@example.org", tags_on=["gold"]),
    )
    assert deliver(config, row("ann@example.org", "erase", sent=[sent(first)])).states == {"ann": "accepted"}
    assert (within(vendor, "gold"), within(vendor, "silver")) == ({sha("ben@example.org")}, set())


def test_the_same_rows_twice_change_nothing(vendor: GoogleAds, config: dict[str, Any]) -> None:
    rows = [row(f"m{number}@example.org", tags_on=["gold"]) for number in range(5)]
    deliver(config, *rows)
    before = within(vendor, "gold")
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert (within(vendor, "gold"), len(vendor.lists)) == (before, 1)


def test_takes_as_few_calls_as_google_allows(config: dict[str, Any]) -> None:
    outbox = deliver(config, *(row(f"m{number}@example.org", tags_on=["gold"]) for number in range(25)), size=10)
    assert [len(each.rows) for each in outbox.calls] == [10, 10, 5]


def test_waits_for_the_first_row_of_an_address_before_the_second(vendor: GoogleAds, config: dict[str, Any]) -> None:
    rows = [row("ann@example.org", tags_on=["gold"]), row("ann@example.org", "remove", "later", tags_off=["gold"])]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert within(vendor, "gold") == set()


def test_who_may_not_go_any_more_does_not_go(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept(withheld=["ann"])
    deliver(config, row("ann@example.org", tags_on=["gold"]), row("ben@example.org", tags_on=["gold"]), outbox=outbox)
    assert within(vendor, "gold") == {sha("ben@example.org")}


def test_who_has_nothing_to_be_found_by_is_rejected_without_a_call(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = deliver(config, row("nobody", tags_on=["gold"]))
    assert outbox.reasons == {"nobody": "nothing to be found by"}
    assert vendor.calls == []


@pytest.mark.parametrize("bad", [0, 13, 31])
def test_halves_a_refused_call_until_the_bad_row_is_found(config: dict[str, Any], bad: int) -> None:
    rows = [row(f"m{number:02}@example.org", tags_on=["gold"]) for number in range(32)]
    outbox = Kept()
    carrier = AudienceDelivery(_Spoilt(config, sha(f"m{bad:02}@example.org")), outbox, sleep=lambda _seconds: None)
    carrier.deliver(rows)
    carrier.settle()
    assert outbox.states == {each.key: "rejected" if each.key == f"m{bad:02}" else "accepted" for each in rows}
    assert outbox.reasons[f"m{bad:02}"] == "HTTP 400 INVALID_HEX_ENCODING"
    assert len(outbox.calls) <= 2 * math.log2(len(rows)) + 2


class _Spoilt(UserLists):
    """Writes one person in a way that Google refuses with the whole call."""

    def __init__(self, config: Mapping[str, Any], who: str) -> None:
        super().__init__(Api(config))
        self.who = who

    def call(self, step: Any, entries: Any) -> Any:
        made = super().call(step, entries)
        return type(made)(made.method, made.path, made.body.replace(self.who.encode(), b"no hash"))


def test_staged_until_google_has_done_it(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept()
    carrier = delivery(config, outbox)
    carrier.deliver([row("ann@example.org", tags_on=["gold"])])
    assert outbox.states == {"ann": "staged"}
    assert within(vendor, "gold") == set()
    carrier.settle()
    assert outbox.states == {"ann": "accepted"}
    assert carrier.counts["accepted"] == 1


def test_what_google_fails_later_is_rejected_with_its_reason(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("fail_next", reason="PROCESSING_ERROR_REASON_DENIED_CONSENT")
    outbox = deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert outbox.states == {"ann": "rejected"}
    assert outbox.reasons["ann"] == "Google took nobody: 1 DENIED_CONSENT"


def test_a_failure_of_googles_own_leaves_the_row_to_the_next_plan(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("fail_next")
    outbox = deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert outbox.states == {"ann": "unknown"}
    assert outbox.reasons["ann"] == "Google did not do all of it: 1 INTERNAL_ERROR"


def test_what_google_took_in_part_is_accepted_and_counted(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("drop_next", count="2", reason="PROCESSING_ERROR_REASON_INVALID_FORMAT")
    outbox = deliver(config, *(row(f"m{number}@example.org", tags_on=["gold"]) for number in range(5)))
    assert set(outbox.states.values()) == {"accepted"}
    assert set(outbox.reasons.values()) == {"Google did not take all: 2 INVALID_FORMAT"}


def test_who_may_have_been_left_behind_is_taken_out_again(vendor: GoogleAds, config: dict[str, Any]) -> None:
    first = deliver(config, *(row(f"{name}@example.org", tags_on=["gold"]) for name in ("ann", "ben")))
    leaving = [
        row(f"{name}@example.org", "remove", tags_off=["gold"], sent=[sent(first, name)]) for name in ("ann", "ben")
    ]
    vendor.perform("drop_next", count="1")
    assert set(deliver(config, *leaving).states.values()) == {"unknown"}
    assert set(deliver(config, *leaving).states.values()) == {"accepted"}
    assert within(vendor, "gold") == set()


def test_a_request_that_fails_for_one_list_only_is_unknown(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept()
    carrier = delivery(config, outbox)
    carrier.deliver([row("ann@example.org", tags_on=["gold", "silver"])])
    del vendor.lists[found(vendor, "silver").id]
    carrier.settle()
    assert outbox.states == {"ann": "unknown"}
    assert within(vendor, "gold") == {sha("ann@example.org")}


def test_the_next_run_settles_what_an_earlier_one_left(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("slow_down", polls="9")
    outbox = deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert outbox.states == {"ann": "staged"}
    carrier = delivery(config, outbox)
    carrier.deliver([])
    carrier.settle()
    assert outbox.states == {"ann": "accepted"}


def test_what_google_forgot_is_unknown(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept()
    carrier = delivery(config, outbox)
    carrier.deliver([row("ann@example.org", tags_on=["gold"])])
    vendor.perform("forget_requests")
    carrier.settle()
    assert outbox.states == {"ann": "unknown"}
    assert outbox.reasons["ann"] == "Google does not know the request any more"


def test_a_request_that_cannot_be_asked_for_now_stays_staged(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.faults.add(match="GET .*requestStatus", status=503, times=100)
    assert deliver(config, row("ann@example.org", tags_on=["gold"])).states == {"ann": "staged"}


def test_a_row_of_several_calls_waits_for_the_last_of_them(vendor: GoogleAds, config: dict[str, Any]) -> None:
    first = deliver(config, row("ann@example.org", tags_on=["gold"]))
    outbox = Kept()
    carrier = delivery(config, outbox)
    moved = row("ann@example.org", "change", tags_on=["silver"], tags_off=["gold"], sent=[sent(first)])
    vendor.perform("fail_next", reason="PROCESSING_ERROR_REASON_INVALID_FORMAT")
    carrier.deliver([moved])
    assert outbox.states == {"ann": "staged"}
    carrier.settle()
    assert outbox.states == {"ann": "rejected"}
    assert within(vendor, "gold") == {sha("ann@example.org")}


def made(vendor: GoogleAds, name: str, kind: str, list_id: str = "77") -> None:
    told = {"displayName": name, "membershipDuration": "86400s", "ingestedUserListInfo": {"uploadKeyTypes": [kind]}}
    vendor.lists[list_id] = UserList(list_id, "accountTypes/GOOGLE_ADS/accounts/1234567890", told)


def test_a_list_of_another_kind_stops_nothing_but_itself(vendor: GoogleAds, config: dict[str, Any]) -> None:
    made(vendor, "gold", "USER_ID")
    rows = [row("ann@example.org", tags_on=["gold", "silver"]), row("ben@example.org", tags_on=["silver"])]
    outbox = deliver(config, *rows, row("cis@example.org", tags_on=["gold"]))
    assert outbox.states == {"ann": "unknown", "ben": "accepted", "cis": "unknown"}
    assert outbox.reasons["ann"] == "a user list of that name takes another kind of identifier"
    assert within(vendor, "silver") == {sha("ann@example.org"), sha("ben@example.org")}
    assert within(vendor, "gold") == set()


def test_a_list_that_goes_meanwhile_is_not_tried_row_by_row(vendor: GoogleAds, config: dict[str, Any]) -> None:
    lists = UserLists(Api(config))
    outbox = Kept()
    carrier = AudienceDelivery(lists, outbox, sleep=lambda _seconds: None)
    carrier.deliver([row("ann@example.org", tags_on=["gold"])])
    vendor.lists.clear()
    before = len(uploads(vendor))
    carrier.deliver([row(f"m{number}@example.org", tags_on=["gold"]) for number in range(40)])
    assert len(uploads(vendor)) == before + 1
    assert outbox.reasons["m7"] == "the user list is not there any more"


def test_finds_its_lists_on_every_page(vendor: GoogleAds, config: dict[str, Any]) -> None:
    for number in range(1002):
        made(vendor, f"list {number}", "CONTACT_ID", str(number + 1))
    assert deliver(config, row("ann@example.org", tags_on=["list 0", "list 1001"])).states == {"ann": "accepted"}
    assert len(vendor.lists) == 1002
    assert within(vendor, "list 1001") == {sha("ann@example.org")}


def test_keeps_people_as_long_as_is_set(vendor: GoogleAds, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]), days=30)
    assert found(vendor, "gold").duration.days == 30


def tokens(vendor: GoogleAds) -> int:
    return sum(call.path == "/token" for call in vendor.calls)


def test_one_token_serves_a_whole_run(vendor: GoogleAds, config: dict[str, Any]) -> None:
    deliver(config, *(row(f"m{number}@example.org", tags_on=["gold"]) for number in range(25)), size=5)
    assert tokens(vendor) == 1


def test_a_token_that_ends_early_is_renewed_once(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept()
    carrier = delivery(config, outbox)
    carrier.deliver([row("ann@example.org", tags_on=["gold"])])
    vendor.perform("expire_tokens")
    carrier.settle()
    assert (outbox.states, tokens(vendor)) == ({"ann": "accepted"}, 2)


def test_a_token_is_renewed_before_it_ends(vendor: GoogleAds, config: dict[str, Any]) -> None:
    now = [0.0]
    api = Api(config)
    api.access.clock = lambda: now[0]
    carrier = AudienceDelivery(UserLists(api), Kept(), sleep=lambda _seconds: None)
    carrier.deliver([row("ann@example.org", tags_on=["gold"])])
    now[0] = 3540.0
    carrier.settle()
    assert tokens(vendor) == 2
    assert not [call for call in vendor.calls if call.status == 401]


def test_stops_when_the_new_token_is_refused_too(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.faults.add(match="GET .*userLists", status=401, times=2)
    with pytest.raises(HopelessError, match="HTTP 401, the access token is refused"):
        deliver(config, row("ann@example.org", tags_on=["gold"]))
    assert uploads(vendor) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"refresh_token": "1//other"}, "invalid_grant, the refresh token has ended"),
        ({"client_secret": "other"}, "invalid_client, the client is not known"),
        ({"customer_id": "999-999-9999"}, "HTTP 403 PERMISSION_DENIED, no right to it"),
        ({"login_customer_id": "999"}, "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH; check customer_id"),
        ({"login_customer_id": ""}, "HTTP 403 PERMISSION_DENIED, no right to it"),
    ],
)
def test_stops_at_once_when_the_credentials_are_wrong(
    vendor: GoogleAds, config: dict[str, Any], wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(HopelessError, match=said) as stopped:
        deliver({**config, **wrong}, row("ann@example.org", tags_on=["gold"]))
    assert not [each for each in (*wrong.values(), config["client_secret"]) if each and each in str(stopped.value)]
    assert uploads(vendor) == []


def test_numbers_of_accounts_may_have_dashes(config: dict[str, Any]) -> None:
    dashed = {**config, "customer_id": "123-456-7890", "login_customer_id": "555-000-0000"}
    assert deliver(dashed, row("ann@example.org", tags_on=["gold"])).states == {"ann": "accepted"}


def test_stops_before_the_terms_are_accepted(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("withdraw_terms")
    with pytest.raises(HopelessError, match="accept the terms of Customer Match"):
        deliver(config, row("ann@example.org", tags_on=["gold"]))


def test_a_used_up_minute_is_waited_for(vendor: GoogleAds, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    vendor.perform("use_up", quota="IngestionWrite")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        vendor.quotas.used_up_until.clear()

    api, outbox = Api(config), Kept()
    api.breaker.sleep = wait
    carrier = AudienceDelivery(UserLists(api), outbox, sleep=lambda _seconds: None)
    carrier.deliver([row("ben@example.org", tags_on=["gold"])])
    carrier.settle()
    assert outbox.states == {"ben": "accepted"}
    assert waits == [60.0]


def test_a_used_up_day_is_not_waited_for(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("use_up", quota="IngestionWrite", period="day")
    outbox = Kept()
    with pytest.raises(HopelessError, match="the quota of the day is used up"):
        deliver(config, row("ann@example.org", tags_on=["gold"]), outbox=outbox)
    assert outbox.states == {"ann": "unknown"}


def test_an_answer_that_never_came_leaves_the_row_unknown(vendor: GoogleAds, config: dict[str, Any]) -> None:
    deliver(config, row("ann@example.org", tags_on=["gold"]))
    vendor.faults.add(match="POST .*:ingest", reset="after", times=1)
    assert deliver(config, row("ben@example.org", tags_on=["gold"])).states == {"ben": "unknown"}


def run(config: Mapping[str, Any], folder: Path, rows: Sequence[Row]) -> tuple[int, str]:
    process = start("google_ads", config, folder)
    _, said = process.communicate(messages(*rows), timeout=60)
    return process.returncode, said


def test_runs_alone_on_a_pipe_and_asks_what_became_of_it(
    vendor: GoogleAds, config: dict[str, Any], tmp_path: Path
) -> None:
    vendor.polls = 0
    code, said = run(config, tmp_path, [row("ann@example.org", tags_on=["gold"])])
    assert (code, within(vendor, "gold")) == (0, {sha("ann@example.org")})
    assert "target-google_ads: accepted 1, staged 1" in said
    secrets = [*vendor.tokens, config["refresh_token"], config["client_secret"], "ann@"]
    assert not [each for each in secrets if each in said]
    assert not [path for path in tmp_path.iterdir() if path.name != "config.json"]


def test_a_run_without_a_row_asks_nothing_when_nothing_waits(
    vendor: GoogleAds, config: dict[str, Any], tmp_path: Path
) -> None:
    code, said = run(config, tmp_path, [])
    assert (code, vendor.calls) == (0, [])
    assert "nothing to do" in said
