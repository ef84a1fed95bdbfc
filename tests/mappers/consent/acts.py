"""Random acts of a few people, and an oracle that folds them by the house rules, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from mappers.consent.fold import Declaration
from tests.making import record

MAILS = ("ann@x.nl", "bob@x.nl", "cas@x.nl")
CUSTOMERS = ("web:1", "web:2", "till:3", "till:4", "news:5", "news:6")
PROFILES = {"web:1": "P", "web:2": "P", "till:3": "Q", "till:4": "Q", "news:5": "R", "news:6": "Q"}
WHOLE = {"text": "wording-1", "form": "checkout", "ip": "203.0.113.7"}
TOPICS = (("email", "marketing"), ("sms", "marketing"))
TIMES = ("2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00Z", "2026-03-03T10:00:00+01:00", "2026-03-04T10:00:00Z")
UNCLEAR = (None, "", "  ", "in March", "2026-03-09T10:00:00", "2026-03-09", "2126-01-01T00:00:00Z", "infinity")
"""Times that say nothing reliable: not there, not readable, without an offset, in the future."""


def declared(source: str, field: str, values: dict[str, str], **told: Any) -> list[Declaration]:
    shared = {"channel": "email", "purpose": "marketing", "is_origin": True, "time_fact": "when", **told}
    return [Declaration(source, field, value, decision=decision, **shared) for value, decision in values.items()]


PROVEN: dict[str, Any] = {"wording_fact": "text", "place_fact": "form", "method": "tick", "needs": "ip"}
ANSWERS = {"yes": "granted", "no": "withdrawn", "wait": "pending", "never": "objected", "hm": "nothing"}
STATUS = {"in": "granted", "out": "withdrawn", "dead": "refused", "wait": "pending", "quiet": "nothing"}
DECLARATIONS = (
    *declared("web", "optin", ANSWERS, **PROVEN),
    *declared("web", "sms", {"yes": "granted", "no": "withdrawn"}, channel="sms", **PROVEN),
    *declared("till", "mail", {"yes": "granted", "no": "withdrawn"}, is_origin=False, time_fact=None),
    *declared("news", "status", STATUS, is_veto=True, wording="w", place="form", needs="ip"),
    *declared("news", "left", {"any": "withdrawn"}, wording="w", place="link"),
)
VALUES = {
    ("web", "optin"): [*ANSWERS, "yes", "yes", " YES ", "perhaps", "", None],
    ("web", "sms"): ["yes", "no"],
    ("till", "mail"): ["yes", "no"],
    ("news", "status"): [*STATUS, "in", "in", None],
    ("news", "left"): ["", None, "too many mails"],
    ("web", "undeclared"): ["yes", "no"],
}


def consent_act(dice: Random) -> dict[str, Any]:
    """Make up one act, often whole, of somebody known or unknown."""
    source, field = dice.choice(list(VALUES))
    owners = [key.partition(":")[2] for key in CUSTOMERS if key.startswith(source)]
    lost = dice.choice([None, None, None, None, "text", "form", "ip"])
    facts = {name: value for name, value in WHOLE.items() if name != lost}
    when = dice.choice(TIMES if dice.random() < 0.8 else UNCLEAR)
    if when is not None:
        facts["when"] = when
    return {
        "source": source, "field": field, "value": dice.choice(VALUES[source, field]), "facts": facts,
        "customer_id": dice.choice([*owners, *owners, None, "stranger"]),
        "email": dice.choice([*MAILS, *MAILS, None]),
        "changed_at": dice.choice([*TIMES, *TIMES, None]),
    }  # fmt: skip


@dataclass(frozen=True)
class World:
    """A few people, the addresses of their records, and what they said."""

    acts: list[dict[str, Any]]
    emails: list[str | None]


def made_up(dice: Random) -> World:
    """Make up a small world."""
    acts = [consent_act(dice) for _ in range(dice.randrange(1, 8))]
    return World(acts, [dice.choice([*MAILS, None]) for _ in CUSTOMERS])


def apart(number: int, text: str | None) -> str | None:
    """Return an id or address as it is called in one of many worlds."""
    return text and f"{number}-{text}"


def records(number: int, world: World, dice: Random) -> list[dict[str, Any]]:
    """Return a world as canonical records, in a random order; `number` keeps it apart from others."""
    made = [record("customer", key.partition(":")[0], f"{number}-{key.partition(':')[2]}", email=apart(number, email),
                   email_quality="ok")
            for key, email in zip(CUSTOMERS, world.emails, strict=True)]  # fmt: skip
    for place, each in enumerate(world.acts):
        who = {name: apart(number, each[name]) for name in ("customer_id", "email")}
        made.append(record("consent", key=f"{number}-{place}", **{**each, **who}))
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
    decision: str
    at: datetime | None
    counts: bool
    is_veto: bool
    stated: datetime | None
    profiles: frozenset[str]


def moment(text: str | None) -> datetime | None:
    """Return a time that is reliable: readable, with an offset, not in the future."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo and found < datetime.now(UTC) else None


