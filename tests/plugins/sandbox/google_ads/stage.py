"""A small account, a clock that is turned by hand, and a caller who is logged in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.retailer import EmptyRetailer

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
LISTS = "/v1/accountTypes/GOOGLE_ADS/accounts/1234567890/userLists"
INGEST, REMOVE, REMOVE_ALL = (f"/v1/audienceMembers:{each}" for each in ("ingest", "remove", "removeAll"))
EVENTS, STATUS = "/v1/events:ingest", "/v1/requestStatus:retrieve"
OWN = {"accountType": "GOOGLE_ADS", "accountId": "1234567890"}
MANAGER = {"accountType": "GOOGLE_ADS", "accountId": "5550000000"}
LOGIN = {"login-account": "accountTypes/GOOGLE_ADS/accounts/5550000000"}
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
DENIED = {**GRANTED, "adPersonalization": "CONSENT_DENIED"}
ACCEPTED = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def sha(text: str) -> str:
    """Return what is sent instead of a value."""
    return hashlib.sha256(text.encode()).hexdigest()


ANN, BEN, CIS = (sha(f"{name}@example.com") for name in ("ann", "ben", "cis"))
ADDRESS = {"givenName": sha("ann"), "familyName": sha("jansen"), "regionCode": "NL", "postalCode": "1012 AB"}


def to(list_id: str, reference: str = "", **more: Any) -> dict[str, Any]:
    """Return a destination."""
    named = {"reference": reference} if reference else {}
    return {**named, "operatingAccount": OWN, "loginAccount": MANAGER, "productDestinationId": list_id, **more}


def member(*emails: str, **more: Any) -> dict[str, Any]:
    """Return somebody who is found by these hashes of addresses."""
    return {"userData": {"userIdentifiers": [{"emailAddress": each} for each in emails]}, **more}


def leaving(list_id: str, *members: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body that takes people out."""
    return {"destinations": [to(list_id)], "audienceMembers": list(members), "encoding": "HEX", **more}


def joining(list_id: str, *members: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body that brings people in."""
    return {**leaving(list_id, *members), "consent": GRANTED, "termsOfService": ACCEPTED, **more}


def event(**more: Any) -> dict[str, Any]:
    """Return a sale."""
    said = {"transactionId": "POS-1", "eventTimestamp": "2026-11-01T10:00:00+01:00", "eventSource": "IN_STORE"}
    said |= {"currency": "EUR", "conversionValue": 49.95, "eventLocation": {"storeId": "AMS-01"}}
    return {**said, **member(ANN), **more}


def sales(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body that brings sales."""
    return {"destinations": [to("7001")], "events": list(events), "encoding": "HEX", "consent": GRANTED, **more}


@dataclass
class Caller:
    """Calls a stand-in with an access token."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        retailer = EmptyRetailer(START)
        self.vendor = GoogleAds(clock=self.clock, memory=self.memory, retailer=retailer, **self.options)
        self.client = Client(Request.application(self.vendor))
        self.token = self.log_in().json["access_token"]  # type: ignore[index]

    def log_in(self, **form: str) -> TestResponse:
        """Ask for an access token."""
        vendor = self.vendor
        right = {"client_id": vendor.client_id, "client_secret": vendor.client_secret}
        right |= {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
        return self.client.post("/token", data={**right, **form})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Ask with a JSON body, if there is one."""
        sent = {"Authorization": f"Bearer {self.token}", **LOGIN, **headers}
        return self.client.open(path, method=method, json=body, headers=sent)

    def get(self, path: str) -> Any:
        """Return the JSON of something that is there."""
        response = self.call("GET", path)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def post(self, path: str, body: Any) -> Any:
        """Return the answer to something that is done."""
        response = self.call("POST", path, body)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def reasons(self, method: str, path: str, body: Any = None, **headers: str) -> list[str]:
        """Return why a call is refused: the reasons of its fields, or the one of the whole."""
        response = self.call(method, path, body, **headers)
        assert response.status_code >= 400, response.get_data(as_text=True)
        told, *more = (response.json or {})["error"]["details"]
        return [each["reason"] for each in more[0]["fieldViolations"]] if more else [told["reason"]]

    def list(self, name: str = "Gone quiet", kind: str = "CONTACT_ID", **more: Any) -> str:
        """Make a list and return its id."""
        info: dict[str, Any] = {"uploadKeyTypes": [kind]}
        if kind == "MOBILE_ID":
            info["mobileIdInfo"] = {"keySpace": "IOS", "appId": "nl.example"}
        made: str = self.post(LISTS, {"displayName": name, "ingestedUserListInfo": info, **more})["id"]
        return made

    def done(self, answer: Any) -> Any:
        """Ask what became of a request until it is known; returns the statuses by destination."""
        for _ in range(self.vendor.polls + 1):
            told = self.get(f"{STATUS}?requestId={answer['requestId']}")["requestStatusPerDestination"]
        return told

    def state(self, path: str, body: Any) -> str:
        """Send something, and return how it ended at its first destination."""
        ended: str = self.done(self.post(path, body))[0]["requestStatus"]
        return ended

    def within(self, list_id: str) -> set[str]:
        """Return who is in a list: no call of Google's tells this."""
        return set(self.vendor.lists[list_id].members)
