"""What the commands print: tables a person likes to read, or JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from plugins.hub.blast import Blast
from plugins.hub.drifting import Difference
from plugins.hub.opt_out_clock import Clock
from plugins.hub.planning import DestinationPlan
from plugins.hub.project import JobResult, reason_of
from plugins.hub.reasons import Reasons
from plugins.hub.sealing import Difference as SealDifference
from plugins.hub.standing import Standing

console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def as_json(value: object) -> None:
    """Print one JSON document."""
    console.file.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def money(minor: int) -> str:
    """Return an amount of cents as a person writes it."""
    sign, cents = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right, nothing is printed for no rows."""
    listed = [list(row) for row in rows]
    if not listed:
        return
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for place, name in enumerate(columns):
        is_number = all(isinstance(row[place], int | float) for row in listed)
        made.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in listed:
        made.add_row(*(f"{cell:,}" if isinstance(cell, int) else _cell(cell) for cell in row))
    console.print(made)
    console.print()


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value).replace("T", " ").replace(".000000Z", "Z") if _is_stamp(value) else str(value)


def _is_stamp(value: object) -> bool:
    return isinstance(value, str) and len(value) == 27 and value.endswith("Z")


FUNNEL = {
    "matched": "matched", "yielded": "elsewhere first", "held_out": "held out", "capped": "capped",
    "not_permitted": "not permitted",
    "reachable": "reachable", "add": "add", "change": "change",
}  # fmt: skip
OVERLAP = ("audience", "other", "persons", "percent_of_smaller")
UNDECIDED = ("audience", "trait", "persons", "told_by")


def plans(made: Sequence[DestinationPlan], most: int = 20) -> None:
    """Print plans: what would go in, out and change, and who is kept out and why; at most so many pairs."""
    columns = ("destination", "matched", "held out", "add", "change", "remove", "of which consent", "unchanged",
               "rejected before", "calls", "minutes")  # fmt: skip
    table("Plan", columns, [_plan_row(each) for each in made])
    kinds = [(each.destination, kind, count) for each in made for kind, count in each.kinds.items()]
    table("Of which, by kind", ("destination", "kind", "rows"), kinds)
    for each in made:
        funnel = [(one["audience"], *(one[step] for step in FUNNEL)) for one in each.funnel]
        table(f"Through to {each.destination}", ("audience", *FUNNEL.values()), funnel)
        rows(_first(most, each.overlap, f"In two audiences of {each.destination}"), each.overlap[:most], OVERLAP)
        rows(f"Who, at {each.destination}", each.names, ("operation", "profile_id", "name", "why"))
        table(f"Not permitted at {each.destination}", ("why", "persons"), each.blocked.items())
        table(f"Matched for {each.destination}, and in another audience first", ("audience", "first in", "persons"),
              [(one["audience"], one["to"], one["persons"]) for one in each.yielded])  # fmt: skip
        untold = [(one["offer"], one["why"], one["persons"]) for one in each.untold]
        table(f"Has an offer that {each.destination} is not told of", ("offer", "why", "persons"), untold)
        left_out = [(one["kind"], one["what"], one["why"]) for one in each.left_out]
        table(f"Not told to {each.destination}", ("kind", "what", "why"), left_out)
        unknown = [[one[name] for name in UNDECIDED] for one in each.undecided]
        table(
            f"Out at {each.destination} because it is not known", ("audience", "trait", "persons", "told by"), unknown
        )
        for guard in each.guards:
            console.print(f"[bold red]guard[/] {each.destination}: {guard}")


def _plan_row(each: DestinationPlan) -> Sequence[object]:
    return (each.destination, each.matched, each.held_out, each.add, each.change, each.remove,
            each.remove_for_consent, each.unchanged, each.held_rejected, each.calls, each.minutes)  # fmt: skip


def reasons(found: Reasons) -> None:
    """Print why one person is in an audience, or is not."""
    told = "is in" if found.is_in else "is not in"
    console.print(f"{found.profile_id} {told} {found.audience}", markup=False)
    parts = [(each["condition"], each["holds"], _because(each["because"])) for each in found.parts]
    table("Its condition", ("condition", "holds", "because"), parts)
    outcomes = [(each["destination"], each["outcome"]) for each in found.destinations]
    table("At each destination", ("destination", "outcome"), outcomes)


def _because(traits: Mapping[str, object]) -> str:
    words = {name: "unknown" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
             for name, value in traits.items()}  # fmt: skip
    return ", ".join(f"{name} = {word}" for name, word in words.items())


def moved(found: Sequence[SealDifference]) -> None:
    """Print where the plan of now differs from the sealed one."""
    columns = ("destination", "what", "operation", "profile_id", "persons")
    table("The world moved", columns, [[getattr(each, name) for name in columns] for each in found[:50]])
    errors.print(f"apply: {len(found)} rows differ from the seal, nothing was sent; plan again", markup=False)