def read(number: int, act: dict[str, Any], emails: Sequence[str | None]) -> Act | None:
    """Say what an act means, or None when it means nothing."""
    reported = (act["value"] or "").strip(" ").lower()
    fitting = [each for each in DECLARATIONS if (each.source, each.field) == (act["source"], act["field"])]
    said = [each for each in fitting if each.value == reported] or [each for each in fitting if each.value == "any"]
    if not reported or not said:
        return None
    told, facts = said[0], act["facts"]
    at = moment(facts.get("when")) if told.time_fact else None
    owner = f"{act['source']}:{act['customer_id']}"
    held = {key for key, email in zip(CUSTOMERS, emails, strict=True) if email and email == act["email"]}
    is_proven = bool((told.wording or facts.get("text")) and (told.place or facts.get("form")))
    evidence = all(facts.get(name) for name in told.needs.split(",") if name)
    who = act["email"] or f"{act['source']}|{act['customer_id'] or number}"
    return Act(
        act["source"], who, told.channel, told.decision, at,
        bool(told.is_origin and act["email"] and at and is_proven and evidence), told.is_veto,
        moment(act["changed_at"]), frozenset(PROFILES[key] for key in {owner, *held} & PROFILES.keys()),
    )  # fmt: skip


NEGATIVE = ("withdrawn", "refused", "objected")


def verdict(acts: Sequence[Act]) -> str:
    """Judge what was said about one address: the latest wins, refusal on equal or unclear time."""
    refusals = [each.at for each in acts if each.decision in NEGATIVE]
    grants = [each.at for each in acts if each.decision == "granted" and each.counts and each.at]
    known = [each for each in refusals if each]
    if len(known) < len(refusals) or (refusals and (not grants or max(known) >= max(grants))):
        return "refused"
    if grants:
        return "granted"
    return "pending" if any(each.decision == "pending" for each in acts) else "unproven"


def is_vetoed(acts: Sequence[Act]) -> bool:
    """Tell whether a platform's newest word about an address is a no; an unclear time cannot make a no older."""
    for source, who in {(each.source, each.who) for each in acts if each.is_veto}:
        mine = [each for each in acts if each.is_veto and (each.source, each.who) == (source, who)]
        newest = max((each.stated for each in mine if each.stated), default=None)
        if any(each.decision in NEGATIVE for each in mine if each.stated in (None, newest)):
            return True
    return False


def judged(world: World) -> dict[tuple[str, str], tuple[str, Any]]:
    """Return (profile, channel) -> state and the address of the newest grant; nobody's silence is a row."""
    meant = [act for number, each in enumerate(world.acts) if (act := read(number, each, world.emails))]
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for profile in sorted(set(PROFILES.values())):
        for channel, _ in TOPICS:
            mine = [each for each in meant if profile in each.profiles]
            here = [each for each in mine if each.channel == channel or each.decision == "objected"]
            if not here:
                continue
            verdicts = {who: verdict([each for each in here if each.who == who]) for who in {each.who for each in here}}
            state = next(each for each in ("refused", "granted", "pending", "unproven") if each in verdicts.values())
            if is_vetoed([each for each in mine if each.channel == channel]):
                state = "vetoed"
            found[profile, channel] = (state, _address(here, verdicts) if state == "granted" else None)
    return found


def _address(acts: Sequence[Act], verdicts: dict[str, str]) -> str:
    granting = [each for each in acts if each.decision == "granted" and each.counts and verdicts[each.who] == "granted"]
    newest = {who: max(each.at for each in granting if each.who == who and each.at) for who in
              {each.who for each in granting}}  # fmt: skip
    return max(newest, key=lambda who: (newest[who], who))
