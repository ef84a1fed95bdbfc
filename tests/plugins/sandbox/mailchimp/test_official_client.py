"""Mailchimp's own client works against the stand-in with nothing but its host changed."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import mailchimp_marketing
import pytest
import requests
from mailchimp_marketing.api_client import ApiClientError

from plugins.sandbox.server import Sandbox, running
from tests.plugins.sandbox.mailchimp.stage import ADA, ELS, JAN, Caller, key_of

NEW = "new@example.com"
AUDIENCE = "57afe96172"


@pytest.fixture
def client(caller: Caller) -> Iterator[Any]:
    with running(Sandbox({"mailchimp": caller.vendor})) as url:
        made = mailchimp_marketing.Client()
        made.set_config({"api_key": caller.vendor.api_key})
        made.api_client.host = f"{url}/mailchimp/3.0"
        yield made


def test_pings_and_lists(client: Any) -> None:
    assert client.ping.get() == {"health_status": "Everything's Chimpy!"}
    assert [each["id"] for each in client.lists.get_all_lists()["lists"]] == [AUDIENCE]


def test_pages_through_the_members(client: Any) -> None:
    pages = [client.lists.get_list_members_info(AUDIENCE, count=3, offset=offset) for offset in (0, 3)]
    assert [len(page["members"]) for page in pages] == [3, 1]


def test_filters_the_members_by_time(client: Any) -> None:
    page = client.lists.get_list_members_info(
        AUDIENCE, since_last_changed="2026-02-14T00:00:00+00:00", fields=["members.email_address"]
    )
    assert [each["email_address"] for each in page["members"]] == ["mia@example.com", JAN]


def test_upserts_a_member_and_learns_why_not(client: Any) -> None:
    body = {"email_address": NEW, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Noor"}}
    assert client.lists.set_list_member(AUDIENCE, key_of(NEW), body)["full_name"] == "Noor"
    with pytest.raises(ApiClientError) as refused:
        client.lists.update_list_member(AUDIENCE, key_of(JAN), {"status": "subscribed"})
    assert refused.value.status_code == 400
    assert json.loads(refused.value.text)["title"] == "Member In Compliance State"


def test_sends_members_in_bulk(client: Any) -> None:
    members = [{"email_address": email, "status": "subscribed"} for email in (NEW, ADA, JAN)]
    answer = client.lists.batch_list_members(AUDIENCE, {"members": members, "update_existing": True})
    assert (answer["total_created"], answer["total_updated"], answer["error_count"]) == (1, 1, 0)


def test_tags_and_segments(client: Any) -> None:
    client.lists.update_list_member_tags(AUDIENCE, key_of(ADA), {"tags": [{"name": "loyal", "status": "active"}]})
    found = client.lists.tag_search(AUDIENCE, name="loyal")["tags"]
    body = {"members_to_add": [ELS], "members_to_remove": [ADA]}
    answer = client.lists.batch_segment_members(body, AUDIENCE, found[0]["id"])
    assert (answer["total_added"], answer["total_removed"]) == (1, 1)
    made = client.lists.create_segment(AUDIENCE, {"name": "Quiet", "static_segment": []})
    assert client.lists.delete_segment(AUDIENCE, made["id"]).status_code == 204


def test_erases_and_archives(client: Any, caller: Caller) -> None:
    assert client.lists.delete_list_member(AUDIENCE, key_of(ELS)).status_code == 204
    assert client.lists.delete_list_member_permanent(AUDIENCE, key_of(ADA)).status_code == 204
    assert (caller.vendor.census()["archived"], caller.vendor.census()["transactional"]) == (2, 0)


def test_runs_a_batch_and_fetches_its_results(client: Any, caller: Caller) -> None:
    body = json.dumps({"email_address": NEW, "status_if_new": "pending"})
    operation = {"method": "PUT", "path": f"/lists/{AUDIENCE}/members/{key_of(NEW)}", "body": body, "operation_id": "1"}
    batch = client.batches.start({"operations": [operation]})
    assert batch["status"] == "pending"
    caller.clock.forward(minutes=5)
    link = client.batches.status(batch["id"])["response_body_url"]
    packed = requests.get(link, timeout=5).content
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        file = tar.extractfile(tar.getnames()[0])
        assert file
        assert [(row["operation_id"], row["status_code"]) for row in json.load(file)] == [("1", 200)]


def test_reads_campaigns_and_reports(client: Any) -> None:
    campaign = client.campaigns.list()["campaigns"][0]["id"]
    assert client.reports.get_email_activity_for_campaign(campaign)["total_items"] == 3
    assert client.reports.get_campaign_report(campaign)["emails_sent"] == 3


def test_opens_a_shop_and_sells(client: Any, caller: Caller) -> None:
    store = {"id": "shop", "list_id": AUDIENCE, "name": "Shop", "currency_code": "EUR", "is_syncing": True}
    assert client.ecommerce.add_store(store)["is_syncing"]
    variant = {"id": "coat", "title": "Coat", "price": 99.95}
    client.ecommerce.add_store_product("shop", {"id": "coat", "title": "Coat", "variants": [variant]})
    client.ecommerce.update_store_product("shop", "coat", {"title": "Rain coat"})
    client.ecommerce.add_product_variant("shop", "coat", "coat", {**variant, "price": 89.95})
    customer = {"id": key_of(NEW), "email_address": NEW, "opt_in_status": False}
    client.ecommerce.set_store_customer("shop", key_of(NEW), customer)
    line = {"id": "1", "product_id": "coat", "product_variant_id": "coat", "quantity": 1, "price": 89.95}
    bought = {"customer": {"id": key_of(NEW)}, "currency_code": "EUR", "order_total": 89.95, "lines": [line]}
    client.ecommerce.add_store_cart("shop", {"id": "c-1", **bought})
    assert client.ecommerce.get_store_carts("shop")["total_items"] == 1
    client.ecommerce.delete_store_cart("shop", "c-1")
    client.ecommerce.add_store_order("shop", {"id": "o-1", **bought})
    with pytest.raises(ApiClientError) as refused:
        client.ecommerce.add_store_order("shop", {"id": "o-1", **bought})
    assert json.loads(refused.value.text)["title"] == "Bad Request"
    assert client.ecommerce.get_store_orders("shop", customer_id=key_of(NEW))["total_items"] == 1
    client.ecommerce.update_store("shop", {"is_syncing": False})
    assert caller.member(NEW)["status"] == "transactional"
    client.ecommerce.delete_store_customer("shop", key_of(NEW))
    client.ecommerce.delete_store("shop")
    assert client.ecommerce.stores()["total_items"] == 0
