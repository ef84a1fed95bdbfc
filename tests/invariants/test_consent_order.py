"""Thousands of short histories of consent, in any order of arrival, against a few lines that say what the law says."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from mappers.consent.fold import Declaration, fold
from plugins.hub.meaning import read_meaning
from tests.making import MORNING, PROOF, at, columnar, record
from tests.road.stage import ROOT


def story(dice: random.Random) -> list[tuple[str, str | None, int | None]]:
    """Return some acts: field, value, hour of the act (None: not said)."""
    kinds: Sequence[tuple[str, Sequence[str | None]]] = (
        ("meta_data.newsletter_optin", ("yes", "no", None, "", "perhaps")), ("doNotEmail", ("true", "false")),
    )  # fmt: skip
    told = []
    for _ in range(dice.randrange(1, 6)):
        field, values = kinds[dice.random() < 0.1]
        hour = None if dice.random() < 0.15 or field == "doNotEmail" else dice.randrange(5)
        told.append((field, dice.choice(values), hour))
    return told


def verdict(told: Sequence[tuple[str, str | None, int | None]]) -> bool:
    """Say whether these acts permit a mail: the latest counts, refusal on a tie or an unknown time."""
    refusals = [hour for field, value, hour in told if (field, value) in (("meta_data.newsletter_optin", "no"),
                                                                         ("doNotEmail", "true"))]  # fmt: skip
    grants = [hour for _, value, hour in told if value == "yes" and hour is not None]
    return (
        bool(grants) and None not in refusals and max(grants) > max((h for h in refusals if h is not None), default=-1)
    )


def folded(declarations: Sequence[Declaration], stories: Sequence[Sequence[Any]], seed: int) -> list[bool]:
    """Fold all stories at once, their acts in a random order."""
    made = [record("customer", source, str(n), email=f"p{n}@example.nl") for n in range(len(stories))
            for source in ("woocommerce", "tilroy")]  # fmt: skip
    for person, told in enumerate(stories):
        for number, (field, value, hour) in enumerate(told):
            source = "tilroy" if field == "doNotEmail" else "woocommerce"
            facts = {**PROOF, **({} if hour is None else {"newsletter_optin_at": at(hour)})}
            made.append(record("consent", source, f"{person}-{number}", customer_id=str(person), value=value,
                               email=f"p{person}@example.nl", field=field, changed_at=at(24), facts=facts))  # fmt: skip
    random.Random(seed).shuffle(made)
    members = {f"{source}:{n}": str(n) for n in range(len(stories)) for source in ("woocommerce", "tilroy")}
    with columnar(*made, members=members) as engine:
        fold(engine, declarations, MORNING + timedelta(days=30))
        granted = engine.execute(
            "SELECT profile_id FROM consent_state WHERE state = 'granted' AND channel = 'email' AND basis = 'consent'"
        )
        known = {int(row[0]) for row in granted.fetchall()}
    return [person in known for person in range(len(stories))]


def test_c4_the_latest_evidence_wins_in_every_order_of_arrival() -> None:
    dice = random.Random(4)
    stories = [story(dice) for _ in range(5000)]
    declarations = read_meaning(ROOT / "sync_rules").declarations
    expected = [verdict(told) for told in stories]
    assert 500 < sum(expected) < 4500
    for seed in (1, 2):
        found = folded(declarations, stories, seed)
        assert [told for told, a, b in zip(stories, expected, found, strict=True) if a != b] == []
