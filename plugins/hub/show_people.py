"""What the commands print of people: their story, what waits for a decision about them, and how well they are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mappers.identity.explain import Explained
from mappers.identity.hygiene import FAULTS, KINDS, Hygiene
from mappers.identity.review import Review
from mappers.profiles.locks import BY_HAND
from plugins.hub import show
from plugins.hub.locking import Lock
from plugins.hub.story import Story

FAULT_COLUMNS = {
    **{f"{kind}_{fault}": f"{kind}\n{fault}" for kind in KINDS for fault in FAULTS},
    "lacks_contact": "no email\nor phone",
    "lacks_surname": "no\nsurname",
}


def story(told: Story) -> None:
    """Print the story of one person."""
    name = " ".join(str(told.golden[part]) for part in ("first_name", "infix", "last_name") if told.golden.get(part))
    show.console.rule(f"{told.profile_id}  {name}", align="left")
    if told.merged_from:
        show.console.print(f"also known as {', '.join(told.merged_from)}")
    columns = (
        "source",
        "source_id",
        "changed_at",
        "first_name",
        "infix",
        "last_name",
        "email",
        "phone",
        "card",
        "status",
    )
    show.rows("Records", told.records, columns)
    _identity(told.identity)
    show.table("Golden profile", ("field", "value", "from", "as of"), _golden(told.golden))
    show.rows("Consent", told.consent, ("channel", "purpose", "state", "basis", "reason", "granted_at", "refused_at"))
    said = (
        "at",
        "is_time_of_act",
        "source",
        "field",
        "value",
        "channel",
        "decision",
        "role",
        "place",
        "wording",
        "lacks",
    )
    show.rows("What was said, and what it counts for", told.acts, said)
    traits = [
        (key, value) for key, value in told.traits.items() if value not in (None, "", 0, False) and key != "profile_id"
    ]
    show.table("Traits", ("trait", "value"), traits)
    show.rows("Sent", told.sent, ("planned_at", "destination", "operation", "state", "reason", "answer"))


def _identity(known: Explained) -> None:
    links = [(each.one, each.other, each.agree, _weight(each.weight), each.without_it) for each in known.links]
    show.table("Held together by", ("one", "other", "agree", "weight", "without it apart"), links)
    show.rows("The weakest link, in bits", known.waterfall, ("field", "level", "bits"))
    show.rows("Not linked, because", known.refused, ("one", "other", "profile_id", "why", "weight"))


def review(found: Review) -> None:
    """Print what waits for a decision by hand."""
    rows = [(each.one, each.other, each.agree, each.differ, f"{each.weight:.1f}") for each in found.nearly]
    title = f"Nearly one person: {len(rows):,} of {found.waiting:,}"
    show.table(title, ("one", "other", "agree", "differ", "weight"), rows)
    show.table("Too large to believe, kept apart", ("among them", "records"), found.held)
    if not rows and not found.held:
        show.console.print("identity: nothing waits for a decision")
        return
    show.console.print(
        "Who they are: rotonde why ONE. Decide: rotonde identity link ONE OTHER, or unlink, --reason TEXT"
    )


def _golden(golden: Mapping[str, Any]) -> list[tuple[object, ...]]:
    fields = [name for name in golden if golden.get(f"{name}_source") and _is_said(golden, name)]
    return [(name, golden[name], golden[f"{name}_source"], golden[f"{name}_at"]) for name in fields]


def _is_said(golden: Mapping[str, Any], name: str) -> bool:
    """Tell whether a field is known, or a person has said that it is not."""
    return golden[name] is not None or golden[f"{name}_source"] == BY_HAND


def locks(found: Sequence[Lock]) -> None:
    """Print locked fields; this is the one place that shows their values."""
    columns = ("field", "person", "value", "reason", "by", "at")
    rows = [(each.field, each.profile_id, each.value, each.reason, each.decided_by, each.at) for each in found]
    show.table("Locked by hand", columns, rows)


def hygiene(found: Hygiene) -> None:
    """Print what the shops typed; a fault that is nowhere takes no column."""
    if not found.shops:
        show.console.print("hygiene: there are no customer records")
    faults = [name for name in FAULT_COLUMNS if any(each[name] for each in found.shops)]
    shown = ("records", *faults, "faulty_percent")
    listed = [
        (each["source"], each["shop"] or each["store_id"] or "-", *(each[name] for name in shown))
        for each in found.shops
    ]
    columns = ("source", "shop", "records", *(FAULT_COLUMNS[name] for name in faults), "faulty\n%")
    show.table("Customer records by shop, worst first", columns, listed)
    show.rows("Typed most", found.values, ("kind", "value", "why", "records", "persons", "shops"))


def _weight(weight: float | None) -> str:
    return "" if weight is None else f"{weight:.1f}"
