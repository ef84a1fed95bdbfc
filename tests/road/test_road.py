"""The whole road with its real programs: a fictional retailer, three vendors, one audience."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.project import jobs
from plugins.sandbox.fiction import Fiction
from tests.road.world import World, own_project, project_environment, vendors

SYNC_SECONDS = 240


def accepted(world: World) -> dict[str, str]:
    """Return profile and address of everybody Mailchimp has accepted."""
    rows = [row for row in world.journal("accepted") if row["destination"] == "mailchimp"]
    return {row["wire_id"]: row["profile_id"] for row in rows if row["operation"] != "remove"}


def joined(world: World, since: int) -> set[str]:
    """Return the addresses that were brought in, changed or tagged on the wire after so many calls."""
    bodies = [json.loads(call.body) for call in world.mailchimp.calls[since:] if call.method == "POST" and call.body]
    members = [each for body in bodies for each in body.get("members", ()) if each.get("status") != "unsubscribed"]
    tagged = [email for body in bodies for email in body.get("members_to_add", ())]
    return {each["email_address"].lower() for each in members} | {email.lower() for email in tagged}


def test_only_who_wants_mail_is_sent_and_a_second_run_sends_nothing(world: World, fiction: Fiction) -> None:
    first = world.push()
    assert first.is_well
    wants = {each.id for each in fiction.truths if each.wants_email}
    owners = {
        each.email.lower(): each.person for each in (*fiction.contacts, *fiction.web_accounts, *fiction.web_orders)
    }
    sent = joined(world, 0)
    assert sent
    assert {email for email in sent if owners.get(email) not in wants} == set()
    before = len(world.mailchimp.operations)
    assert all(run.is_well for run in world.sync("mailchimp"))
    assert len(world.mailchimp.operations) == before


@pytest.mark.parametrize("vendor", ["mailchimp", "woocommerce", "tilroy"])
def test_c8_a_withdrawal_at_any_vendor_takes_the_person_out_in_one_sync(world: World, vendor: str) -> None:
    world.push()
    email = _withdraw(world, vendor)
    calls = len(world.mailchimp.calls)
    assert all(run.is_well for run in world.sync(*{vendor, "mailchimp"}))
    member = world.mailchimp.audience.find(email)
    assert member is not None
    assert member.status != "subscribed"
    assert email not in joined(world, calls)
    before = len(world.mailchimp.operations)
    assert world.push().is_well
    assert len(world.mailchimp.operations) == before


def _withdraw(world: World, vendor: str) -> str:
    """Let somebody who was sent withdraw at this vendor; gives the address."""
    if vendor == "mailchimp":
        email = sorted(accepted(world))[0]
        world.mailchimp.perform("unsubscribe", email=email)
        return email
    if vendor == "woocommerce":
        users = world.vendors.woocommerce.retailer.web_accounts
        account = next(each for each in users if each.email.lower() in accepted(world))
        now = datetime.now(UTC).isoformat()
        for key, value in (("newsletter_optin_at", now), ("newsletter_optin", "no")):
            world.vendors.woocommerce.perform("set_meta", customer_id=str(account.id), key=key, value=value)
        return account.email.lower()
    people = world.vendors.tilroy.retailer.till_customers
    customer = next(each for each in people if each.email.lower() in accepted(world) and not each.deleted_at)
    world.vendors.tilroy.perform("set_newsletter", customer_id=str(customer.id), value="false")
    return customer.email.lower()


def run_sync(project: Path, environment: dict[str, str], *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "plugins.hub.cli", *(words or ("sync",)), "--json"], cwd=project, env=environment,
        capture_output=True, text=True, timeout=SYNC_SECONDS,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr[-2000:]


@pytest.mark.timeout(900)
def test_d19_d17_rotonde_sync_by_meltano_and_one_revoked_key_stops_one_job_only(tmp_path: Path) -> None:
    project = own_project(tmp_path / "project")
    with vendors(Fiction(people=60)) as opened:
        environment = project_environment(project, opened)
        code, told, errors = run_sync(project, environment)
        assert (code, {job["exit_code"] for job in told["jobs"]}) == (0, {0}), errors
        assert len(told["jobs"]) == sum(len(names) for names in jobs(project).values())
        assert told["left_out"] == []
        operations = len(opened.mailchimp.operations)
        assert operations
        sent = Counter(each["state"] for each in told["status"]["pushes"])
        assert set(sent) == {"accepted", "staged"}  # what a vendor carries out later is asked for next time

        world = World(project / "home", environment["ROTONDE_DATABASE_URL"], opened)
        email = _withdraw(world, "woocommerce")
        opened.tilroy.bearer = "revoked"
        some = [f"--only={job}" for job in (
            "ingest-tilroy", "ingest-woocommerce", "ingest-mailchimp", "withdraw-tilroy", "withdraw-mailchimp",
            "activate-mailchimp",
        )]  # fmt: skip
        code, told, _ = run_sync(project, environment, "sync", *some)
        assert code == 1
        assert len(told["jobs"]) == len(some)
        failed = {job["job"] for job in told["jobs"] if job["exit_code"]}
        assert "ingest-tilroy" in failed
        assert all(job.endswith("-tilroy") for job in failed)
        kinds = Counter(each.kind for each in opened.mailchimp.operations[operations:])
        assert kinds["created"] == 0
        assert {each.email.lower() for each in opened.mailchimp.operations[operations:]} == {email}

        code, told, errors = run_sync(project, environment, "drift", "mailchimp")
        assert (code, told) == (0, {"mailchimp": []}), errors
        opened.mailchimp.perform("delete", email=sorted(set(accepted(world)) - {email})[0])
        code, told, errors = run_sync(project, environment, "drift", "mailchimp")
        assert (code, [each["what"] for each in told["mailchimp"]]) == (3, ["gone at the vendor"]), errors
