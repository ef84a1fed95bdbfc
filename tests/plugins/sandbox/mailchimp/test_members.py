"""What single members promise: who may be subscribed, what moves, what is kept."""

from __future__ import annotations

from datetime import timedelta

from plugins.sandbox.mailchimp.member import TAGS_SHOWN
from tests.plugins.sandbox.mailchimp.stage import ADA, ELS, JAN, LIST, MIA, START, Caller, key_of, member_path

NEW = "new@example.com"


def title(caller: Caller, email: str, **body: object) -> str:
    answer = caller.put(email, **body).json
    assert answer is not None
    return str(answer.get("title", ""))


def test_keys_a_member_by_the_hash_of_the_lower_cased_address(caller: Caller) -> None:
    answer = caller.put("New@Example.com").json
    assert answer
    assert answer["id"] == key_of("new@example.com")


def test_uses_status_if_new_for_a_new_address_only(caller: Caller) -> None:
    caller.put(NEW, status_if_new="pending", status="subscribed")
    caller.put(JAN, status_if_new="subscribed")
    assert (caller.member(NEW)["status"], caller.member(JAN)["status"]) == ("pending", "unsubscribed")


def test_forgets_for_good_who_was_deleted(caller: Caller) -> None:
    caller.call("POST", f"{member_path(ELS)}/actions/delete-permanent")
    assert title(caller, ELS) == "Forgotten Email Not Subscribed"
    assert title(caller, ELS, status_if_new="unsubscribed") == "Forgotten Email Not Subscribed"
    caller.vendor.perform("subscribe", email=ELS)
    assert caller.member(ELS)["status"] == "subscribed"


def test_lets_the_api_subscribe_again_whom_the_api_unsubscribed(caller: Caller) -> None:
    caller.put(ELS, status="unsubscribed")
    assert title(caller, ELS, status="subscribed") == ""


def test_never_subscribes_who_left_not_even_by_way_of_the_archive_or_pending(caller: Caller) -> None:
    caller.vendor.perform("unsubscribe", email=ELS, reason="Too often")
    assert caller.member(ELS)["unsubscribe_reason"] == "Too often"
    assert title(caller, ELS, status="subscribed") == "Member In Compliance State"
    caller.call("DELETE", member_path(ELS))
    assert title(caller, ELS, status="subscribed") == "Member In Compliance State"
    caller.put(ELS, status="pending")
    assert title(caller, ELS, status="subscribed") == "Member In Compliance State"


def test_never_subscribes_who_bounced_complained_or_is_under_review(caller: Caller) -> None:
    for happening, email in (("bounce", ELS), ("complain", ADA), ("review", JAN)):
        caller.vendor.perform(happening, email=email)
        assert title(caller, email, status="subscribed") == "Member In Compliance State"


def test_takes_back_who_signs_up_again(caller: Caller) -> None:
    caller.vendor.perform("subscribe", email=JAN, first_name="Johan")
    jan = caller.member(JAN)
    assert (jan["status"], jan["merge_fields"]["FNAME"], jan["source"]) == ("subscribed", "Johan", "Embed Form")
    assert jan["timestamp_opt"] == START.isoformat()
    assert "unsubscribe_reason" not in jan


def test_refuses_an_address_from_the_moment_the_vendor_does(caller: Caller) -> None:
    caller.vendor.perform("refuse", email=NEW)
    answer = caller.put(NEW)
    assert answer.json
    assert (answer.status_code, answer.json["title"]) == (400, "Invalid Resource")
    assert "looks fake or invalid" in answer.json["detail"]
    caller.vendor.perform("suspect", email=NEW)
    assert "has signed up to a lot of lists very recently" in str((caller.put(NEW).json or {})["detail"])
    caller.vendor.perform("accept", email=NEW)
    assert caller.put(NEW).status_code == 200


def test_moves_last_changed_when_something_changed_and_only_then(caller: Caller) -> None:
    caller.clock.forward(hours=1)
    caller.put(ELS, merge_fields={"FNAME": "Els"})
    assert caller.member(ELS)["last_changed"] == (START - timedelta(days=30)).isoformat()
    caller.put(ELS, merge_fields={"FNAME": "Elsje"})
    assert caller.member(ELS)["last_changed"] == caller.clock.at.isoformat()
    caller.clock.forward(hours=1)
    caller.vendor.perform("tag", email=ELS, name="loyal")
    assert caller.member(ELS)["last_changed"] == caller.clock.at.isoformat()


def test_keeps_merge_fields_that_were_not_sent(caller: Caller) -> None:
    caller.put(ELS, merge_fields={"POINTS": 250})
    held = caller.member(ELS)["merge_fields"]
    assert (held["POINTS"], held["CUSTNR"], held["BIRTHDAY"]) == (250, "C-1", "03/14")


def test_wants_required_merge_fields_unless_told_not_to(caller: Caller) -> None:
    caller.call("POST", f"{LIST}/merge-fields", {"tag": "SHOP", "name": "Shop", "type": "text", "required": True})
    body = {"email_address": NEW, "status_if_new": "subscribed"}
    assert caller.call("PUT", member_path(NEW), body).status_code == 400
    assert caller.call("PUT", f"{member_path(NEW)}?skip_merge_validation=true", body).status_code == 200


