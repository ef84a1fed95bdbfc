"""Rules: read and checked as they stand, and changes proposed; files stay the truth, and the console writes none."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import Response

from plugins.console import proposals
from plugins.console.ask import Ask, Stopped
from plugins.console.colouring import coloured
from plugins.console.previewing import LEASE
from plugins.console.proposals import Row
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.console.rule_files import kind_of
from plugins.console.trying import Checked, changed, check, tidy
from plugins.hub.lease import is_held
from plugins.rules.complaint import RulesError
from plugins.rules.owners import Owners
from plugins.rules.yaml_file import load_yaml

LONGEST = 500
PREVIEWING = "plugins.console.previewing"


def rules(ask: Ask) -> Response:
    """Show every file by what it is about."""
    return _listed(ask, None)


def check_form(ask: Ask) -> Response:
    """Read every file as a run would, and run its examples."""
    return _listed(ask, check(ask.desk.rules, ask.desk.hub.channels))


def _listed(ask: Ask, checked: Checked | None) -> Response:
    files = ask.desk.rule_files
    names, changes, owners = files.names(), files.changes(), _owners(ask)
    rows = [{"name": name, "kind": kind_of(name), "owner": owners.of(name), "change": changes.get(name)}
            for name in names]  # fmt: skip
    kinds = [(is_folder, list(group)) for is_folder, group in groupby(rows, lambda row: _folder(str(row["name"])))]
    with ask.desk.hub.store.reading() as connection:
        waiting = [each for each in proposals.listed(connection) if proposals.become(files, each) == "open"]
    return ask.page("rules.html", kinds=kinds, checked=checked, waiting=len(waiting))


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _owners(ask: Ask) -> Owners:
    """Return who answers for what by the file as it stands; nobody where it cannot be read."""
    try:
        value, _ = load_yaml((ask.desk.rule_files.text("owners.yml") or "{}").encode(), "owners.yml")
        return Owners.model_validate(value)
    except (RulesError, ValueError):
        return Owners()


def file(ask: Ask) -> Response:
    """Show one file."""
    name = ask.part("path")
    text = ask.desk.rule_files.text(name)
    if text is None:
        raise Stopped(404)
    return ask.page(
        "rule_file.html", name=name, kind=kind_of(name), owner=_owners(ask).of(name), lines=coloured(text),
        change=ask.desk.rule_files.changes().get(name), amiss={},
    )  # fmt: skip


def propose(ask: Ask) -> Response:
    """Give a file to be changed, or a new one to be written."""
    name = ask.request.query_params.get("file", "").strip()
    text = ask.desk.rule_files.text(name)
    if text is None and not ask.desk.rule_files.may_be(name):
        raise Stopped(404)
    return ask.page("rule_propose.html", name=name, text=text or "", why="", checked=None, patch=(), amiss={}, lines=())


def propose_form(ask: Ask) -> Response:
    """Check a text; keep it as a proposal where that is asked for."""
    files, name, text = ask.desk.rule_files, ask.said("file"), tidy((ask.form or {}).get("text", ""))
    before, why = files.text(name), ask.said("why")[:LONGEST]
    if before is None and not files.may_be(name):
        raise Stopped(404)
    with changed(ask.desk.rules, name, text) as folder:
        checked = check(folder, ask.desk.hub.channels)
    patch = proposals.patch_of(files.prefix(), name, before, text)
    if ask.said("do") == "keep" and patch and why:
        return _kept(ask, name, text, checked, why)
    return ask.page(
        "rule_propose.html", name=name, text=text, why=why, checked=checked, lines=coloured(text),
        patch=list(proposals.coloured_patch(patch)), amiss={each.line: each for each in checked.of(name)},
    )  # fmt: skip


def _kept(ask: Ask, name: str, text: str, checked: Checked, why: str) -> Response:
    store, who = ask.desk.hub.store, ask.who.account.name
    with store.writing() as connection:
        number = proposals.keep(connection, ask.desk.rule_files, name, text, checked, who, why, ask.now)
    ask.note("proposal", name, what="kept", id=number, is_well=checked.is_well)
    return ask.to(f"/rules/proposals/{number}")


def proposed(ask: Ask) -> Response:
    """List what was proposed."""
    files = ask.desk.rule_files
    with ask.desk.hub.store.reading() as connection:
        rows = [{**each, "become": proposals.become(files, each)} for each in proposals.listed(connection)]
    return ask.page("rule_proposals.html", proposals=rows)


def proposal(ask: Ask) -> Response:
    """Show one proposal."""
    row = _one(ask)
    with ask.desk.hub.store.reading() as connection:
        runs = row["preview_state"] == "running" and is_held(connection, LEASE, ask.now)
    return ask.page(
        "rule_proposal.html", row=row, become=proposals.become(ask.desk.rule_files, row), runs=runs,
        patch=list(proposals.coloured_patch(row["patch"])),
    )  # fmt: skip


def patch(ask: Ask) -> Response:
    """Give a proposal for `git apply`."""
    row = _one(ask)
    headers = {"Content-Disposition": f'attachment; filename="{row["id"]}.patch"'}
    return Response(row["patch"], media_type="text/x-patch; charset=utf-8", headers=headers)


def preview(ask: Ask) -> Response:
    """Let what a proposal would change be worked out, beside us."""
    row = _one(ask)
    if row["checked"]["complaints"] or row["state"] != "open":
        raise Stopped(400)
    with ask.desk.hub.store.writing() as connection:
        proposals.previewed(connection, row["id"], "running")
    ask.note("proposal", row["file"], what="previewed", id=row["id"])
    ask.desk.start(ask.desk.hub.store, PREVIEWING, row["id"])
    return ask.to(f"/rules/proposals/{row['id']}#preview")


def withdraw(ask: Ask) -> Response:
    """Withdraw a proposal."""
    row = _one(ask)
    with ask.desk.hub.store.writing() as connection:
        if not proposals.withdraw(connection, row["id"]):
            raise Stopped(400)
    ask.note("proposal", row["file"], what="withdrawn", id=row["id"])
    return ask.to("/rules/proposals")


def _one(ask: Ask) -> Row:
    with ask.desk.hub.store.reading() as connection:
        row = proposals.one(connection, ask.part("id"))
    if row is None:
        raise Stopped(404)
    return row


ROUTES = (
    Seen("/rules", "rules", Right.RULES, rules, on_menu=True),
    Seen("/rules", "rules", Right.RULES, check_form, "POST"),
    Seen("/rules/file/{path:path}", "rules", Right.RULES, file),
    Seen("/rules/propose", "rules", Right.PROPOSE, propose),
    Seen("/rules/propose", "rules", Right.PROPOSE, propose_form, "POST"),
    Seen("/rules/proposals", "rules", Right.RULES, proposed),
    Seen("/rules/proposals/{id}", "rules", Right.RULES, proposal),
    Seen("/rules/proposals/{id}/patch", "rules", Right.RULES, patch),
    Seen("/rules/proposals/{id}/preview", "rules", Right.PROPOSE, preview, "POST"),
    Seen("/rules/proposals/{id}/withdraw", "rules", Right.PROPOSE, withdraw, "POST"),
)
