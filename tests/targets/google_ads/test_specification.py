"""Every call that the target makes is one that the vendor documents, where the specification lies beside us."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from plugins.sandbox.google_ads import GoogleAds
from plugins.wire.outbox import Row
from tests.plugins.sandbox.google_ads.test_specification import method_of, problems, specification
from tests.targets.google_ads.stage import WEB, Run, bought
from tests.targets.kept import Kept

__all__ = ["specification"]
HOME = {"first_name": "Ann", "last_name": "de Vries", "postcode": "1012 AB", "country": "nl", "phone": "+31612345678"}


def test_every_call_is_one_that_the_vendor_documents(
    specification: dict[str, Any],
    vendor: GoogleAds,
    config: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    vendor.polls = 0
    ann = Row("ann", "add", "ann@example.org", {"fields": HOME, "tags_on": ["gold"], "tags_off": []})
    gone = Row("ben", "remove", "ben@example.org", {"fields": {}, "tags_on": [], "tags_off": ["gold"]})
    Run(config, outbox := Kept(), ann, gone, bought(fields=HOME), bought("web:1", **WEB))
    assert set(outbox.states.values()) == {"accepted"}
    checked, wrong = set(), []
    for call in vendor.calls[1:]:  # the first is for a token
        operation = method_of(specification, call.method, call.path)
        assert operation, f"{call.method} {call.path} is not documented"
        checked.add(operation["id"].rpartition(".")[2])
        if call.body:
            kind = operation["request"] if operation["body"] == "*" else "google.ads.datamanager.v1.UserList"
            wrong += problems(specification, kind, json.loads(call.body))
    assert wrong == []
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert checked == {
        "ListUserLists", "CreateUserList", "IngestAudienceMembers", "RemoveAudienceMembers", "IngestEvents",
        "RetrieveRequestStatus",
    }  # fmt: skip
