"""The house rules of consent one by one, each on one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mappers.consent.fold import Policy
from tests.making import record
from tests.mappers.consent.acts import TOPICS
from tests.mappers.consent.one_person import EARLY, LATE, MAIL, NOON, OTHER, act, flag, folded, order, platform, state


def test_an_old_flag_counts_from_its_first_report_and_its_next_export_withdraws_nothing_again() -> None:
    old, again = flag("no", EARLY, "a"), flag("no", LATE, "b")
    assert state(act("yes", NOON), old)["state"] == "granted"
    assert state(act("yes", NOON), old, again)["state"] == "granted"
    assert state(act("yes", NOON), again)["state"] == "refused"


def test_a_flag_that_was_lifted_and_set_again_counts_from_its_newest_run() -> None:
    exports = [flag("no", EARLY, "a"), flag("yes", NOON, "b"), flag("no", LATE, "c")]
    granted = act("yes", "2026-03-02T13:00:00+01:00")
    assert state(granted, *exports)["state"] == "refused"
    assert state(granted, *exports[::2])["state"] == "granted"


def test_another_unit_of_the_same_record_breaks_no_run() -> None:
    exports = [flag("no", EARLY, "a", facts={"unit": "A"}), flag("no", LATE, "c", facts={"unit": "A"})]
    between = flag("yes", NOON, "b", facts={"unit": "B"})
    assert state(act("yes", NOON), *exports, between)["state"] == "granted"
    assert state(act("yes", NOON), *exports, flag("yes", NOON, "b", facts={"unit": "A"}))["state"] == "refused"


def test_a_no_of_which_nobody_knows_when_stands_for_good() -> None:
    assert state(act("yes", LATE), flag("no", None, "a"))["state"] == "refused"


@pytest.mark.parametrize("later, source, expected", [
    ("12:04:59", "till", "refused"), ("12:05:00", "till", "granted"), ("12:00:01", "web", "granted"),
    ("12:00:00", "web", "refused"),
])  # fmt: skip
def test_c4_clocks_of_different_sources_may_be_five_minutes_apart(later: str, source: str, expected: str) -> None:
    no = act("no", NOON) if source == "web" else flag("no", NOON, "a")
    assert state(act("yes", f"2026-03-02T{later}+01:00"), no)["state"] == expected


def test_a_block_stops_the_channel_while_the_platform_says_so_and_is_no_withdrawal() -> None:
    blocked = [act("yes", EARLY), act("yes", EARLY, field="offers"), platform("gone", NOON)]
    for purpose in ("marketing", "personalisation"):
        found = state(*blocked, purpose=purpose)
        assert (found["state"], found["reason"], found["refused_at"]) == ("vetoed", "platform block: news", None)
    assert state(*blocked, platform("in", LATE, "n"))["state"] == "granted"
    assert state(act("yes", EARLY, field="sms", facts={"until": ""}), platform("gone", NOON), channel="sms",
                 now=datetime.fromisoformat(LATE))["state"] == "granted"  # fmt: skip


@pytest.mark.parametrize("asked, expected", [
    ("2026-03-05T23:30:00Z", ("pending", None)), ("2026-03-05T23:29:59Z", ("unproven", "never confirmed")),
    (None, ("unproven", "never confirmed")),
])  # fmt: skip
def test_pending_is_dropped_after_seven_days(asked: str | None, expected: tuple[str, str | None]) -> None:
    found = state(act("wait", asked, changed_at=None))
    assert (found["state"], found["reason"]) == expected


@pytest.mark.parametrize("sales, why", [
    ([order(EARLY)], None), ([order("2026-03-02T12:59:00+01:00")], None),
    ([], "no paid order by then"), ([order(LATE)], "no paid order by then"),
    ([order(EARLY, is_paid=False)], "no paid order by then"), ([order(EARLY, total_minor=0)], "no paid order by then"),
    ([order(EARLY, customer_id="9", email=OTHER)], "no paid order by then"),
    ([order(EARLY, customer_id=None, email=MAIL)], None),
])  # fmt: skip
def test_a_soft_opt_in_needs_a_paid_order_by_then(sales: list[dict[str, Any]], why: str | None) -> None:
    found = state(act("sold"), *sales)
    assert (found["basis"], found["reason"]) == (None if why else "soft_opt_in", why)
    assert found["state"] == ("unproven" if why else "granted")


@pytest.mark.parametrize("refused", [EARLY, LATE])
def test_a_soft_opt_in_undoes_no_refusal_however_old(refused: str) -> None:
    assert state(act("sold"), order(EARLY), act("no", refused))["state"] == "refused"


def test_consent_comes_before_a_soft_opt_in_and_says_so() -> None:
    assert state(act("sold", LATE), order(EARLY), act("yes", NOON))["basis"] == "consent"


YOUNG, GROWN = "2010-03-14", "2010-03-13"
TOPICS_OF_MINORS = (("email", "marketing", "optin"), ("email", "personalisation", "offers"),
                    ("ads", "ads_match_meta", "meta"))  # fmt: skip


@pytest.mark.parametrize("channel, purpose, field", TOPICS_OF_MINORS)
def test_c18_who_is_under_sixteen_in_amsterdam_today_is_granted_nothing(channel: str, purpose: str, field: str) -> None:
    said = act("yes", field=field)
    assert state(said, channel=channel, purpose=purpose, born=YOUNG)["reason"] == "under age"
    assert state(said, channel=channel, purpose=purpose, born=YOUNG)["state"] == "minor"
    assert state(said, channel=channel, purpose=purpose, born=GROWN)["state"] == "granted"


@pytest.mark.parametrize("born, unknown, expected", [
    (None, False, "granted"), (None, True, "minor"), ("2030-01-01", True, "minor"), ("1890-01-01", True, "minor"),
    ("1890-01-01", False, "granted"), (GROWN, True, "granted"), (YOUNG, False, "minor"),
])  # fmt: skip
def test_c18_an_unknown_or_impossible_age_is_as_the_policy_says(born: str | None, unknown: bool, expected: str) -> None:
    assert state(act("yes"), born=born, policy=Policy(is_unknown_minor=unknown))["state"] == expected


@pytest.mark.parametrize(
    "today, expected", [("2028-02-28", "minor"), ("2028-02-29", "granted"), ("2027-03-01", "minor")]
)
def test_c18_who_was_born_on_a_leap_day_comes_of_age_with_it(today: str, expected: str) -> None:
    now = datetime.fromisoformat(f"{today}T12:00:00+01:00")
    assert state(act("yes"), born="2012-02-29", now=now)["state"] == expected


def test_c18_a_parents_consent_that_came_after_every_no_lifts_the_age() -> None:
    child = act("yes", LATE)
    assert state(child, act("mum", NOON), born=YOUNG)["state"] == "granted"
    assert state(child, act("mum", NOON, facts={"text": ""}), born=YOUNG)["state"] == "minor"
    assert state(child, act("mum", EARLY), act("no", NOON), born=YOUNG)["state"] == "minor"
    assert state(act("mum", NOON), born=YOUNG)["state"] == "unproven"


@pytest.mark.parametrize("channel, purpose", [topic for topic in TOPICS if topic[1] != "ads_match"])
def test_an_objection_covers_every_channel_and_purpose_but_service(channel: str, purpose: str) -> None:
    fields = ("optin", "sms", "offers", "meta")
    said = [*(act("yes", EARLY, field=field) for field in fields), act("never", NOON), order(EARLY)]
    assert state(*said, channel=channel, purpose=purpose)["state"] == "refused"
    assert state(*said, purpose="service")["basis"] == "contract"


def test_leaving_the_letter_ends_the_whole_channel_and_no_other() -> None:
    said = [*(act("yes", EARLY, field=field) for field in ("offers", "meta")), act("no", NOON)]
    assert state(*said, purpose="personalisation")["state"] == "refused"
    assert state(*said, channel="ads", purpose="ads_match_meta")["state"] == "granted"
    no_offers = [act("yes", EARLY), act("no", NOON, field="offers")]
    assert state(*no_offers)["state"] == "granted"


def test_service_is_permitted_by_an_order_or_an_account_that_it_names_whatever_was_said() -> None:
    said = [act("no", NOON), platform("gone", NOON)]
    bought = state(*said, order(EARLY), purpose="service", born=YOUNG)
    assert (bought["basis"], bought["address"], bought["permit"]) == ("contract", MAIL, f"order\x1fweb\x1fo{EARLY}")
    member = state(*said, purpose="service", policy=Policy(accounts=("till",)))
    assert (member["basis"], member["permit"]) == ("contract", "account\x1ftill\x1f4")
    assert state(*said, purpose="service") is None


def test_a_marketplaces_alias_is_no_address_for_messages_of_service() -> None:
    alias = "a1b2@verkopen.bol.com"
    guest = record("customer", "market", "buyer1", email=alias, email_quality="masked", is_guest=True)
    bought = record("order", "market", "1", customer_id="buyer1", email=alias, ordered_at=EARLY, channel="marketplace")
    found = folded([guest, bought], {"market:buyer1": "P"})
    assert [each for each in found if each["purpose"] == "service"] == []
    known = record("customer", "market", "buyer1", email=MAIL, email_quality="ok", is_guest=True)
    found = folded([known, {**bought, "email": MAIL}], {"market:buyer1": "P"})
    assert {each["address"] for each in found if each["purpose"] == "service"} == {MAIL}


def test_a_grant_for_one_ad_platform_or_for_all_spreads_nowhere_and_a_no_to_all_covers_each() -> None:
    assert state(act("yes", field="ads"), channel="ads", purpose="ads_match_meta") is None
    assert state(act("yes"), channel="ads", purpose="ads_match_meta") is None
    said = [act("yes", EARLY, field="meta"), act("no", NOON, field="ads")]
    assert state(*said, channel="ads", purpose="ads_match_meta")["state"] == "refused"


@pytest.mark.parametrize("until, why", [
    ("2026-03-12T23:30:01Z", None), ("2026-03-12T23:30:00Z", "expired"), ("soon", "expired"), ("  ", None),
])  # fmt: skip
def test_a_grant_past_its_end_does_not_count(until: str, why: str | None) -> None:
    found = state(act("yes", field="meta", facts={"until": until}), channel="ads", purpose="ads_match_meta")
    assert found["reason"] == why


def test_a_grant_counts_only_so_long_after_the_act() -> None:
    for said, expected in (("2026-03-10T23:30:00Z", "expired"), ("2026-03-10T23:30:01Z", None)):
        assert state(act("yes", said, field="sms"), channel="sms")["reason"] == expected


UNREADABLE, LACKS_TIME = (None, "", " ", "null", "maart", "2026-03-02", "12:00"), "no time of the act"
DOUBLE_HOUR = datetime.fromisoformat("2026-10-25T12:00:00+01:00")
BAD_INPUT: list[tuple[str, dict[str, Any], tuple[str, str | None] | None]] = [
    *((f"time is {text!r}", {"facts": {"when": text}}, ("unproven", LACKS_TIME)) for text in UNREADABLE if text),
    ("no time", {"when": None}, ("unproven", LACKS_TIME)),
    ("before 1970", {"when": "1969-12-31T23:59:59Z"}, ("unproven", "time of the act lies before 1970")),
    ("in the future", {"when": "2026-11-01T00:00:00Z"}, ("unproven", "time of the act lies in the future")),
    ("a fast clock", {"when": "2026-10-25T12:04:59+01:00"}, ("granted", None)),
    ("the gap, no offset", {"when": "2026-03-29T02:30:00"}, ("unproven", LACKS_TIME)),
    ("the gap, winter's offset", {"when": "2026-03-29T02:30:00+01:00"}, ("granted", None)),
    ("the gap, summer's offset", {"when": "2026-03-29T02:30:00+02:00"}, ("granted", None)),
    ("the double hour, no offset", {"when": "2026-10-25T02:30:00"}, ("unproven", LACKS_TIME)),
    ("the double hour, first", {"when": "2026-10-25T02:30:00+02:00"}, ("granted", None)),
    ("the double hour, second", {"when": "2026-10-25T02:30:00+01:00"}, ("granted", None)),
    ("no address", {"email": None}, ("unproven", "no address")),
    ("no wording", {"facts": {"text": ""}}, ("unproven", "no wording")),
    ("no place", {"facts": {"form": " "}}, ("unproven", "no place")),
    ("no evidence", {"facts": {"ip": ""}}, ("unproven", "no evidence")),
    ("nobody's record, but an address", {"customer_id": None}, ("granted", None)),
    *((f"value is {value!r}", {"value": value}, None)
      for value in (None, "", "  ", "perhaps", "null", "true", "0", "YES!", "ja")),
    ("the opposite", {"value": "no"}, ("refused", None)),
    ("shouted", {"value": "YES"}, ("granted", None)),
]  # fmt: skip


@pytest.mark.parametrize("change, expected", [row[1:] for row in BAD_INPUT], ids=[row[0] for row in BAD_INPUT])
def test_c6_c7_bad_input_has_its_stated_outcome(
    change: dict[str, Any], expected: tuple[str, str | None] | None
) -> None:
    found = state(act(**{"value": "yes", **change}), now=DOUBLE_HOUR)
    assert (found and (found["state"], found["reason"])) == expected


@pytest.mark.parametrize("first, second, expected", [("+02:00", "+01:00", "granted"), ("+01:00", "+02:00", "refused")])
def test_in_the_double_hour_the_offset_says_what_came_later(first: str, second: str, expected: str) -> None:
    said = [act("no", f"2026-10-25T02:30:00{first}"), act("yes", f"2026-10-25T02:30:00{second}")]
    assert state(*said, now=DOUBLE_HOUR)["state"] == expected


@pytest.mark.parametrize("value", ["cleaned", "archived", "", None, "unknown"])
def test_c7_a_status_of_a_platform_that_nobody_knows_says_nothing(value: str | None) -> None:
    assert state(platform(value, NOON)) is None
