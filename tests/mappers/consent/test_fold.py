"""Consent folded from acts, against an oracle that knows only the house rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mappers.consent.fold import Policy
from tests.making import record
from tests.mappers.consent.acts import (
    DECLARATIONS,
    POLICIES,
    World,
    made_up,
    members,
    records,
)
from tests.mappers.consent.one_person import EARLY, LATE, LATELY, MAIL, NOON, OTHER, act, folded, platform, state
from tests.mappers.consent.oracle import Judged, judged


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
