"""What the tap reads of a Page, how far back, and what it does when Meta refuses."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from plugins.sandbox.meta.posts import Comment
from plugins.sandbox.meta.refusals import Refusal
from plugins.wire.retry import HopelessError, TransientError
from tests.plugins.sandbox.meta.stage import (
    BOX,
    COMMENT,
    FORM,
    HIDDEN,
    INSTAGRAM,
    LEAD,
    MEDIA,
    PAGE,
    POST,
    REPLY,
    START,
    TAGGED,
)  # fmt: skip
from tests.taps.meta.reader import Reader, ids, records, state_of, tap_of

GRAPH = "https://graph.facebook.com/v25.0"
OLD_POST = f"{PAGE}_998876"


def test_reads_posts_with_totals_and_without_text(page: Reader) -> None:
    post = records(page.read("posts"), "posts")[0]
    assert (post["id"], post["comment_count"], post["reaction_count"], post["share_count"]) == (POST, 3, 41, 3)
    assert datetime.fromisoformat(post["created_time"]) == START - timedelta(days=10)
    assert "message" not in post


def test_asks_for_no_text_and_no_name(page: Reader) -> None:
    messages = page.read()
    edges = ("published_posts", "comments", "tagged", "media", "tags")
    asked = {word for edge in edges for query in page.queries(edge) for word in re.findall(r"\w+", query["fields"])}
    assert asked & {"message", "text", "caption", "name", "message_tags", "story"} == set()
    told = json.dumps([each for each in messages if each.get("stream") not in ("leads", "lead_forms")])
    assert not [word for word in ("Anna P.", "Wat mooi", "Love it", "@wandelwind", "Herfst") if word in told]


def test_reads_comments_and_replies_of_both_networks_and_hidden_ones(page: Reader) -> None:
    messages = page.read("comments", "media_comments")
    assert ids(messages, "comments") == [COMMENT, REPLY, HIDDEN]
    assert [each["is_hidden"] for each in records(messages, "comments")] == [False, False, True]
    assert {each["post_id"] for each in records(messages, "comments")} == {POST}
    assert [(each["id"], each["parent_id"], each["username"], each["media_id"])
            for each in records(messages, "media_comments")] == [
        ("1780", None, "anna_p", MEDIA), ("1781", "1780", "wandelwind", MEDIA)]  # fmt: skip


def test_reads_who_names_the_account(page: Reader) -> None:
    (tagged,) = records(page.read("tagged_media"), "tagged_media")
    assert (tagged["id"], tagged["username"], tagged["account"]) == (TAGGED, "anna_p", "wandelwind")


def test_acts_for_the_page_with_its_own_token_and_never_puts_a_token_into_an_address(page: Reader) -> None:
    page.vendor.demands_proof = True
    messages = page.read(app_secret=page.vendor.app_secret)
    assert records(messages, "comments")[0]["from"] == {"id": "7000000000000001"}
    assert not [call for call in page.vendor.calls if "token" in call.query.replace("fields=access_token", "")]


def test_goes_on_after_an_empty_page_and_reads_every_reply_of_a_long_thread(page: Reader) -> None:
    for number in range(120):
        page.vendor.perform("comment", post_id=POST, text="Mooi", author_id=f"7{number}", author="A")
        page.vendor.perform("comment", post_id=MEDIA, text="Mooi", author_id="1", author=f"a{number}")
        page.vendor.perform("comment", post_id=MEDIA, text="Ja", author_id="1", author=f"b{number}", parent_id="1780")
    messages = page.read("comments", "media_comments", page_size=25)
    assert len(set(ids(messages, "comments"))) == 123
    assert len(set(ids(messages, "media_comments"))) == 242
    assert len(page.queries("replies")) > 2


def test_reads_posts_and_their_comments_again_from_the_window_before_the_newest(page: Reader) -> None:
    first = page.read("posts", "comments", "media")
    assert ids(first, "posts") == [POST, OLD_POST]
    page.vendor.perform("comment", post_id=POST, text="Nog een", author_id="7", author="B")
    second = page.read("posts", "comments", "media", state=state_of(first), window_days=15)
    assert ids(second, "posts") == [POST]
    assert len(ids(second, "comments")) == 4
    since = datetime.fromtimestamp(int(page.queries("published_posts")[-1]["since"]), UTC)
    assert since == START - timedelta(days=10 + 15)
    assert "since" in page.queries("media")[-1]


def test_never_reads_from_before_the_start_date(page: Reader) -> None:
    start = (START - timedelta(days=12)).isoformat()
    first = page.read("posts", "leads", start_date=start)
    assert ids(first, "posts") == ids(page.read("posts", state=state_of(first), start_date=start), "posts") == [POST]


def test_reads_leads_of_each_form_with_its_name_and_wording_from_a_day_before_the_newest(page: Reader) -> None:
    first = page.read("leads")
    leads = {each["id"]: each for each in records(first, "leads")}
    assert set(leads) == {LEAD, "334456"}  # the third is older than what Meta keeps
    assert (leads[LEAD]["form_name"], leads[LEAD]["checkboxes"][0]["text"]) == ("Spaarpas", "Mail mij.")
    page.vendor.perform("fill_in", form_id=FORM, email="els@example.com", full_name="Els Bos", ticked=BOX)
    second = page.read("leads", state=state_of(first))
    assert len(ids(second, "leads")) == 3
    (rule,) = json.loads(page.queries("leads")[-1]["filtering"])
    newest = START - timedelta(days=10) + timedelta(hours=2)
    assert rule == {"field": "time_created", "operator": "GREATER_THAN_OR_EQUAL",
                    "value": int((newest - timedelta(days=1)).timestamp())}  # fmt: skip


def test_a_page_without_an_account_on_instagram_has_nothing_of_it(http: responses.RequestsMock, read: Any) -> None:
    http.get(f"{GRAPH}/{PAGE}", json={"id": PAGE, "access_token": "page"})
    assert not [each for each in read("media", "tagged_media") if each["type"] == "RECORD"]


def test_waits_as_long_as_the_headers_ask_when_there_were_too_many_calls(page: Reader) -> None:
    page.vendor.perform("throttle", use="pages", minutes="7")
    page.while_waiting = lambda: page.clock.forward(minutes=7)
    assert ids(page.read("posts"), "posts")
    assert page.waited == [7 * 60.0]


def test_gives_up_after_so_many_tries(page: Reader) -> None:
    page.vendor.perform("throttle", use="instagram", minutes="90")
    with pytest.raises(TransientError, match="code 80002, too many calls"):
        page.read("media")
    assert page.waited == [3600.0, 3600.0]


def test_stops_at_once_when_the_token_has_expired(page: Reader) -> None:
    page.vendor.perform("expire_token", token="system")
    with pytest.raises(HopelessError, match="code 190/463, the token is refused"):
        page.read()
    assert (len(page.vendor.calls), page.waited) == (1, [])


def test_stops_at_once_when_the_token_of_the_page_ends_while_reading(page: Reader) -> None:
    page.vendor.perform("expire_token", token="page", subcode="492")
    with pytest.raises(HopelessError, match="posts: code 190/492"):
        page.read("posts")
    assert page.waited == []


def test_goes_on_when_a_post_is_gone_since_it_was_listed(
    page: Reader, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    page.vendor.faults.add(match=f"GET /v25.0/{POST}/comments", status=400, body=json.dumps(
        {"error": {"message": "Object with ID '1' does not exist", "code": 100, "error_subcode": 33}}))  # fmt: skip
    messages = page.read("posts", "comments")
    assert (len(ids(messages, "posts")), ids(messages, "comments")) == (2, [])
    assert "gone since it was listed" in caplog.text


def test_begins_a_list_again_when_its_cursor_has_died(page: Reader) -> None:
    for number in range(9):
        page.vendor.perform("comment", post_id=POST, text="Mooi", author_id=f"7{number}", author="A")
    listed = page.vendor.edges["PagePost", "comments", "GET"]

    def disturbed(node: Any, parameters: Any) -> Any:
        if parameters.has("after") and COMMENT in page.vendor.nodes:
            gone = page.vendor.nodes[COMMENT]
            assert isinstance(gone, Comment)
            page.vendor.perform("remove_comment", comment_id=COMMENT)
            raise Refusal(100, "(#100) Invalid cursors values")
        return listed(node, parameters)

    page.vendor.edges["PagePost", "comments", "GET"] = disturbed
    found = ids(page.read("comments", page_size=5), "comments")
    assert set(found) >= {each.id for each in page.vendor.every(Comment)}


def test_does_not_begin_again_for_ever(http: responses.RequestsMock, read: Any) -> None:
    opened(http)
    refused = {"error": {"message": "Invalid cursors values", "code": 100}}
    first = {"data": [], "paging": {"next": f"{GRAPH}/{PAGE}/published_posts?after=QVFI&access_token=EAAsecret"}}
    for _ in range(4):
        http.get(f"{GRAPH}/{PAGE}/published_posts", json=first)
        http.get(f"{GRAPH}/{PAGE}/published_posts", json=refused, status=400)
    with pytest.raises(HopelessError, match="code 100"):
        read("posts")
    assert [("after=QVFI" in str(call.request.url), "EAAsecret" in str(call.request.url)) for call in http.calls[1:]
            ] == [(False, False), (True, False)] * 4  # fmt: skip


@pytest.mark.parametrize(("status", "body"), [
    (500, "<html>anna@example.nl</html>"),
    (400, '{"error": {"message": "Anna P. anna@example.nl", "code": 2, "is_transient": true}}'),
    (200, "<html>anna@example.nl</html>"),
])  # fmt: skip
def test_an_outage_is_tried_again_and_says_nothing_of_people(
    http: responses.RequestsMock, read: Any, caplog: pytest.LogCaptureFixture, status: int, body: str
) -> None:
    opened(http)
    for _ in range(2):
        http.get(f"{GRAPH}/{PAGE}/published_posts", status=status, body=body)
    with pytest.raises(TransientError) as error:
        read("posts")
    assert len(http.calls) == 3
    assert not [word for word in ("anna", "Anna", "EAA", "proof", "fields") if word in f"{error.value} {caplog.text}"]


@pytest.mark.parametrize("code", [10, 200, 294, 2635])
def test_a_missing_right_stops_the_run_with_the_code_alone(
    http: responses.RequestsMock, read: Any, code: int
) -> None:  # fmt: skip
    opened(http)
    http.get(f"{GRAPH}/{PAGE}/published_posts", status=403, json={"error": {"message": "Anna P.", "code": code}})
    with pytest.raises(HopelessError, match=f"^tap-meta: posts: code {code}, the token is refused or lacks a right"):
        read("posts")
    assert len(http.calls) == 2


def test_a_token_that_does_not_act_for_the_page_stops_the_run(http: responses.RequestsMock, read: Any) -> None:
    http.get(f"{GRAPH}/{PAGE}", json={"id": PAGE})
    with pytest.raises(HopelessError, match="does not act for the Page"):
        read("posts")


def test_a_wrong_page_stops_the_run(page: Reader) -> None:
    with pytest.raises(HopelessError, match="code 100/33, no such thing"):
        page.read("posts", page_id="1")


def test_says_when_nobody_is_told_to_have_written_anything(
    http: responses.RequestsMock, read: Any, caplog: pytest.LogCaptureFixture
) -> None:
    opened(http)
    post = {"id": POST, "created_time": "2026-03-04T10:15:00+0000"}
    http.get(f"{GRAPH}/{PAGE}/published_posts", json={"data": [post]})
    comment = {"id": COMMENT, "created_time": "2026-03-04T10:16:00+0000", "is_hidden": False}
    http.get(f"{GRAPH}/{POST}/comments", json={"data": [comment, {**comment, "id": REPLY}]})
    assert len(records(read("posts", "comments"), "comments")) == 2
    assert caplog.text.count("pages_read_user_content") == 1


def opened(http: responses.RequestsMock) -> None:
    """Let the Page give its token."""
    http.get(f"{GRAPH}/{PAGE}", json={"id": PAGE, "access_token": "page",
                                      "instagram_business_account": {"id": INSTAGRAM}})  # fmt: skip


@pytest.fixture
def http() -> Any:
    """Refuse every request that a test did not expect."""
    with responses.RequestsMock(
        assert_all_requests_are_fired=False, registry=responses.registries.OrderedRegistry
    ) as mock:
        yield mock


@pytest.fixture
def read(capsys: pytest.CaptureFixture[str]) -> Any:
    """Read streams from scripted answers."""

    def run(*streams: str) -> list[dict[str, Any]]:
        config = {"access_token": "EAAsystem", "page_id": PAGE, "backoff_seconds": 0.0, "max_tries": 2}
        tap_of(config, *streams).sync_all()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run