def test_moves_a_member_whose_address_changes(caller: Caller) -> None:
    before = caller.member(ELS)
    body = {"email_address": NEW, "status_if_new": "subscribed"}
    for _ in range(2):  # the second time the old key is gone, and nothing more happens
        moved = caller.call("PUT", member_path(ELS), body).json
        assert moved
        assert (moved["id"], moved["web_id"], moved["tags"]) == (key_of(NEW), before["web_id"], before["tags"])
    assert caller.call("GET", member_path(ELS)).status_code == 404
    assert caller.get(f"{LIST}/members")["total_items"] == 4


def test_does_not_move_a_member_onto_another(caller: Caller) -> None:
    answer = caller.call("PATCH", member_path(ELS), {"email_address": JAN}).json
    assert answer
    assert answer["title"] == "Member Exists"


def test_sets_marketing_permissions_of_one_member(caller: Caller) -> None:
    known = caller.member(ELS)["marketing_permissions"]
    assert [(each["text"], each["enabled"]) for each in known] == [
        ("Email", True),
        ("Customized online advertising", False),
    ]
    caller.put(
        JAN, marketing_permissions=[{"marketing_permission_id": known[1]["marketing_permission_id"], "enabled": True}]
    )
    assert [each["enabled"] for each in caller.member(JAN)["marketing_permissions"]] == [False, True]


def test_shows_fifty_tags_in_a_member_and_all_of_them_in_their_own_list(caller: Caller) -> None:
    tags = [{"name": f"tag {number}", "status": "active"} for number in range(60)]
    caller.call("POST", f"{member_path(ADA)}/tags", {"tags": tags})
    ada = caller.member(ADA)
    assert (ada["tags_count"], len(ada["tags"])) == (60, TAGS_SHOWN)
    assert len(caller.get(f"{member_path(ADA)}/tags?count=1000")["tags"]) == 60


def test_finds_what_changed_after_a_moment_and_before_another(caller: Caller) -> None:
    edge = (START - timedelta(days=15)).strftime("%Y-%m-%dT%H:%M:%SZ")  # when Mia bounced

    def emails(query: str, way: str = "ASC") -> list[str]:
        page = caller.get(f"{LIST}/members?sort_field=last_changed&sort_dir={way}&{query}")
        return [each["email_address"] for each in page["members"]]

    assert emails(f"since_last_changed={edge}") == [JAN]
    assert emails(f"before_last_changed={edge}") == [ELS, ADA]
    assert emails("count=2", "DESC") == [JAN, MIA]


def test_drifts_under_a_reader_who_does_not_sort(caller: Caller) -> None:
    first = caller.get(f"{LIST}/members?count=2")["members"]
    caller.put(ELS, language="fr")
    second = caller.get(f"{LIST}/members?count=2&offset=2")["members"]
    seen = [each["email_address"] for each in (*first, *second)]
    assert len(set(seen)) < 4


def test_finds_who_left_since_a_day(caller: Caller) -> None:
    page = caller.get(f"{LIST}/members?status=unsubscribed&unsubscribed_since=2026-02-01")
    assert [each["email_address"] for each in page["members"]] == [JAN]
    assert caller.call("GET", f"{LIST}/members?status=cleaned&unsubscribed_since=2026-02-01").status_code == 400


def test_keeps_an_event_twice_when_told_twice(caller: Caller) -> None:
    for _ in range(2):
        caller.call("POST", f"{member_path(ELS)}/events", {"name": "tier_up", "properties": {"tier": "gold"}})
    assert caller.get(f"{member_path(ELS)}/events")["total_items"] == 2
    feed = caller.get(f"{member_path(ELS)}/activity-feed?count=100")["activity"]
    assert [row["activity_type"] for row in feed] == ["event", "event", "click", "open", "sent", "generic_signup"]


def test_counts_what_callers_did_and_not_what_people_did(caller: Caller) -> None:
    caller.put(NEW)
    caller.put(ELS, status="unsubscribed")
    caller.call("POST", f"{member_path(ELS)}/tags", {"tags": [{"name": "a", "status": "active"}]})
    caller.call("POST", f"{member_path(ELS)}/tags", {"tags": [{"name": "a", "status": "inactive"}]})
    caller.put(MIA, status="subscribed")
    caller.vendor.perform("bounce", email=NEW)
    assert caller.vendor.operation_counts() == {"created": 1, "status": 1, "updated": 1, "tagged": 1, "untagged": 1}
    assert caller.vendor.census() == {
        "subscribed": 0,
        "unsubscribed": 2,
        "cleaned": 2,
        "pending": 0,
        "transactional": 1,
        "archived": 1,
    }


def test_finds_members_by_their_interests(caller: Caller) -> None:
    category = caller.call("POST", f"{LIST}/interest-categories", {"title": "Styles", "type": "checkboxes"}).json
    assert category
    path = f"{LIST}/interest-categories/{category['id']}/interests"
    denim, knits = [(caller.call("POST", path, {"name": name}).json or {})["id"] for name in ("Denim", "Knits")]
    caller.put(ELS, interests={denim: True})
    filters = f"interest_category_id={category['id']}&interest_ids={denim},{knits}"

    def found(match: str) -> int:
        return int(caller.get(f"{LIST}/members?{filters}&interest_match={match}")["total_items"])

    assert (found("any"), found("all"), found("none")) == (1, 0, 3)
    assert caller.call("GET", f"{LIST}/members?interest_ids={denim}").status_code == 400
    assert [each["subscriber_count"] for each in caller.get(path)["interests"]] == ["1", "0"]
