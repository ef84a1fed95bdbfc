"""Meta's own client works against the stand-in with nothing but its host changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.leadgenform import LeadgenForm
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.productcatalog import ProductCatalog
from facebook_business.adobjects.productfeed import ProductFeed
from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.event_request import EventRequest
from facebook_business.adobjects.serverside.user_data import UserData
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from plugins.sandbox.server import Sandbox, running
from tests.plugins.sandbox.meta.stage import (
    ACCOUNT,
    ANN,
    BEN,
    CATALOGUE,
    DATASET,
    FORM,
    INSTAGRAM,
    LEAD,
    MEDIA,
    PAGE,
    POST,
    START,
    TAGGED,
    Caller,
    batch,
    item,
    people,
)  # fmt: skip
from tests.plugins.sandbox.meta.test_catalogue import GOOD

# the client warns of lists that its own specification calls objects
pytestmark = pytest.mark.filterwarnings("ignore:value of .* might not be compatible")


@pytest.fixture
def host(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running(Sandbox({"meta": caller.vendor})) as url:
        monkeypatch.setattr(FacebookSession, "GRAPH", f"{url}/meta")
        yield url


def session(caller: Caller, token: str) -> FacebookAdsApi:
    return FacebookAdsApi(FacebookSession(caller.vendor.app_id, caller.vendor.app_secret, token))


@pytest.fixture
def client(caller: Caller, host: str) -> Iterator[FacebookAdsApi]:
    FacebookAdsApi.set_default_api(session(caller, caller.vendor.access_token))
    yield FacebookAdsApi.get_default_api()
    FacebookAdsApi.set_default_api(None)


@pytest.fixture
def page_client(caller: Caller, host: str) -> FacebookAdsApi:
    return session(caller, caller.vendor.page_token)


def made(client: FacebookAdsApi) -> CustomAudience:
    params = {"name": "Gone quiet", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
    audience: CustomAudience = AdAccount(ACCOUNT, api=client).create_custom_audience(params=params)
    return audience


def test_makes_and_lists_audiences(client: FacebookAdsApi) -> None:
    audience = made(client)
    fields = ["name", "operation_status", "approximate_count_lower_bound"]
    assert audience.api_get(fields=fields)["name"] == "Gone quiet"
    assert [each["id"] for each in AdAccount(ACCOUNT, api=client).get_custom_audiences(fields=fields)] == [
        audience["id"]
    ]
    assert AdAccount(ACCOUNT, api=client).api_get(fields=["tos_accepted"])["tos_accepted"]["custom_audience_tos"] == 1


def test_adds_replaces_and_removes_people(client: FacebookAdsApi, caller: Caller) -> None:
    audience = made(client)
    audience.create_user(params=people([ANN], [BEN]))
    audience.delete_users(params=people([BEN]))
    assert caller.members(audience["id"]).people == {(ANN,)}
    audience.create_users_replace(params=people([BEN], **batch(1, last=True)))
    assert caller.members(audience["id"]).people == {(BEN,)}
    assert [each["stage"] for each in audience.get_sessions()] == ["finished"]
    AdAccount(ACCOUNT, api=client).delete_users_of_any_audience(params=people([BEN]))
    assert caller.members(audience["id"]).size == 0


def test_learns_why_not(client: FacebookAdsApi) -> None:
    audience = made(client)
    with pytest.raises(FacebookRequestError) as refused:
        audience.create_users_replace(params=people([BEN], **batch(2)))
    assert (refused.value.api_error_code(), refused.value.api_error_subcode()) == (2650, 1870147)
    assert refused.value.api_transient_error() is False
    assert refused.value.http_status() == 400


def test_reads_posts_comments_and_totals(page_client: FacebookAdsApi) -> None:
    (post, _) = Page(PAGE, api=page_client).get_published_posts(fields=["message", "created_time"])
    assert (post["id"], post["message"]) == (POST, "Nieuwe collectie!")
    comments = PagePost(POST, api=page_client).get_comments(fields=["message", "from"], params={"filter": "stream"})
    assert [each["from"]["name"] for each in comments] == ["Anna P.", "Wandelwind", "Bot"]
    assert comments.total() == 3
    assert PagePost(POST, api=page_client).get_reactions().total() == 41


def test_reads_page_by_page(page_client: FacebookAdsApi, caller: Caller) -> None:
    caller.vendor.has_empty_pages = False  # this client takes an empty page for the end
    params = {"filter": "stream", "limit": 1}
    assert len(list(PagePost(POST, api=page_client).get_comments(params=params))) == 3


def test_reads_instagram_insights_and_leads(client: FacebookAdsApi, page_client: FacebookAdsApi) -> None:
    user = IGUser(INSTAGRAM, api=client)
    (media,) = user.get_media(fields=["caption"])
    assert [each["text"] for each in media.get_comments(fields=["text"])] == ["Love it"]
    assert (media["id"], [each["id"] for each in user.get_tags()]) == (MEDIA, [TAGGED])
    metric = {"metric": ["page_follows"], "period": "day"}
    assert [each["name"] for each in Page(PAGE, api=page_client).get_insights(params=metric)] == ["page_follows"]
    leads = LeadgenForm(FORM, api=client).get_leads(fields=["field_data", "custom_disclaimer_responses"])
    assert [each["id"] for each in leads] == ["334456", LEAD]


def test_sends_products_and_learns_when_they_are_there(client: FacebookAdsApi, caller: Caller) -> None:
    catalogue = ProductCatalog(CATALOGUE, api=client)
    answer: Any = catalogue.create_items_batch(params={"item_type": "PRODUCT_ITEM", "requests": [item()]})
    (handle,) = answer["handles"]
    caller.clock.forward(seconds=5)
    (told,) = catalogue.get_check_batch_request_status(params={"handle": handle})
    assert told["status"] == "finished"
    assert [each["retailer_id"] for each in catalogue.get_products(fields=["retailer_id"])] == ["SKU-1"]


def test_sends_a_feed_as_a_file(client: FacebookAdsApi, caller: Caller, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    file.write_text(GOOD, "utf-8")
    made_feed = ProductCatalog(CATALOGUE, api=client).create_product_feed(params={"name": "All"})
    ProductFeed(made_feed["id"], api=client).create_upload(params={"file": str(file)})
    caller.clock.forward(seconds=5)
    assert len(ProductCatalog(CATALOGUE, api=client).get_products()) == 2


def test_sends_events_of_shops(client: FacebookAdsApi, caller: Caller) -> None:
    event = Event(
        event_name="Purchase",
        event_time=int(START.timestamp()) - 60,
        event_id="pos-1",
        action_source=ActionSource.PHYSICAL_STORE,
        user_data=UserData(email="ann@example.com"),
        custom_data=CustomData(currency="EUR", value=49.95, order_id="R-1"),
    )
    token = caller.vendor.access_token
    answer = EventRequest(pixel_id=DATASET, events=[event], access_token=token).execute()
    assert answer.events_received == 1
    (kept,) = caller.vendor.dataset.events
    assert kept["user_data"]["em"] == [ANN]
    assert AdsPixel(DATASET, api=client).api_get(fields=["is_consolidated_container"])["is_consolidated_container"]