def job(result: JobResult) -> None:
    """Print how one job went, when it ends."""
    mark = "[green]done[/]  " if result.exit_code == 0 else "[bold red]failed[/]"
    console.print(f"  {mark} {result.job:<25} {result.seconds:6.1f} s")
    if result.exit_code != 0:
        console.print(f"         {reason_of(result)}\n         log: {result.log}", markup=False)


def standing(now: Standing) -> None:
    """Print where things stand."""
    columns = ("stage", "source", "stream", "read", "accepted", "quarantined", "filtered")
    table("Read and kept, newest runs", columns, [[each[name] for name in columns] for each in _by_stream(now)])
    table("In the store", ("entity", "records"), [(name, n) for name, n in now.entities.items() if n])
    if now.sales:
        sales = now.sales
        parts = (
            sales["baskets"],
            sales["lines"],
            money(sales["net_sales_minor"]),
            sales["customers"],
            sales["redemptions"],
        )
        table("Sales", ("baskets", "lines", "net sales", "customers", "coupon redemptions"), [parts])
    table("Who is who", ("customer records", "persons"), [(now.records, now.profiles)] if now.records else [])
    rows("May we?", now.reach, ("destination", "why", "persons"))
    rows("Consent on record, persons", now.consent, ("channel", "purpose", "state", "why", "profiles"))
    rows("Sent", now.pushes, ("destination", "what", "operation", "state", "rows"))
    rows("Refused by the vendor", now.refusals, ("destination", "answer", "rows"))
    rows("Open in quarantine", now.quarantine, ("source", "stream", "reason", "records"))
    opt_outs(now.opt_outs)


def opt_outs(clock: Clock) -> None:
    """Print how long withdrawals take, and which are overdue."""
    columns = ("destination", "handed", "heard_p50", "heard_p95", "handed_p50", "handed_p95", "handed_max", "confirmed",
               "confirmed_p95", "waiting", "overdue")  # fmt: skip
    rows("Opt-outs of the last 30 days, minutes", clock.destinations, columns)
    rows("[bold red]Overdue opt-outs[/]", clock.overdue, ("destination", "profile_id", "why", "acted_at", "stored_at"))


def _by_stream(now: Standing) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in now.streams:
        key = (each["stage"], each["source"], each["stream"])
        known = sums.setdefault(key, {**each, "read": 0, "accepted": 0, "quarantined": 0, "filtered": 0})
        for name in ("read", "accepted", "quarantined", "filtered"):
            known[name] += each[name]
    return list(sums.values())


def rows(title: str, found: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print some columns of rows as a table."""
    table(title, columns, [[each[name] for name in columns] for each in found])


def blast(found: Blast, most: int) -> None:
    """Print what changed rules would do, with at most so many persons in each list."""
    if not found.is_changed:
        console.print("plan: the rules of identity are those in force")
    console.print(
        f"{found.persons_before:,} persons would be {found.persons_after:,}: {len(found.joins):,} would join others, "
        f"{len(found.splits):,} would fall apart; {found.narrowed:,} consents would be granted no more"
    )
    console.print(f"{found.points_moved:,} points would go from {found.accounts_moved:,} accounts to others\n")
    joins = [(each["one"], each["other"], each["records"], each["agree"], each["weight"]) for each in found.joins]
    table(_first(most, joins, "Would join"), ("person", "joins", "records", "agree", "weight"), joins[:most])
    splits = [(each["one"], ", ".join(each["other"]), each["records"]) for each in found.splits]
    table(_first(most, splits, "Would fall apart"), ("person", "into", "records"), splits[:most])
    points = [(each.one, ", ".join(each.other), each.points) for each in found.points]
    table(_first(most, points, "Points would move"), ("from", "to", "points"), points[:most])
    names = ("profile_id", "channel", "purpose", "was", "becomes", "reason")
    consent = [[each[name] for name in names] for each in found.consent]
    table(_first(most, consent, "Consent would change"), ("person", *names[1:]), consent[:most])
    rows("Addresses in audiences", found.audiences, ("destination", "audience", "before", "after", "in", "out"))
    if found.guard:
        console.print(f"[bold red]guard[/] {found.guard}")
    console.print("Nothing was applied. Who they are: rotonde why PERSON")


def _first(most: int, rows: Sequence[object], title: str) -> str:
    return title if len(rows) <= most else f"{title}: {most} of {len(rows):,}"


def across(numbers: Mapping[str, object]) -> tuple[tuple[str, str], list[tuple[str, object]]]:
    """Return columns and rows of a table with one number a line."""
    return ("what", "number"), [(name.replace("_", " "), value) for name, value in numbers.items()]


def drifted(destination: str, differences: Sequence[Difference]) -> None:
    """Print what a destination holds otherwise than the journal says."""
    if not differences:
        console.print(f"{destination}: no drift; it holds what the journal says was accepted")
        return
    console.print(f"{destination}: {len(differences)} differ")
    table("Drift", ("person", "difference"), [(each.profile_id, each.what) for each in differences])
    console.print("Who that is: rotonde why PERSON")
