"""The traps of reading Mailchimp, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses

from plugins.wire.retry import HopelessError, TransientError
from tests.taps.mailchimp.audience import CONFIG, LIST, START, URL, Audience, at, member, tap

Read = Callable[..., list[dict[str, Any]]]
MEMBERS = f"/lists/{LIST}/members"


@pytest.fixture
def read(capsys: pytest.CaptureFixture[str]) -> Read:
    """Run a tap and return its Singer messages."""

    def run(*streams: str, **settings: Any) -> list[dict[str, Any]]:
        tap(*streams, **settings).sync_all()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def records(messages: list[dict[str, Any]], stream: str) -> list[dict[str, Any]]:
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


def names(messages: list[dict[str, Any]], stream: str = "members") -> list[str]:
    return [record["email_address"].partition("@")[0] for record in records(messages, stream)]


def last_state(messages: list[dict[str, Any]]) -> dict[str, Any]:
    return [each["value"] for each in messages if each["type"] == "STATE"][-1]


def test_reads_every_page_once_and_seals(audience: Audience, read: Read) -> None:
    audience.members = [member(f"m{n:02}", n * 10) for n in range(25)]
    messages = read("members", page_size=10)
    assert names(messages) == [f"m{n:02}" for n in range(25)]
    assert [each["stream"] for each in messages if each["type"] == "ACTIVATE_VERSION"] == ["members"]


def test_reads_every_member_of_one_second_that_fills_pages(audience: Audience, read: Read) -> None:
    audience.members = [member(f"m{n:02}", 5 if n < 22 else n) for n in range(30)]
    assert sorted(names(read("members", page_size=5))) == [f"m{n:02}" for n in range(30)]


def test_skips_nobody_when_members_change_while_it_reads(audience: Audience, read: Read) -> None:
    audience.members = [member(f"m{n:02}", n * 10) for n in range(20)]

    def disturb(call: int) -> None:
        if call in (2, 3):
            audience.members[call]["last_changed"] = at(10_000 + call)

    audience.between = disturb
    messages = read("members", page_size=5)
    assert set(names(messages)) == {f"m{n:02}" for n in range(20)}


def test_asks_sorted_by_change_and_only_for_the_fields_it_declares(audience: Audience, read: Read) -> None:
    audience.members = [member("ann", 1)]
    read("members")
    query = audience.queries(MEMBERS)[0]
    assert (query["sort_field"], query["sort_dir"], query["count"]) == ("last_changed", "ASC", "1000")
    fields = set(query["fields"].split(","))
    assert {"total_items", "members.id", "members.merge_fields"} <= fields
    assert not {"members._links", "members.last_note", "members.location"} & fields
    assert "before_last_changed" not in query


def test_reads_only_what_changed_when_incremental(audience: Audience, read: Read) -> None:
    audience.members = [member("ann", 1), member("bob", 100)]
    first = read("members", members="incremental")
    assert not [each for each in first if each["type"] == "ACTIVATE_VERSION"]
    audience.members.append(member("cas", 200))
    second = read("members", members="incremental", state=last_state(first))
    assert names(second) == ["bob", "cas"]
    query = audience.queries(MEMBERS)[-1]
    assert query["since_last_changed"] == at(99)
    assert query["before_last_changed"] > at(0)


def test_starts_at_the_start_date_when_incremental(audience: Audience, read: Read) -> None:
    audience.members = [member("ann", 1), member("bob", 100)]
    assert names(read("members", members="incremental", start_date=at(50))) == ["bob"]


def test_reads_archived_members_in_their_own_pass_and_never_seals_it(audience: Audience, read: Read) -> None:
    audience.members = [member("ann", 1), member("bob", 2, status="archived")]
    messages = read("members", "archived_members")
    assert names(messages) == ["ann"]
    assert names(messages, "archived_members") == ["bob"]
    assert [each["stream"] for each in messages if each["type"] == "ACTIVATE_VERSION"] == ["members"]


def test_unset_dates_are_null(audience: Audience, read: Read) -> None:
    audience.members = [member("ann", 1)]
    record = records(read("members"), "members")[0]
    assert record["timestamp_opt"] is None
    assert record["last_changed"] == at(1)


def test_fetches_the_tags_beyond_fifty(audience: Audience, read: Read) -> None:
    tags = [{"id": n, "name": f"t{n}", "date_added": at(1)} for n in range(60)]
    ann = member("ann", 1, tags_count=60, tags=[{"id": n, "name": f"t{n}"} for n in range(50)])
    audience.members, audience.tags = [ann], {ann["id"]: tags}
    record = records(read("members", page_size=25), "members")[0]
    assert [tag["name"] for tag in record["tags"]] == [f"t{n}" for n in range(60)]


def test_keeps_the_first_fifty_tags_of_a_member_who_is_gone_meanwhile(audience: Audience, read: Read) -> None:
    audience.members = [member("ann", 1, tags_count=51, tags=[{"id": 1, "name": "vip"}])]
    assert records(read("members"), "members")[0]["tags"] == [{"id": 1, "name": "vip"}]


def campaign(name: str, sent: str, status: str = "sent") -> dict[str, Any]:
    return {"id": name, "status": status, "create_time": at(0), "send_time": sent}


def email(who: str, *acts: tuple[str, int, str]) -> dict[str, Any]:
    activity = [{"action": act, "timestamp": at(when), **({"url": url} if url else {})} for act, when, url in acts]
    return {
        "campaign_id": "c1",
        "list_id": LIST,
        "email_id": who,
        "email_address": f"{who}@x.org",
        "activity": activity,
    }


def test_goes_on_after_a_page_of_members_without_activity(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c1", at(0))]
    audience.emails = {"c1": [*(email(f"m{n}") for n in range(6)), email("ann", ("open", 5, ""))]}
    messages = read("email_activity", page_size=2)
    assert [record["email_id"] for record in records(messages, "email_activity")] == ["ann"]


def test_gives_each_activity_once_with_an_empty_url_where_there_is_none(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c1", at(0))]
    acts = (("open", 5, ""), ("open", 5, ""), ("click", 6, "https://shop.example/a"))
    audience.emails = {"c1": [email("ann", *acts)]}
    found = records(read("email_activity"), "email_activity")
    assert [(each["action"], each["url"]) for each in found] == [("open", ""), ("click", "https://shop.example/a")]


def test_asks_activity_since_the_bookmark_with_an_hour_of_overlap(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c1", at(0)), campaign("c2", at(0))]
    audience.emails = {"c1": [email("ann", ("open", 9000, ""))], "c2": []}
    first = read("email_activity")
    second = read("email_activity", state=last_state(first))
    queries = audience.queries("/reports/c1/email-activity")
    assert "since" not in queries[0]
    assert queries[1]["since"] == at(9000 - 3600)
    assert len(records(second, "email_activity")) == 1


def test_an_activity_in_the_future_does_not_move_the_bookmark_past_the_run(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c1", at(0))]
    audience.emails = {"c1": [email("ann", ("open", 10**9, ""))]}
    state = last_state(read("email_activity"))
    assert state["bookmarks"]["email_activity"]["replication_key_value"] < at(10**9)


def test_an_unreadable_time_does_not_stop_the_rest(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c1", "soon")]
    odd = {"campaign_id": "c1", "email_id": "ann", "timestamp": "yesterday"}
    audience.unsubscribes = {"c1": [odd, odd | {"email_id": "bob", "timestamp": at(9)}]}
    messages = read("unsubscribes", start_date=at(0))
    assert [each["email_id"] for each in records(messages, "unsubscribes")] == ["ann", "bob"]


def test_a_withdrawal_that_shows_up_late_is_read(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c1", at(0))]
    audience.unsubscribes = {"c1": [{"campaign_id": "c1", "email_id": "ann", "timestamp": at(90_000)}]}
    state = last_state(read("unsubscribes"))
    audience.unsubscribes["c1"].append({"campaign_id": "c1", "email_id": "bob", "timestamp": at(10)})
    found = records(read("unsubscribes", state=state), "unsubscribes")
    assert "bob" in [each["email_id"] for each in found]


def test_leaves_old_and_unsent_campaigns_alone(audience: Audience, read: Read) -> None:
    old = (START - timedelta(days=120)).isoformat()
    audience.campaigns = [campaign("c0", old), campaign("c1", at(0)), campaign("c2", "", status="save")]
    audience.emails = {"c1": []}
    read("email_activity", start_date=at(0))
    assert [path for path, _ in audience.asked if path.startswith("/reports")] == ["/reports/c1/email-activity"]


def test_goes_on_after_a_campaign_whose_report_is_gone(audience: Audience, read: Read) -> None:
    audience.campaigns = [campaign("c0", at(0)), campaign("c1", at(0))]
    leaver = {"campaign_id": "c1", "email_id": "ann", "timestamp": at(9), "reason": "Not interested"}
    audience.unsubscribes = {"c1": [leaver]}
    assert [each["email_id"] for each in records(read("unsubscribes"), "unsubscribes")] == ["ann"]


def test_stops_at_once_when_the_key_is_refused(http: responses.RequestsMock) -> None:
    http.get(f"{URL}{MEMBERS}", status=401, json={"title": "API Key Invalid"})
    with pytest.raises(HopelessError, match="HTTP 401"):
        tap("members").sync_all()
    assert len(http.calls) == 1


def test_a_wrong_audience_stops_the_run(http: responses.RequestsMock) -> None:
    http.get(f"{URL}{MEMBERS}", status=404, json={"title": "Resource Not Found"})
    with pytest.raises(HopelessError, match="HTTP 404"):
        tap("members").sync_all()


@pytest.mark.parametrize("status", [403, 429, 503])
def test_tries_again_when_cut_off_before_the_api(http: responses.RequestsMock, read: Read, status: int) -> None:
    http.get(f"{URL}{MEMBERS}", status=status, body="<html>slow down</html>", content_type="text/html")
    http.get(f"{URL}{MEMBERS}", json={"members": [member("ann", 1)], "total_items": 1})
    assert names(read("members")) == ["ann"]


def test_a_forbidden_with_a_problem_document_is_not_tried_again(http: responses.RequestsMock) -> None:
    http.get(f"{URL}{MEMBERS}", status=403, json={"title": "Forbidden"})
    with pytest.raises(HopelessError):
        tap("members").sync_all()
    assert len(http.calls) == 1


def test_an_answer_without_its_list_is_an_error_and_no_empty_snapshot(
    http: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    http.get(f"{URL}{MEMBERS}", json={"status": "ok"})
    with pytest.raises(HopelessError, match="no such list"):
        tap("members").sync_all()
    assert "ACTIVATE_VERSION" not in capsys.readouterr().out


def test_an_error_shows_neither_query_nor_body_nor_key(
    http: responses.RequestsMock, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    http.get(f"{URL}{MEMBERS}", status=500, json={"detail": "els.peeters@example.com"})
    with pytest.raises(TransientError) as error:
        tap("members").sync_all()
    said = capsys.readouterr()
    text = "\n".join([str(error.value), said.out, said.err, caplog.text])
    assert not [word for word in ("els.peeters", CONFIG["api_key"], "sort_field", "since_") if word in text]


def test_sends_the_key_as_password(audience: Audience, http: responses.RequestsMock, read: Read) -> None:
    read("segments")
    assert http.calls[0].request.headers["Authorization"] == "Basic cm90b25kZTprMGswazAtdXM2"


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ({"api_key": "abc-us21"}, "https://us21.api.mailchimp.com/3.0"),
        ({"api_key": "abc", "api_url": "http://127.0.0.1:8700/mailchimp/3.0/"}, "http://127.0.0.1:8700/mailchimp/3.0"),
    ],
)
def test_finds_the_data_centre_in_the_key(config: dict[str, str], url: str) -> None:
    assert tap(**config).api_url == url


@pytest.mark.parametrize("key", ["abc", "abc-", "abc-us6.evil.example/"])
def test_says_what_to_do_about_a_key_without_data_centre(key: str) -> None:
    with pytest.raises(HopelessError, match="copy the whole key"):
        _ = tap(api_key=key).api_url
