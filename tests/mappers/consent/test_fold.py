"""Consent folded from acts, against an oracle that knows only the house rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mappers.consent.fold import Declaration, Policy, fold
from tests.making import columnar, record, rows
from tests.mappers.consent.acts import (
    CUSTOMERS,
    DECLARATIONS,
    NOW,
    POLICIES,
    PROFILES,
    TOPICS,
    WHOLE,
    Judged,
    World,
    judged,
    made_up,
    members,
    records,
)

MAIL, OTHER = "ann@x.nl", "bob@x.nl"
EARLY, NOON, LATE = "2026-03-02T10:00:00+01:00", "2026-03-02T12:00:00+01:00", "2026-03-02T14:00:00+01:00"
LATELY = "2026-03-10T12:00:00+01:00"
ONE_OWNER = dict.fromkeys(CUSTOMERS, "P")


def folded(
    given: Sequence[dict[str, Any]],
    members: dict[str, str] = PROFILES,
    rules: Sequence[Declaration] = DECLARATIONS,
    policy: Policy = POLICIES[0],
    now: datetime = NOW,
) -> list[dict[str, Any]]:
    with columnar(*given, members=members) as engine:
        fold(engine, rules, now, policy)
        return rows(engine, "SELECT * FROM consent_state ORDER BY profile_id, channel, purpose")


def states(found: Sequence[dict[str, Any]]) -> dict[str, Judged]:
    """Return what was judged of each world, by its number."""
    worlds: dict[str, Judged] = defaultdict(dict)
    for each in found:
        number, _, profile = each["profile_id"].partition("-")
        why = None if each["basis"] is None else (each["basis"], each["address"].partition("-")[2])
        if each["state"] != "unproven":
            worlds[number][profile, each["channel"], each["purpose"]] = (each["state"], why)
    return worlds


def agree(worlds: Sequence[World], dice: Random, policy: Policy) -> None:
    """Fold many small worlds at once and compare each with the oracle."""
    given = [one for number, world in enumerate(worlds) for one in records(number, world, dice)]
    everybody = {k: v for number in range(len(worlds)) for k, v in members(number).items()}
    found = states(folded(given, everybody, policy=policy))
    for number, world in enumerate(worlds):
        assert found[str(number)] == judged(world, policy), world


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32), policy=st.sampled_from(POLICIES))
def test_c3_c4_c5_c6_c7_c18_the_fold_agrees_with_the_house_rules(seed: int, policy: Policy) -> None:
    dice = Random(seed)
    agree([made_up(dice) for _ in range(500)], dice, policy)


def test_c4_ten_thousand_permutations_of_conflicting_acts_give_the_oracles_answer() -> None:
    dice = Random(4)
    for _ in range(4):
        worlds = [made_up(dice) for _ in range(500)]
        shuffled = [replace(world, acts=dice.sample(world.acts, len(world.acts))) for world in worlds for _ in range(5)]
        agree(shuffled, dice, POLICIES[0])


def test_c4_the_same_acts_in_any_order_give_the_same_row() -> None:
    dice = Random(5)
    worlds = [made_up(dice) for _ in range(300)]
    everybody = {k: v for number in range(len(worlds)) for k, v in members(number).items()}
    given = [one for number, world in enumerate(worlds) for one in records(number, world, dice)]
    assert folded(given, everybody) == folded(dice.sample(given, len(given)), everybody)


def act(
    value: str | None, when: str | None = NOON, source: str = "web", field: str = "optin", key: str = "", **told: Any
) -> dict[str, Any]:
    facts = {**WHOLE, **({"when": when} if when else {}), **told.pop("facts", {})}
    known = {"customer_id": "1", "email": MAIL, "changed_at": when, **told}
    return record(
        "consent", source, key or f"{source}{field}{value}{when}", field=field, value=value, facts=facts, **known
    )


def state(
    *said: dict[str, Any], channel: str = "email", purpose: str = "marketing", members: dict[str, str] = ONE_OWNER,
    born: str | None = None, **told: Any,
) -> Any:  # fmt: skip
    """Return the one state of one person, or None when nobody ever said anything."""
    known = [record("customer", *key.split(":"), email=MAIL, birth_date=born) for key in members]
    found = [each for each in folded([*known, *said], members, **told) if each["profile_id"] == "P"]
    return next((each for each in found if (each["channel"], each["purpose"]) == (channel, purpose)), None)


def test_a_whole_grant_counts_and_names_its_act_and_address() -> None:
    found = state(act("yes", key="a7"))
    assert (found["state"], found["address"], found["permit"]) == ("granted", MAIL, "web\x1fa7")


@pytest.mark.parametrize(
    "change, why",
    [
        ({"email": None}, "no address"),
        ({"when": None}, "no time of the act"),
        ({"when": "somewhen"}, "no time of the act"),
        ({"when": "2026-03-02T12:00:00"}, "no time of the act"),
        ({"when": "2126-03-02T12:00:00Z"}, "time of the act lies in the future"),
        ({"facts": {"text": " "}}, "no wording"),
        ({"facts": {"form": ""}}, "no place"),
        ({"facts": {"ip": ""}}, "no evidence"),
        ({"facts": {"ip": "  "}}, "no evidence"),
    ],
)
def test_c6_a_grant_that_lacks_something_does_not_count_and_says_why(change: dict[str, Any], why: str) -> None:
    found = state(act("yes", **{"changed_at": NOON, **change}))
    assert (found["state"], found["reason"], found["address"]) == ("unproven", why, None)


def test_c5_a_mirror_never_grants_and_says_so() -> None:
    found = state(act("yes", source="till", field="mail"))
    assert (found["state"], found["reason"]) == ("unproven", "only mirrors a status")


def test_c5_a_mirror_withdraws_what_was_granted() -> None:
    assert state(act("yes"), act("no", None, source="till", field="mail"))["state"] == "refused"


@pytest.mark.parametrize("granted, withdrawn, expected", [
    (LATE, NOON, "granted"), (NOON, NOON, "refused"), (NOON, "2026-03-02T11:00:00Z", "refused"),
    (NOON, LATE, "refused"), (LATE, None, "refused"), (LATE, "2026-03-02", "refused"), (LATE, "-infinity", "refused"),
    (LATE, "epoch", "refused"), (LATE, "1969-12-31T23:59:59Z", "refused"), (LATE, "2126-01-01T00:00:00Z", "refused"),
])  # fmt: skip
def test_c4_the_latest_wins_and_on_equal_or_unclear_time_the_refusal(
    granted: str, withdrawn: str | None, expected: str
) -> None:
    assert state(act("yes", granted), act("no", withdrawn, changed_at=None))["state"] == expected


def test_times_are_compared_as_moments_and_not_as_texts() -> None:
    assert state(act("yes", "2026-03-02T09:30:00Z"), act("no", "2026-03-02T10:00:00+01:00"))["state"] == "granted"


def test_a_grant_in_one_channel_says_nothing_about_another() -> None:
    assert state(act("yes"), channel="sms") is None


def test_a_withdrawal_in_one_channel_leaves_the_other() -> None:
    assert state(act("yes"), act("no", LATE, field="sms"))["state"] == "granted"


def test_pending_is_not_granted() -> None:
    assert state(act("wait", LATELY))["state"] == "pending"


def test_pending_after_a_withdrawal_is_still_a_no() -> None:
    assert state(act("no", EARLY), act("wait", NOON))["state"] == "refused"


def platform(value: str | None, when: str | None, key: str = "m", **told: Any) -> dict[str, Any]:
    return act(value, when, "news", "status", key=key, customer_id="5", **told)


def test_a_platforms_veto_outranks_a_newer_grant_elsewhere() -> None:
    found = state(act("yes", LATE), platform("out", EARLY))
    assert (found["state"], found["reason"]) == ("vetoed", "platform veto: news")


def test_a_veto_ends_when_the_platform_says_so() -> None:
    assert state(platform("out", EARLY, "m"), platform("in", LATE, "n"))["state"] == "granted"


@pytest.mark.parametrize("other", ["in", "quiet", "wait"])
def test_of_two_words_of_a_platform_at_the_same_time_the_refusal_is_its_state(other: str) -> None:
    for keys in (("a", "z"), ("z", "a")):
        said = [platform("out", EARLY, keys[0], changed_at=NOON), platform(other, EARLY, keys[1], changed_at=NOON)]
        assert state(act("yes", LATE), *said)["state"] == "vetoed"


def test_a_platforms_refusal_without_a_time_is_its_state() -> None:
    said = [platform("out", EARLY, "a", changed_at=None), platform("in", EARLY, "b", changed_at=NOON)]
    assert state(act("yes", LATE), *said)["state"] == "vetoed"


def test_c3_a_merged_profile_takes_the_most_restrictive_state_of_its_addresses() -> None:
    refusing = act("no", EARLY, customer_id="2", email=OTHER)
    assert state(act("yes", LATE), refusing)["state"] == "refused"
    assert state(act("yes", LATE), refusing, members={"web:1": "P", "web:2": "Q"})["state"] == "granted"


def test_of_two_granted_addresses_the_latest_grant_is_written_to() -> None:
    found = state(act("yes", EARLY), act("yes", LATE, customer_id="2", email=OTHER))
    assert found["address"] == OTHER


def test_an_act_belongs_to_everybody_who_holds_its_address() -> None:
    people = [record("customer", "web", "1", email=MAIL), record("customer", "web", "2", email=MAIL)]
    found = folded([*people, act("yes")], {"web:1": "P", "web:2": "Q"})
    assert [(each["profile_id"], each["state"], each["is_own"]) for each in found] == [
        ("P", "granted", True), ("Q", "granted", False),
    ]  # fmt: skip


@pytest.mark.parametrize("value", [None, "", "  ", "perhaps", "1"])
def test_c7_what_is_not_declared_means_nothing(value: str | None) -> None:
    assert state(act(value)) is None


def test_a_value_is_read_without_regard_to_case_and_blanks() -> None:
    assert state(act("  Yes "))["state"] == "granted"


def test_any_stands_for_all_values_that_are_not_declared() -> None:
    assert state(act("yes"), act("too many mails", LATE, "news", "left"))["state"] == "refused"


def test_without_declarations_nobody_is_permitted() -> None:
    assert folded([record("customer", "web", "1", email=MAIL), act("yes")], {"web:1": "P"}, []) == []


def test_a_declaration_of_another_source_says_nothing_here() -> None:
    foreign = [replace(each, source="elsewhere") for each in DECLARATIONS]
    assert folded([record("customer", "web", "1", email=MAIL), act("yes")], {"web:1": "P"}, foreign) == []


def flag(value: str, reported: str | None, key: str, **told: Any) -> dict[str, Any]:
    """Return one export of the till's flag, which has no time of its own."""
    return act(value, None, "till", "mail", key=key, customer_id="3", changed_at=reported, **told)


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


def order(when: str, **told: Any) -> dict[str, Any]:
    paid = {"customer_id": "1", "is_paid": True, "total_minor": 900, "channel": "web", "currency": "EUR"}
    return record("order", "web", f"o{when}", **{**paid, "ordered_at": when, **told})


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
