"""Random acts of a few people; `tests.mappers.consent.oracle` says what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
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
