"""An oracle that folds the acts of a small world by the house rules, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mappers.consent.fold import Declaration, Policy
from tests.mappers.consent.acts import CUSTOMERS, DECLARATIONS, NOW, POLICIES, PROFILES, TOPICS, World


@dataclass(frozen=True)
class Act:
    """One act as a person would read it."""

    source: str
    who: str
    channel: str
    purpose: str
    decision: str
    at: datetime | None
    """When it was done, or first reported; None when nobody can tell."""
    counts: bool
    is_veto: bool
    stated: datetime | None
    profiles: frozenset[str]

    def speaks_of(self, channel: str, purpose: str) -> bool:
        """Tell whether this is about a channel and purpose: a yes about its own, a no perhaps about more."""
        is_no = self.decision in ("withdrawn", "refused")
        return (
            (self.channel, self.purpose) == (channel, purpose)
            or self.decision == "objected"
            or (self.decision == "blocked" and self.channel == channel)
            or (is_no and self.purpose == "marketing" and self.channel == channel)
            or (is_no and self.purpose == "ads_match" and purpose.startswith("ads_match_"))
        )


def instant(text: str | None) -> datetime | None:
    """Return a time that can be read, with its offset."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def moment(text: str | None) -> datetime | None:
    """Return a time that is reliable: readable, with an offset, after 1970, not in the future."""
    found = instant(text)
    return found if found and datetime(1970, 1, 1, tzinfo=UTC) <= found <= NOW + timedelta(minutes=5) else None


def meaning(act: dict[str, Any]) -> Declaration | None:
    """Return what was declared of what an act says."""
    said = spoken(act)
    fitting = [each for each in DECLARATIONS if (each.source, each.field) == (act["source"], act["field"])]
    told = [each for each in fitting if each.value == said] or [each for each in fitting if each.value == "any"]
    return told[0] if said and told else None


def spoken(act: dict[str, Any]) -> str:
    return (act["value"] or "").strip(" ").lower()


def first_said(world: World, act: dict[str, Any], place: int) -> datetime | None:
    """Return when the newest unbroken run began in which a record's field said what an act says."""
    if moment(act["changed_at"]) is None:
        return None

    def stream(number: int, each: dict[str, Any]) -> tuple[Any, ...]:
        has_units = each["source"] == "till"
        unit = each["facts"].get("unit") if has_units else None
        return each["source"], each["field"], each["customer_id"] or f"act {number}", unit

    mine = [
        each for number, each in enumerate(world.acts) if spoken(each) and stream(number, each) == stream(place, act)
    ]
    same = sorted(at for each in mine if spoken(each) == spoken(act) and (at := moment(each["changed_at"])))
    others = [moment(each["changed_at"]) for each in mine if spoken(each) != spoken(act)]
    if None in others:
        return same[-1]
    before = max((at for at in others if at and at <= same[-1]), default=None)
    run = [at for at in same if before is None or at > before]
    return run[0] if run else same[-1]


def read(place: int, world: World) -> Act | None:
    """Say what an act means, or None when it means nothing."""
    act = world.acts[place]
    told, facts = meaning(act), act["facts"]
    if told is None or (told.decision == "nothing" and not told.is_veto):
        return None
    acted = moment(facts.get("when")) if told.time_fact else None
    owner = f"{act['source']}:{act['customer_id']}"
    held = {key for key, email in zip(CUSTOMERS, world.emails, strict=True) if email and email == act["email"]}
    is_proven = bool((told.wording or facts.get("text")) and (told.place or facts.get("form")))
    evidence = all(facts.get(name) for name in told.needs.split(",") if name)
    is_whole = bool(told.is_origin and (act["email"] or told.decision == "parent") and acted and is_proven and evidence)
    is_yes = told.decision in ("granted", "soft_opt_in", "parent")
    who = act["email"] or f"{act['source']}|{act['customer_id'] or place}"
    return Act(
        act["source"], who, told.channel, told.purpose, told.decision,
        acted if acted or is_yes else first_said(world, act, place),
        is_whole and not has_expired(told, facts, acted), told.is_veto, moment(act["changed_at"]),
        frozenset(PROFILES[key] for key in {owner, *held} & PROFILES.keys()),
    )  # fmt: skip


def has_expired(told: Declaration, facts: dict[str, str], acted: datetime | None) -> bool:
    """Tell whether a yes has run out; an end that cannot be read has come."""
    until = (facts.get(told.expires_fact) or "").strip() if told.expires_fact else ""
    if until and ((end := instant(until)) is None or end <= NOW):
        return True
    return bool(told.expires_after and acted and acted + timedelta(hours=48) <= NOW)


NEGATIVE = ("withdrawn", "refused", "objected")
APART = timedelta(minutes=5)


def standing(acts: Sequence[Act]) -> list[Act]:
    """Return the grants that are later than every no, by five minutes where another source's clock says when."""
    noes = [each for each in acts if each.decision in NEGATIVE]
    grants = [each for each in acts if each.decision == "granted" and each.counts]
    return [yes for yes in grants if all(beats(yes, no) for no in noes)]


def beats(yes: Act, no: Act) -> bool:
    assert yes.at
    return no.at is not None and (yes.at > no.at if yes.source == no.source else yes.at >= no.at + APART)


