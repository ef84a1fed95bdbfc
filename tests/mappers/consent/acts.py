"""Random acts of a few people, and an oracle that folds them by the house rules, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from mappers.consent.fold import Declaration, Policy
from tests.making import record

NOW = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
"""In the shops it is the 13th already."""
MAILS = ("ann@x.nl", "bob@x.nl", "cas@x.nl")
CUSTOMERS = ("web:1", "web:2", "till:3", "till:4", "news:5", "news:6")
PROFILES = {"web:1": "P", "web:2": "P", "till:3": "Q", "till:4": "Q", "news:5": "R", "news:6": "Q"}
WHOLE = {"text": "wording-1", "form": "checkout", "ip": "203.0.113.7"}
TIMES = (
    "2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00Z", "2026-03-02T09:04:59Z", "2026-03-02T09:05:00Z",
    "2026-03-03T10:00:00+01:00", "2026-03-04T10:00:00Z", "2026-03-05T23:29:59Z", "2026-03-05T23:30:00Z",
    "2026-03-11T10:00:00Z",
)  # fmt: skip
UNCLEAR = (None, "", "  ", "in March", "2026-03-09T10:00:00", "2026-03-09", "2126-01-01T00:00:00Z", "infinity",
           "1969-12-31T23:59:59Z")  # fmt: skip
"""Times that say nothing reliable: not there, not readable, without an offset, in the future, before 1970."""
BIRTHDAYS = (None, None, None, None, None, "2010-03-13", "2010-03-14", "1980-02-29", "2030-01-01", "1890-01-01")
SOLD = ("2026-03-02T09:30:00+01:00", "2026-03-03T10:00:00Z", "2026-03-11T11:00:00Z")
POLICIES = (Policy(), Policy(is_unknown_minor=True, accounts=("till",)))


def declared(source: str, field: str, values: dict[str, str], **told: Any) -> list[Declaration]:
    shared = {"channel": "email", "purpose": "marketing", "is_origin": True, "time_fact": "when", **told}
    return [Declaration(source, field, value, decision=decision, **shared) for value, decision in values.items()]


PROVEN: dict[str, Any] = {"wording_fact": "text", "place_fact": "form", "method": "tick", "needs": "ip"}
ANSWERS = {"yes": "granted", "no": "withdrawn", "wait": "pending", "never": "objected", "hm": "nothing",
           "sold": "soft_opt_in", "mum": "parent"}  # fmt: skip
PLAIN = {"yes": "granted", "no": "withdrawn"}
STATUS = {"in": "granted", "out": "withdrawn", "dead": "refused", "wait": "pending", "quiet": "nothing",
          "gone": "blocked"}  # fmt: skip
DECLARATIONS = (
    *declared("web", "optin", ANSWERS, **PROVEN),
    *declared("web", "sms", PLAIN, channel="sms", expires_after="48 hours", **PROVEN),
    *declared("web", "offers", PLAIN, purpose="personalisation", **PROVEN),
    *declared("web", "meta", PLAIN, channel="ads", purpose="ads_match_meta", expires_fact="until", **PROVEN),
    *declared("web", "ads", PLAIN, channel="ads", purpose="ads_match", **PROVEN),
    *declared("till", "mail", PLAIN, is_origin=False, time_fact=None, unit_fact="unit"),
    *declared("news", "status", STATUS, is_veto=True, wording="w", place="form", needs="ip"),
    *declared("news", "left", {"any": "withdrawn"}, wording="w", place="link"),
)
TOPICS = tuple(dict.fromkeys((each.channel, each.purpose) for each in DECLARATIONS))
VALUES = {
    ("web", "optin"): [*ANSWERS, "yes", "yes", " YES ", "perhaps", "", None],
    ("web", "sms"): ["yes", "yes", "no"],
    ("web", "offers"): ["yes", "no"],
    ("web", "meta"): ["yes", "yes", "no"],
    ("web", "ads"): ["yes", "no"],
    ("till", "mail"): ["yes", "no", "no", "perhaps", None],
    ("news", "status"): [*STATUS, "in", "in", None],
    ("news", "left"): ["", None, "too many mails"],
    ("web", "undeclared"): ["yes", "no"],
}


def consent_act(dice: Random) -> dict[str, Any]:
    """Make up one act, often whole, of somebody known or unknown."""
    source, field = dice.choice([*VALUES, ("web", "optin"), ("web", "optin"), ("till", "mail")])
    owners = [key.partition(":")[2] for key in CUSTOMERS if key.startswith(source)]
    lost = dice.choice([None, None, None, None, "text", "form", "ip"])
    facts = {name: value for name, value in WHOLE.items() if name != lost}
    when = dice.choice(TIMES if dice.random() < 0.8 else UNCLEAR)
    if when is not None:
        facts["when"] = when
    if dice.random() < 0.5:
        facts["unit"] = dice.choice("AB")
    if dice.random() < 0.3:
        facts["until"] = dice.choice([*TIMES, "2026-03-12T23:30:00Z", "2026-03-13T00:00:00Z", "soon", ""])
    return {
        "source": source, "field": field, "value": dice.choice(VALUES[source, field]), "facts": facts,
        "customer_id": dice.choice([*owners, *owners, None, "stranger"]),
        "email": dice.choice([*MAILS, *MAILS, None]),
        "changed_at": dice.choice([*TIMES, *TIMES, None, UNCLEAR[6]]),
    }  # fmt: skip


def exported(act: dict[str, Any], dice: Random) -> dict[str, Any]:
    """Return the same field of the same record as another export has it."""
    value = dice.choice([act["value"], *VALUES[act["source"], act["field"]]])
    return {**act, "value": value, "changed_at": dice.choice(TIMES)}


@dataclass(frozen=True)
class World:
    """A few people, the addresses and birth dates of their records, what they bought and what they said."""

    acts: list[dict[str, Any]]
    emails: list[str | None]
    births: list[str | None]
    orders: list[dict[str, Any]]


def made_up(dice: Random) -> World:
    """Make up a small world."""
    acts = [consent_act(dice) for _ in range(dice.randrange(1, 7))]
    acts += [exported(dice.choice(acts), dice) for _ in range(dice.choice([0, 0, 1, 2, 3]))]
    emails = [dice.choice([*MAILS, None]) for _ in CUSTOMERS]
    births = [dice.choice(BIRTHDAYS) for _ in CUSTOMERS] if dice.random() < 0.3 else [None] * len(CUSTOMERS)
    return World(acts, emails, births, [_order(dice) for _ in range(dice.choice([0, 0, 1, 2]))])


def _order(dice: Random) -> dict[str, Any]:
    return {"source": "web", "customer_id": dice.choice(["1", "2", None]), "email": dice.choice([*MAILS, None]),
            "ordered_at": dice.choice(SOLD), "is_paid": dice.random() < 0.8, "total_minor": dice.choice([0, 900, 900]),
            "channel": "web", "currency": "EUR"}  # fmt: skip


def apart(number: int, text: str | None) -> str | None:
    """Return an id or address as it is called in one of many worlds."""
    return text and f"{number}-{text}"


def records(number: int, world: World, dice: Random) -> list[dict[str, Any]]:
    """Return a world as canonical records, in a random order; `number` keeps it apart from others."""
    made = [record("customer", key.partition(":")[0], f"{number}-{key.partition(':')[2]}", email=apart(number, email),
                   birth_date=born, email_quality="ok")
            for key, email, born in zip(CUSTOMERS, world.emails, world.births, strict=True)]  # fmt: skip
    for entity, said in (("consent", world.acts), ("order", world.orders)):
        for place, each in enumerate(said):
            who = {name: apart(number, each[name]) for name in ("customer_id", "email")}
            made.append(record(entity, key=f"{number}-{place}", **{**each, **who}))
    return dice.sample(made, len(made))


def members(number: int) -> dict[str, str]:
    """Return the members of a world's profiles."""
    return {key.replace(":", f":{number}-"): f"{number}-{profile}" for key, profile in PROFILES.items()}


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
