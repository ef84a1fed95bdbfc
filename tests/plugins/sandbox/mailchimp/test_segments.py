"""Segments: a tag is one, and only members of the audience can be in one."""

from __future__ import annotations

from tests.plugins.sandbox.mailchimp.stage import ADA, ELS, JAN, LIST, TOM, Caller, member_path

SEGMENTS = f"{LIST}/segments"
STRANGER = "stranger@example.com"


def made(caller: Caller, *emails: str) -> str:
    answer = caller.call("POST", SEGMENTS, {"name": "Quiet", "static_segment": list(emails)}).json
    assert answer
    return f"{SEGMENTS}/{answer['id']}"


def test_a_segment_is_a_tag_of_its_members(caller: Caller) -> None:
    path = made(caller, ELS)
    assert [tag["name"] for tag in caller.member(ELS)["tags"]] == ["vip", "Quiet"]
    caller.call("POST", f"{member_path(ADA)}/tags", {"tags": [{"name": "quiet", "status": "active"}]})
    assert caller.get(f"{path}/members?include_transactional=true")["total_items"] == 2


def test_names_the_addresses_it_could_not_add_or_remove(caller: Caller) -> None:
    path = made(caller, ELS)
    body = {"members_to_add": [ADA, STRANGER, TOM], "members_to_remove": [ELS, JAN]}
    answer = caller.call("POST", path, body).json
    assert answer
    assert [each["email_addresses"] for each in answer["errors"]] == [[STRANGER, TOM], [JAN]]
    assert (answer["total_added"], answer["total_removed"], answer["error_count"]) == (1, 1, 3)


def test_replaces_everybody_by_patch(caller: Caller) -> None:
    path = made(caller, ELS, JAN)
    caller.call("PATCH", path, {"name": "Quieter", "static_segment": [ADA, ELS]})
    page = caller.get(f"{path}/members?include_transactional=true&include_unsubscribed=true")
    assert {each["email_address"] for each in page["members"]} == {ADA, ELS}
    assert caller.get(path)["name"] == "Quieter"


def test_hides_who_may_not_be_mailed_unless_asked(caller: Caller) -> None:
    path = made(caller, ELS, JAN)
    assert (caller.get(path)["member_count"], caller.get(f"{path}?include_unsubscribed=true")["member_count"]) == (1, 2)


def test_dropping_a_segment_keeps_its_members(caller: Caller) -> None:
    caller.call("DELETE", made(caller, ELS))
    assert [tag["name"] for tag in caller.member(ELS)["tags"]] == ["vip"]


def test_finds_segments_by_the_time_of_their_last_change(caller: Caller) -> None:
    caller.clock.forward(hours=1)
    made(caller)
    assert caller.get(f"{SEGMENTS}?since_updated_at=2026-03-01T12:30:00Z")["total_items"] == 1


def test_an_erased_member_is_in_no_segment(caller: Caller) -> None:
    path = made(caller, ELS)
    caller.call("POST", f"{member_path(ELS)}/actions/delete-permanent")
    assert caller.get(f"{path}/members")["total_items"] == 0


def test_a_member_can_be_taken_out_by_its_key(caller: Caller) -> None:
    path = made(caller, ELS)
    key = caller.member(ELS)["id"]
    assert caller.call("DELETE", f"{path}/members/{key}").status_code == 204
    assert caller.call("DELETE", f"{path}/members/{key}").status_code == 404
