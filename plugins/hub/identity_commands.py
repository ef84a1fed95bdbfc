"""The commands `rotonde identity`: what agreement is worth, and what people decide about who is who."""

from __future__ import annotations

from pathlib import Path

import click

from mappers.identity.decisions import Pair
from mappers.identity.files import learn_table
from mappers.identity.learning import as_yaml
from plugins.hub import deciding, show, show_people
from plugins.hub.command import AS_JSON, OK, PARQUET, said
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import open_hub, rules_folder

MOST_SHOWN = 20
WHO = "ONE and OTHER are records (source:id), profile ids, or identifiers that only one person has."
REASON = click.option("--reason", required=True, help="Why; it is kept with the decision and told by `rotonde why`.")


@click.group()
def identity() -> None:
    """Who is who: what agreement is worth, and what people decide."""


@identity.command("learn")
@click.option("--records", type=PARQUET, required=True, help="A Parquet table of source records; needs no truth.")
@said
def learn(records: Path) -> int:
    """Learn what agreement is worth from a table of records, and write it into the rules."""
    folder = rules_folder()
    made = folder / "identity_model.yml"
    made.write_text(as_yaml(learn_table(records, read_meaning(folder).identity)), "utf-8")
    show.console.print(f"{made}: written; the next resolve works everybody out anew")
    return OK


@identity.command("review")
@click.option("--most", default=MOST_SHOWN, show_default=True, help="How many pairs are shown, the nearest first.")
@AS_JSON
@said
def review(most: int, as_json: bool) -> int:
    """Show persons who are nearly one, and groups too large to believe."""
    found = deciding.to_review(open_hub(), most)
    show.as_json(found) if as_json else show_people.review(found)
    return OK


@identity.command("link", epilog=WHO)
@click.argument("one")
@click.argument("other")
@REASON
@AS_JSON
@said
def link(one: str, other: str, reason: str, as_json: bool) -> int:
    """Decide that ONE and OTHER are one person, whatever the rules say, for every resolve from now on."""
    return _told(*deciding.link(open_hub(), one, other, reason), "are one person", as_json)


@identity.command("unlink", epilog=f"{WHO} A profile id that was merged into another stands for the records it had.")
@click.argument("one")
@click.argument("other")
@REASON
@AS_JSON
@said
def unlink(one: str, other: str, reason: str, as_json: bool) -> int:
    """Decide that ONE and OTHER are not one person; takes back a merge, as if it had not been."""
    return _told(*deciding.unlink(open_hub(), one, other, reason), "are not one person", as_json)


@identity.command("undo")
@click.argument("number", type=int)
@REASON
@AS_JSON
@said
def undo(number: int, reason: str, as_json: bool) -> int:
    """Take back decision NUMBER: the rules decide again."""
    return _told(*deciding.undo(open_hub(), number, reason), "go by the rules again", as_json)


@identity.command("decisions")
@AS_JSON
@said
def decisions(as_json: bool) -> int:
    """Show every decision, oldest first."""
    taken = deciding.taken(open_hub())
    columns = ("number", "verdict", "one", "other", "pairs", "reason", "by", "at")
    show.as_json(taken) if as_json else show.table("Decisions", columns, deciding.as_rows(taken))
    return OK


def _told(act: int, pairs: list[Pair], verdict: str, as_json: bool) -> int:
    if as_json:
        show.as_json({"decision": act, "pairs": pairs})
        return OK
    more = f", and {len(pairs) - 1} pairs more" if len(pairs) > 1 else ""
    show.console.print(f"decision {act}: {' and '.join(pairs[0])} {verdict}{more}", markup=False)
    show.console.print("It holds from the next resolve on: rotonde resolve")
    return OK
