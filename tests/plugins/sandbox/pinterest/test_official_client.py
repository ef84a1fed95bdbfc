"""Pinterest's own client works against the stand-in with nothing but its host changed, in its own configuration.

Not its catalogues: `catalogs_api` of release 0.2.7 asks for a module that the package lacks, and cannot be imported.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.server import Sandbox, running
from tests.plugins.sandbox.pinterest.stage import ANN, BEN, CIS, Caller

ACCOUNT = "549756359984"
GENERATED = "openapi_generated.pinterest_client"


class Door(NamedTuple):
    """The client as it was imported, and the sandbox it speaks to."""

    sandbox: Sandbox
    module: ModuleType


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Import the client: it reads its environment then, and every `config.json` beside the working folder."""
    folder = tmp_path_factory.mktemp("client") / "work"
    folder.mkdir()
    sandbox = Sandbox({})
    with running(sandbox) as url, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PINTEREST_API_URI", f"{url}/pinterest/v5")
        before = set(os.environ)
        client = importlib.import_module("pinterest.client")
        for name in set(os.environ) - before:  # it takes whatever `.env` lies above its own folder
            del os.environ[name]
        yield Door(sandbox, client)


@pytest.fixture
def vendor(caller: Caller, door: Door) -> Pinterest:
    door.sandbox.stand_ins = {"pinterest": caller.vendor}
    return caller.vendor


@pytest.fixture
def client(vendor: Pinterest, door: Door) -> Any:
    return door.module.PinterestSDKClient.create_client_with_token(vendor.access_token)


def high_level(name: str, kind: str) -> Any:
    """Return a class of the client that people use."""
    return getattr(importlib.import_module(f"pinterest.{name}"), kind)


def api(name: str, kind: str, client: Any) -> Any:
    """Return a class of the client that was generated of the specification."""
    return getattr(importlib.import_module(f"{GENERATED}.api.{name}"), kind)(client)


def model(module: str, kind: str, **fields: Any) -> Any:
    """Return a body as the client makes it."""
    return getattr(importlib.import_module(f"{GENERATED}.model.{module}"), kind)(**fields)


def test_makes_itself_a_token_of_the_refresh_token(vendor: Pinterest, door: Door) -> None:
    made = door.module.PinterestSDKClient.create_client_with_refresh_token(
        refresh_token=vendor.refresh_token, app_id=vendor.client_id, app_secret=vendor.client_secret
    )
    lists, bookmark = high_level("ads.customer_lists", "CustomerList").get_all(ACCOUNT, client=made)
    assert (lists, bookmark) == ([], None)


def test_makes_and_changes_a_customer_list(vendor: Pinterest, client: Any) -> None:
    made = high_level("ads.customer_lists", "CustomerList").create(
        ad_account_id=ACCOUNT, name="Gold", records=f"{ANN},{BEN}", list_type="EMAIL", client=client
    )
    assert (made.name, made.status, made.num_uploaded_user_records) == ("Gold", "PROCESSING", 2)
    lists = api("customer_lists_api", "CustomerListsApi", client)
    change = model("customer_list_update_request", "CustomerListUpdateRequest", operation_type="REMOVE", records=ANN)
    assert lists.customer_lists_update(ACCOUNT, made.id, change).num_removed_user_records == 1
    assert vendor.customer_list(made.id).members == {BEN}


def test_pages_through_the_lists(vendor: Pinterest, client: Any) -> None:
    lists = high_level("ads.customer_lists", "CustomerList")
    for name in ("A", "B", "C"):
        lists.create(ad_account_id=ACCOUNT, name=name, records=CIS, client=client)
    first, bookmark = lists.get_all(ACCOUNT, page_size=2, client=client)
    second, end = bookmark.get_next()
    assert [each.name for each in (*first, *second)] == ["A", "B", "C"]
    assert end is None


def test_puts_an_audience_on_a_list(client: Any) -> None:
    made = high_level("ads.customer_lists", "CustomerList").create(
        ad_account_id=ACCOUNT, name="Gold", records=ANN, client=client
    )
    audiences = high_level("ads.audiences", "Audience")
    rule = {"customer_list_id": made.id}
    audience = audiences.create(
        ad_account_id=ACCOUNT, name="Gold", rule=rule, audience_type="CUSTOMER_LIST", client=client
    )
    assert audience.status == "INITIALIZING"
    assert [each.name for each in audiences.get_all(ACCOUNT, client=client)[0]] == ["Gold"]


def test_learns_why_a_call_was_refused(client: Any) -> None:
    lists = api("customer_lists_api", "CustomerListsApi", client)
    with pytest.raises(importlib.import_module(f"{GENERATED}.exceptions").NotFoundException) as refused:
        lists.customer_lists_get(ACCOUNT, "1")
    assert '"code":404' in str(refused.value.body)


def test_sends_conversions(vendor: Pinterest, client: Any) -> None:
    conversions = high_level("ads.conversion_events", "Conversion")
    event = conversions.create_conversion_event(
        event_name="checkout", action_source="offline", event_time=1772620000, event_id="pos-123",
        user_data={"em": [ANN]}, custom_data={"currency": "EUR", "value": "49.95"},
    )  # fmt: skip
    answer = conversions.send_conversion_events(ACCOUNT, [event, event], client=client)
    assert (answer.num_events_received, answer.num_events_processed, len(answer.events)) == (2, 2, 2)
    assert vendor.conversions[0]["custom_data"]["value"] == "49.95"


def test_reads_pins_and_totals(client: Any) -> None:
    pins = api("pins_api", "PinsApi", client)
    found = pins.pins_list(page_size=2, pin_metrics=True, _check_return_type=False)
    assert len(found["items"]) == 2
    days = {"start_date": date(2026, 10, 1), "end_date": date(2026, 10, 31)}
    account = api("user_account_api", "UserAccountApi", client)
    totals = account.user_account_analytics(**days, metric_types=["IMPRESSION"], _check_return_type=False)
    assert totals["all"]["summary_metrics"]["IMPRESSION"] > 0
    assert account.followers_list()["items"] == []
