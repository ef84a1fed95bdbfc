"""Reports tell of the retailer's campaigns, and of what happened since."""

from __future__ import annotations

from tests.plugins.sandbox.mailchimp.stage import ELS, JAN, MIA, SHOP, Caller

REPORT = "/3.0/reports/c0ffee0001"


def test_sums_up_a_campaign(caller: Caller) -> None:
    report = caller.get(REPORT)
    assert (report["emails_sent"], report["unsubscribed"], report["bounces"]["hard_bounces"]) == (3, 1, 1)
    assert (report["opens"]["opens_total"], report["clicks"]["clicks_total"]) == (1, 1)


def test_lists_every_recipient_also_who_did_nothing(caller: Caller) -> None:
    emails = caller.get(f"{REPORT}/email-activity")["emails"]
    done = {each["email_address"]: [row["action"] for row in each["activity"]] for each in emails}
    assert done == {ELS: ["open", "click"], JAN: [], MIA: ["bounce"]}


def test_lists_only_what_was_done_since(caller: Caller) -> None:
    emails = caller.get(f"{REPORT}/email-activity?since=2026-02-17T13:30:00Z")["emails"]
    assert [row["action"] for each in emails for row in each["activity"]] == ["click"]


def test_names_the_links_and_who_clicked_them(caller: Caller) -> None:
    link = caller.get(f"{REPORT}/click-details?sort_field=total_clicks&sort_dir=DESC")["urls_clicked"][0]
    assert (link["url"], link["unique_clicks"]) == (SHOP, 1)
    members = caller.get(f"{REPORT}/click-details/{link['id']}/members")["members"]
    assert [(each["email_address"], each["clicks"]) for each in members] == [(ELS, 1)]
    assert caller.call("GET", f"{REPORT}/click-details/none/members").status_code == 404


def test_lists_who_opened_who_left_and_how_it_was_delivered(caller: Caller) -> None:
    assert [each["opens_count"] for each in caller.get(f"{REPORT}/open-details")["members"]] == [1]
    left = caller.get(f"{REPORT}/unsubscribed")["unsubscribes"]
    assert [(each["email_address"], each["reason"]) for each in left] == [(JAN, "Too many")]
    assert {each["email_address"]: each["status"] for each in caller.get(f"{REPORT}/sent-to")["sent_to"]} == {
        ELS: "sent",
        JAN: "sent",
        MIA: "hard",
    }


def test_adds_what_happens_later_to_the_last_campaign(caller: Caller) -> None:
    caller.vendor.perform("unsubscribe", email=ELS)
    assert caller.get(f"{REPORT}/unsubscribed")["total_items"] == 2


def test_finds_campaigns_by_the_time_they_were_sent(caller: Caller) -> None:
    assert caller.get("/3.0/campaigns?since_send_time=2026-02-01T00:00:00Z")["total_items"] == 1
    assert caller.get("/3.0/reports?since_send_time=2026-02-20T00:00:00Z")["total_items"] == 0
