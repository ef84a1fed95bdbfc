"""The commands `rotonde consent`: what a person agreed to, and what permitted that they were written to."""

from __future__ import annotations

from datetime import datetime

import click

from plugins.hub import show
from plugins.hub.command import AS_JSON, DIFFERS, FAILED, OK, said
from plugins.hub.consenting import Consents, audit, consents
from plugins.hub.opt_out_clock import clock
from plugins.hub.plans import open_hub

WHO = "PERSON is an e-mail address, phone, card, customer number, `source:id` or profile id."
ACTS = (
    "at", "is_time_of_act", "source", "field", "value", "channel", "decision", "role", "place", "wording", "method",
    "evidence", "lacks",
)  # fmt: skip
SENT = (
    "prepared_at", "destination", "operation", "wire_id", "state", "reason", "source", "field", "value", "acted_at",
    "place", "wording", "ended_at", "lacks",
)  # fmt: skip


class _OfAPerson(click.Group):
    """A group whose first word may be a person instead of a command: `rotonde consent PERSON` shows theirs."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


@click.group(cls=_OfAPerson)
def consent() -> None:
    """Consent one can show: what a person said, and which act permitted what was sent."""


@consent.command("show", epilog=WHO)
@click.argument("person")
@AS_JSON
@said
def show_consent(person: str, as_json: bool) -> int:
    """Show what a person agreed to, and the proof: every act with its time, place, wording and evidence."""
    found = consents(open_hub(), person)
    if as_json:
        show.as_json(found)
    for each in [] if as_json else found:
        _print(each)
    if not found:
        show.errors.print("consent: nobody is known by that; try another identifier, or run 'rotonde resolve' first")
    return OK if found else FAILED


def _print(found: Consents) -> None:
    show.console.rule(found.profile_id, align="left")
    if all(each["basis"] == "contract" for each in found.states):
        show.console.print("Nobody ever said anything about this person's consent: no advertising is permitted.")
    show.rows("Consent", found.states, ("channel", "purpose", "state", "basis", "reason", "granted_at", "refused_at"))
    show.rows("What was said, and what it counts for", found.acts, ACTS)


@consent.command("audit", epilog=WHO)
@click.argument("person", required=False)
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day, in the shops' time.")
@AS_JSON
@said
def audit_consent(person: str | None, day: datetime, as_json: bool) -> int:
    """Show what was handed to destinations on a day, and which act permitted each row; 3 where one is missing."""
    found = audit(open_hub(), day.date(), person)
    if as_json:
        show.as_json(found)
    else:
        show.rows(f"Handed over on {day.date()}, and what permitted it", found, SENT)
        unproved = sum(each["lacks"] is not None for each in found)
        show.console.print(f"{len(found):,} rows, {unproved:,} without proof; removals need none and are not here")
    return DIFFERS if any(each["lacks"] is not None for each in found) else OK


@consent.command("clock")
@AS_JSON
@said
def consent_clock(as_json: bool) -> int:
    """Show how long withdrawals take to reach each destination, and which are overdue; 3 where one is."""
    found = clock(open_hub())
    if as_json:
        show.as_json(found)
    else:
        show.opt_outs(found)
        show.console.print(f"{len(found.overdue):,} withdrawals are overdue: 24 hours to hand over, 48 to confirm")
    return DIFFERS if found.overdue else OK
