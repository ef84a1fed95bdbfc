"""What the Page, Instagram and the forms show, and to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.meta import Meta
from plugins.sandbox.retailer import EmptyRetailer, SocialPost
from tests.plugins.sandbox.meta.stage import (
    BOX,
    BOX_PERSONAL,
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
    Caller,
    Clock,
)  # fmt: skip

TOTALS = "comments.summary(total_count).limit(0),reactions.summary(total_count).limit(0)"


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["data"]]


def test_shows_only_the_fields_that_were_named(caller: Caller) -> None:
    page = caller.get(f"{PAGE}/published_posts", who="page", fields="message,shares,from")
    assert page["data"][0] == {
        "id": POST,
        "message": "Nieuwe collectie!",
        "shares": {"count": 3},
        "from": {"id": PAGE, "name": "Wandelwind"},
    }
    assert set(caller.get(f"{PAGE}/published_posts", who="page")["data"][0]) == {"id", "created_time", "message"}


def test_expands_fields_as_deep_as_asked(caller: Caller) -> None:
    fields = "comments.filter(stream).order(chronological).limit(1){message,parent{id}},created_time"
    post = caller.get(POST, who="page", fields=fields)
    assert post["comments"]["data"] == [{"message": "Wat mooi!", "parent": None, "id": COMMENT}]
    assert post["comments"]["paging"]["next"].startswith(f"http://localhost/v25.0/{POST}/comments?")
    assert "fields=message%2Cparent%7Bid%7D" in post["comments"]["paging"]["next"]
    assert post["created_time"] == "2026-10-22T12:00:00+0000"


def test_tells_totals_of_comments_and_reactions(caller: Caller) -> None:
    post = caller.get(POST, who="page", fields=TOTALS)
    assert (post["comments"]["data"], post["reactions"]["data"]) == ([], [])
    assert post["comments"]["summary"]["total_count"] == 1
    assert post["reactions"]["summary"]["total_count"] == 41
    assert caller.get(f"{POST}/reactions", summary="true", type="LOVE")["summary"]["total_count"] == 6


def test_reads_posts_of_a_window_of_time(caller: Caller) -> None:
    since = int(START.timestamp()) - 15 * 86_400
    assert ids(caller.get(f"{PAGE}/published_posts", who="page", since=str(since))) == [POST]
    assert ids(caller.get(f"{PAGE}/published_posts", who="page", until=str(since))) == [f"{PAGE}_998876"]


def test_names_the_author_only_to_a_page_token(caller: Caller) -> None:
    fields = "id,message,from"
    (seen, *_) = caller.get(f"{POST}/comments", who="page", fields=fields)["data"]
    assert seen["from"] == {"id": "7000000000000001", "name": "Anna P."}
    assert all("from" not in each for each in caller.get(f"{POST}/comments", fields=fields)["data"])


def test_hides_a_part_of_the_comments_unless_the_stream_is_asked_for(caller: Caller) -> None:
    assert ids(caller.get(f"{POST}/comments")) == [COMMENT]
    assert ids(caller.get(f"{POST}/comments", filter="toplevel")) == [COMMENT, HIDDEN]
    assert ids(caller.get(f"{POST}/comments", filter="stream")) == [COMMENT, REPLY, HIDDEN]
    assert ids(caller.get(f"{POST}/comments", filter="stream", order="reverse_chronological"))[-1] == COMMENT
    assert ids(caller.get(f"{COMMENT}/comments")) == [REPLY]


def test_reads_comments_since_a_moment(caller: Caller) -> None:
    since = caller.get(REPLY, fields="created_time")["created_time"][:19]
    assert ids(caller.get(f"{POST}/comments", filter="stream", since=since)) == [REPLY, HIDDEN]


def pages(caller: Caller, path: str, **query: str) -> list[list[str]]:
    found, page = [], caller.get(path, **query)
    while True:
        found.append(ids(page))
        if "next" not in page.get("paging", {}):
            return found
        link = page["paging"]["next"].removeprefix("http://localhost")
        assert "access_token" not in link
        page = caller.get(link)


def test_ends_where_there_is_no_next_and_not_at_an_empty_page(caller: Caller) -> None:
    assert pages(caller, f"{POST}/comments", filter="stream", limit="1") == [[COMMENT], [], [REPLY], [HIDDEN]]


def test_goes_on_by_the_cursor_too(caller: Caller) -> None:
    first = caller.get(f"{POST}/comments", filter="stream", limit="2")
    after = first["paging"]["cursors"]["after"]
    empty = caller.get(f"{POST}/comments", filter="stream", limit="2", after=after)
    last = caller.get(f"{POST}/comments", filter="stream", limit="2", after=empty["paging"]["cursors"]["after"])
    assert [ids(each) for each in (first, empty, last)] == [[COMMENT, REPLY], [], [HIDDEN]]
    back = caller.get(f"{POST}/comments", filter="stream", limit="2", before=last["paging"]["cursors"]["before"])
    assert ids(back) == [COMMENT, REPLY]


def test_a_cursor_dies_with_the_item_it_stood_for(caller: Caller) -> None:
    after = caller.get(f"{POST}/comments", filter="stream", limit="2")["paging"]["cursors"]["after"]
    caller.vendor.perform("remove_comment", comment_id=REPLY)
    assert caller.refusal("GET", f"{POST}/comments", filter="stream", after=after) == (100, 0)
    assert caller.refusal("GET", f"{POST}/comments", after="%%%") == (100, 0)


def test_gives_a_hundred_at_most_whatever_the_limit() -> None:
    posts = tuple(SocialPost(f"{number}", "facebook", START, "x") for number in range(150))
    caller = Caller(shop=EmptyRetailer(START, social_posts=posts))
    assert len(caller.get(f"{PAGE}/posts", who="page", limit="500")["data"]) == 100


def test_shows_media_comments_and_who_wrote_them(caller: Caller) -> None:
    media = caller.get(f"{INSTAGRAM}/media", fields="id,caption,like_count,comments_count,media_type")["data"]
    assert media == [{"id": MEDIA, "caption": "Herfst", "like_count": 12, "comments_count": 2, "media_type": "IMAGE"}]
    fields = "id,text,username,from,parent_id,replies{text,parent_id}"
    (comment,) = caller.get(f"{MEDIA}/comments", fields=fields)["data"]
    assert comment == {
        "id": "1780",
        "text": "Love it",
        "username": "anna_p",
        "from": {"id": "1784140000000001", "username": "anna_p"},
        "parent_id": None,
        "replies": comment["replies"],
    }
    assert comment["replies"]["data"] == [{"text": "Thanks", "parent_id": "1780", "id": "1781"}]
    assert set(caller.get(f"{MEDIA}/comments")["data"][0]) == {"id", "text", "timestamp"}


def test_finds_a_mention_by_the_id_of_a_webhook_only(caller: Caller) -> None:
    assert ids(caller.get(f"{INSTAGRAM}/tags")) == [TAGGED]
    media = caller.get(INSTAGRAM, fields=f"mentioned_media.media_id({TAGGED}){{caption,username}}")
    assert media["mentioned_media"] == {"caption": "Met @wandelwind op pad", "username": "anna_p", "id": TAGGED}
    caller.vendor.perform("mention", author_id="1", author="ben", text="@wandelwind!", in_comment="yes")
    (key,) = caller.vendor.mentioned
    found = caller.get(
        INSTAGRAM, fields=f"mentioned_comment.comment_id({key}){{id,text,timestamp,username,media{{id}}}}"
    )
    assert found["mentioned_comment"]["text"] == "@wandelwind!"
    assert caller.refusal("GET", key) == (100, 33)
    assert caller.refusal("GET", INSTAGRAM, fields="mentioned_comment.comment_id(1){id}") == (100, 33)


def test_shows_consent_boxes_as_texts_and_only_when_named(caller: Caller) -> None:
    (_, lead) = caller.get(f"{FORM}/leads", fields="field_data,custom_disclaimer_responses,platform,is_organic")["data"]
    assert lead == {
        "id": LEAD,
        "field_data": [
            {"name": "full_name", "values": ["Jan Jansen"]},
            {"name": "email", "values": ["jan@example.com"]},
        ],
        "custom_disclaimer_responses": [
            {"checkbox_key": BOX, "is_checked": "1"},
            {"checkbox_key": BOX_PERSONAL, "is_checked": ""},
        ],
        "platform": "ig",
        "is_organic": False,
    }
    assert set(caller.get(f"{FORM}/leads")["data"][0]) == {"id", "created_time", "field_data"}


def test_filters_leads_by_time_and_forgets_the_old(caller: Caller) -> None:
    at = int(START.timestamp()) - 10 * 86_400
    for operator, found in (
        ("GREATER_THAN", ["334456"]),
        ("GREATER_THAN_OR_EQUAL", ["334456", LEAD]),
        ("LESS_THAN", []),
    ):
        rule = json.dumps([{"field": "time_created", "operator": operator, "value": at}])
        assert ids(caller.get(f"{FORM}/leads", filtering=rule)) == found
    assert ids(caller.get("601/leads")) == [LEAD]


def test_forgets_a_lead_on_request(caller: Caller) -> None:
    assert caller.call("DELETE", LEAD).json == {"success": True}
    assert caller.refusal("GET", LEAD) == (100, 33)
    assert ids(caller.get(f"{FORM}/leads")) == ["334456"]


def test_tells_figures_of_every_day(caller: Caller) -> None:
    window = {"since": "2026-10-01", "until": "2026-10-04", "period": "day"}
    (row, other) = caller.get(f"{PAGE}/insights", who="page", metric="page_follows,page_views_total", **window)["data"]
    assert (row["name"], row["period"], other["name"]) == ("page_follows", "day", "page_views_total")
    assert [each["end_time"][:10] for each in row["values"]] == ["2026-10-02", "2026-10-03", "2026-10-04"]
    (total,) = caller.get(f"{INSTAGRAM}/insights", metric="reach", metric_type="total_value", **window)["data"]
    assert total["total_value"]["value"] > 0
    (likes,) = caller.get(f"{MEDIA}/insights", metric="likes")["data"]
    assert likes["values"] == [{"value": 12}]


def test_knows_who_everybody_really_is_and_tells_it_to_the_desk_only(caller: Caller) -> None:
    truth = caller.vendor.truth()
    assert (truth[LEAD], truth["7000000000000001"], truth[COMMENT]) == ("jan", "anna", "anna")
    assert "334456" not in truth
    assert caller.vendor.holding(LEAD) == {BOX: "yes", BOX_PERSONAL: "no"}
    assert caller.vendor.holding("7000000000000001") == {"comments": "1"}
    assert caller.vendor.holding("nobody") is None


@pytest.mark.parametrize("path", [PAGE, POST, INSTAGRAM, MEDIA, FORM, LEAD])
def test_tells_no_field_that_was_not_asked_for(caller: Caller, path: str) -> None:
    assert caller.get(path, who="page", fields="id") == {"id": path}


def test_plays_the_life_of_the_whole_retailer() -> None:
    fiction = Fiction(7, 400, START)
    vendor = Meta(retailer=fiction, clock=Clock())
    assert {type(node).__name__ for node in vendor.nodes.values()} >= {"Post", "Comment", "Media", "InstagramComment"}
    assert all(each.id in vendor.nodes for each in (*fiction.social_comments, *fiction.social_mentions, *fiction.leads))
    assert set(vendor.truth().values()) <= {truth.id for truth in fiction.truths}


def test_tells_plugins_how_to_reach_it(caller: Caller) -> None:
    told = caller.vendor.settings("http://127.0.0.1:8700/meta")
    assert told["TAP_META_API_URL"] == told["TARGET_META_API_URL"] == "http://127.0.0.1:8700/meta"
    assert (told["TAP_META_PAGE_ID"], told["TARGET_META_AD_ACCOUNT_ID"]) == (PAGE, "act_1020304050")
