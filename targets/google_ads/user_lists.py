"""User lists: which there are, and which requests bring people in and out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from typing_extensions import override

from plugins.wire.audience_steps import Entry, Known, Step
from plugins.wire.audiences import Platform, Said
from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.google_ads.api import WHERE, Api
from targets.google_ads.person import FORM, GRANTED, identifiers, user_data
from targets.google_ads.request_status import became

CONTACTS = "CONTACT_ID"
TERMS = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
DESCRIPTION = "Kept by Rotonde: what is changed by hand comes back."
PAGE = 1000
DAY_SECONDS = 86_400


@dataclass
class UserLists(Platform):
    """The user lists for contact data of one Google Ads account."""

    api: Api
    size: int = 10_000
    together: int = 10
    days: int = 540
    """How long somebody stays in a list that is made here without being sent again."""
    _ids: dict[str, str] | None = None
    _shut: dict[str, str] = field(default_factory=dict)

    @override
    def known(self, row: Row) -> Known | None:
        found = identifiers(row.wire_id, row.payload.get("fields") or {})
        return json.dumps({"v": FORM.version, **found}, separators=(",", ":")) if found else None

    @override
    def everywhere(self) -> Sequence[str]:
        return tuple(self._known_ids())

    @override
    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        known = self._known_ids()
        for name in audiences:
            if name not in known and name not in self._shut:
                known[name] = self._make(name)
        return {name: self._shut[name] for name in audiences if name in self._shut}

    @override
    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        known = self._known_ids()
        meant = {name for _, names in entries for name in names}
        body: dict[str, Any] = {
            "destinations": [self._destination(known[name]) for name in step.audiences if name in meant],
            "audienceMembers": [_member(person, [known[name] for name in names]) for person, names in entries],
            "encoding": "HEX",
        }
        if step.joins:
            body |= {"consent": GRANTED, "termsOfService": TERMS}
        verb = "ingest" if step.joins else "remove"
        return Call("POST", f"/v1/audienceMembers:{verb}", json.dumps(body, separators=(",", ":")).encode())

    @override
    def send(self, call: Call) -> Any:
        return self.api.send(call)

    @override
    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        receipt = answer.get("requestId")
        if not receipt:
            raise LostError("an answer without the id of the request")
        return Said(receipt=str(receipt))

    @override
    def became(self, receipt: str) -> Outcome | None:
        return became(self.api, receipt)

    def _destination(self, list_id: str) -> dict[str, Any]:
        return {"reference": list_id, **self.api.destination(list_id)}

    @property
    def _path(self) -> str:
        return f"/v1/accountTypes/GOOGLE_ADS/accounts/{self.api.customer}/userLists"

    def _known_ids(self) -> dict[str, str]:
        """Return the id of each list by its name; looked up once in a run."""
        if self._ids is None:
            ids: dict[str, str] = {}
            for each in self._listed():
                name = str(each.get("displayName"))
                if why := _unfit(each):
                    self._shut[name] = why
                else:
                    ids[name] = str(each["id"])
            self._ids = ids
        return self._ids

    def _listed(self) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"pageSize": PAGE}
        while True:
            page = self._ask(Call("GET", f"{self._path}?{urlencode(query)}", b""))
            yield from page.get("userLists") or ()
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]

    def _make(self, name: str) -> str:
        info = {"uploadKeyTypes": [CONTACTS], "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"}}
        body = {
            "displayName": name, "description": DESCRIPTION, "membershipDuration": f"{self.days * DAY_SECONDS}s",
            "ingestedUserListInfo": info,
        }  # fmt: skip
        return str(self._ask(Call("POST", self._path, json.dumps(body).encode()))["id"])

    def _ask(self, call: Call) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self.api.send(call)
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the user lists of the account: {error}; run again") from None
        return answer


def _member(known: Known, lists: Sequence[str]) -> dict[str, Any]:
    return {"destinationReferences": lists, "userData": user_data(json.loads(known))}


def _unfit(told: Mapping[str, Any]) -> str:
    """Return why a list of that name cannot be used, empty where it can."""
    kinds = (told.get("ingestedUserListInfo") or {}).get("uploadKeyTypes") or ()
    if CONTACTS not in kinds:
        return "a user list of that name takes another kind of identifier"
    return "" if told.get("accessReason") in (None, "OWNED") else "a user list of that name belongs to another account"