def verdict(acts: Sequence[Act], sold_at: datetime | None) -> tuple[str, list[Act]]:
    """Judge what was said about one address, and by which acts."""
    if yes := standing(acts):
        return "granted", yes
    if any(each.decision in NEGATIVE for each in acts):
        return "refused", []
    soft = [each for each in acts if each.decision == "soft_opt_in" and each.counts and each.at and sold_at
            and sold_at <= each.at + timedelta(hours=1)]  # fmt: skip
    if soft:
        return "soft_opt_in", soft
    waiting = [each for each in acts if each.decision == "pending" and each.at and each.at >= NOW - timedelta(days=7)]
    return ("pending" if waiting else "unproven"), []


def vetoes(acts: Sequence[Act]) -> list[Act]:
    """Return a platform's newest words that are a no or a block; an unclear time cannot make one older."""
    found = []
    for key in {_state_key(each) for each in acts if each.is_veto}:
        mine = [each for each in acts if each.is_veto and _state_key(each) == key]
        newest = max((each.stated for each in mine if each.stated), default=None)
        found += [each for each in mine if each.decision in (*NEGATIVE, "blocked") and each.stated in (None, newest)]
    return found


def _state_key(act: Act) -> tuple[str, ...]:
    return act.source, act.who, act.channel, act.purpose


def is_minor(profile: str, world: World, policy: Policy) -> bool:
    """Tell whether somebody is younger than sixteen on the 13th in Amsterdam, or nobody knows and that is as good."""
    stated = [date.fromisoformat(born) for key, born in zip(CUSTOMERS, world.births, strict=True)
              if born and PROFILES[key] == profile]  # fmt: skip
    plausible = [born for born in stated if date(1906, 3, 13) <= born <= date(2026, 3, 13)]
    return any(born > date(2010, 3, 13) for born in plausible) or (policy.is_unknown_minor and not plausible)


def has_parent(acts: Sequence[Act]) -> bool:
    """Tell whether a parent's consent stands: later, by every clock, than any no."""
    marks = [each.at for each in acts if each.decision == "parent" and each.counts and each.at]
    noes = [each.at for each in acts if each.decision in NEGATIVE]
    return bool(marks) and all(no is not None and max(marks) >= no + APART for no in noes)


def sale(profile: str, world: World) -> datetime | None:
    """Return when a person first bought something and paid."""
    held = {email for key, email in zip(CUSTOMERS, world.emails, strict=True) if email and PROFILES[key] == profile}
    mine = [each for each in world.orders if PROFILES.get(f"web:{each['customer_id']}") == profile
            or each["email"] in held]  # fmt: skip
    paid = [datetime.fromisoformat(each["ordered_at"]) for each in mine if each["is_paid"] and each["total_minor"]]
    return min(paid, default=None)


Judged = dict[tuple[str, str, str], tuple[str, Any]]


def judged(world: World, policy: Policy = POLICIES[0]) -> Judged:
    """Return (profile, channel, purpose) -> state, and basis and address of the newest yes; no evidence is no row."""
    meant = [act for place in range(len(world.acts)) if (act := read(place, world))]
    found: Judged = {}
    for profile in sorted(set(PROFILES.values())):
        mine = [each for each in meant if profile in each.profiles]
        for topic in TOPICS:
            state = _judge(profile, [each for each in mine if each.speaks_of(*topic)], mine, topic, world, policy)
            if state[0] != "unproven":
                found[profile, *topic] = state
        if contracts := contract(profile, world, policy):
            for channel in ("email", "sms"):
                found[profile, channel, "service"] = ("granted", ("contract", max(contracts)[-1]))
    return found


def contract(profile: str, world: World, policy: Policy) -> list[tuple[Any, ...]]:
    """Return what permits messages of service: orders before accounts, the newest first, each with its address."""
    emails = dict(zip(CUSTOMERS, world.emails, strict=True))
    held = {email for key, email in emails.items() if email and PROFILES[key] == profile}
    found: list[tuple[Any, ...]] = []
    for number, each in enumerate(world.orders):
        owner = f"web:{each['customer_id']}"
        address = each["email"] or emails.get(owner)
        if address and (PROFILES.get(owner) == profile or each["email"] in held):
            found.append((True, datetime.fromisoformat(each["ordered_at"]), "web", number, address))
    for key, email in emails.items():
        if email and PROFILES[key] == profile and key.partition(":")[0] in policy.accounts:
            found.append((False, NOW, *key.split(":"), email))
    return found


def _judge(
    profile: str, here: Sequence[Act], mine: Sequence[Act], topic: tuple[str, str], world: World, policy: Policy
) -> tuple[str, Any]:
    verdicts = {who: verdict([each for each in here if each.who == who], sale(profile, world))
                for who in {each.who for each in here}}  # fmt: skip
    states = [state for state, _ in verdicts.values()]
    if any(each.speaks_of(*topic) for each in vetoes(mine)):
        return "vetoed", None
    for basis in ("refused", "granted", "soft_opt_in", "pending"):
        if basis in states and basis in ("refused", "pending"):
            return basis, None
        if basis in states:
            if is_minor(profile, world, policy) and not has_parent(here):
                return "minor", None
            yes = [each for state, acts in verdicts.values() if state == basis for each in acts]
            name = {"granted": "consent"}.get(basis, basis)
            return "granted", (name, max(yes, key=lambda each: (each.at, each.who)).who)
    return "unproven", None
