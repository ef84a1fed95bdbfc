"""The bulk call: 200 with the errors inside, and silence where the vendor is silent."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.mailchimp.stage import ADA, ELS, JAN, LIST, MIA, Caller, member_path

NEW = "new@example.com"


def sent(email: str, **more: object) -> dict[str, object]:
    return {"email_address": email, "status": "subscribed", **more}


def codes(answer: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    return [(error["email_address"], error["error_code"]) for error in answer["errors"]]


def test_goes_on_after_a_bad_member(caller: Caller) -> None:
    caller.vendor.perform("refuse", email="bad@example.com")
    caller.call("POST", f"{member_path(ADA)}/actions/delete-permanent")
    bad_date = sent("late@example.com", merge_fields={"SINCE": "soon"})
    answer = caller.bulk(sent("bad@example.com"), sent("nonsense"), sent(ADA), bad_date, sent(NEW))
    failed = ("bad@example.com", "nonsense", ADA, "late@example.com")
    assert codes(answer) == [(email, "ERROR_GENERIC") for email in failed]
    assert (answer["errors"][3]["field"], answer["errors"][3]["field_message"]) == ("SINCE", "Please enter the date")
    assert (answer["total_created"], answer["error_count"]) == (1, 4)


def test_says_that_a_contact_exists_unless_it_may_be_updated(caller: Caller) -> None:
    assert codes(caller.bulk(sent(ELS))) == [(ELS, "ERROR_CONTACT_EXISTS")]
    answer = caller.bulk(sent(ELS, language="fr"), update_existing=True)
    assert (answer["total_updated"], answer["updated_members"][0]["language"]) == (1, "fr")


@pytest.mark.parametrize("email", [JAN, MIA])
def test_leaves_who_may_not_be_subscribed_alone_without_a_word(caller: Caller, email: str) -> None:
    before = caller.member(email)
    answer = caller.bulk(sent(email, merge_fields={"FNAME": "X"}), sent(NEW), update_existing=True)
    assert (answer["total_created"], answer["total_updated"], answer["error_count"]) == (1, 0, 0)
    assert caller.member(email) == before


def test_may_count_those_as_updated(caller: Caller) -> None:
    caller.vendor.counts_skipped = True
    answer = caller.bulk(sent(JAN), update_existing=True)
    assert (answer["total_updated"], answer["updated_members"][0]["status"]) == (1, "unsubscribed")


def test_changes_nothing_when_the_envelope_is_refused(caller: Caller) -> None:
    response = caller.call("POST", LIST, {"members": [sent(NEW), {"status": "subscribed"}]})
    assert response.json
    assert (response.status_code, response.json["errors"][0]["field"]) == (400, "members.item:1.email_address")
    assert caller.call("GET", member_path(NEW)).status_code == 404
    assert caller.vendor.operations == []


def test_reports_a_repeated_address_or_keeps_its_first_status(caller: Caller) -> None:
    answer = caller.bulk(sent(NEW), sent(NEW.upper(), status="pending"))
    assert (answer["total_created"], answer["error_count"]) == (1, 1)
    other = "other@example.com"
    answer = caller.bulk(sent(other), sent(other, status="pending"), query="?skip_duplicate_check=true")
    assert (answer["total_created"], answer["error_count"]) == (1, 0)
    assert caller.member(other)["status"] == "subscribed"


def test_adds_tags_or_replaces_all_of_them(caller: Caller) -> None:
    caller.bulk(sent(ELS, tags=["loyal"]), update_existing=True)
    assert [tag["name"] for tag in caller.member(ELS)["tags"]] == ["vip", "loyal"]
    caller.bulk(sent(ELS, tags=["lapsed"]), update_existing=True, sync_tags=True)
    assert [tag["name"] for tag in caller.member(ELS)["tags"]] == ["lapsed"]


def test_has_no_marketing_permissions(caller: Caller) -> None:
    permission = caller.member(ELS)["marketing_permissions"][1]["marketing_permission_id"]
    wanted = [{"marketing_permission_id": permission, "enabled": True}]
    answer = caller.bulk(sent(ELS, marketing_permissions=wanted), update_existing=True)
    assert "marketing_permissions" not in answer["updated_members"][0]
    assert not caller.member(ELS)["marketing_permissions"][1]["enabled"]
