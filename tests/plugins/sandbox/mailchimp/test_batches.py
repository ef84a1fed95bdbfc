"""Batches: later, in no order, with results behind a link that does not last."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any
from urllib.parse import urlsplit

from tests.plugins.sandbox.mailchimp.stage import ELS, JAN, Caller, key_of, member_path

NEW = "new@example.com"


def operation(email: str, **body: object) -> dict[str, object]:
    body = {"email_address": email, "status_if_new": "subscribed", **body}
    path = f"/lists/57afe96172/members/{key_of(email)}"
    return {"method": "PUT", "path": path, "body": json.dumps(body), "operation_id": email}


def started(caller: Caller, *operations: dict[str, object]) -> str:
    answer = caller.call("POST", "/3.0/batches", {"operations": list(operations)}).json
    assert answer
    return f"/3.0/batches/{answer['id']}"


def finished(caller: Caller, path: str) -> Any:
    caller.clock.forward(minutes=5)
    return caller.get(path)


def results(caller: Caller, link: str) -> list[dict[str, Any]]:
    packed = caller.client.get(urlsplit(link).path).data
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        files = [tar.extractfile(name) for name in tar.getnames()]
        return [row for file in files if file for row in json.load(file)]


def test_passes_through_every_state_as_it_is_polled(caller: Caller) -> None:
    path = started(caller, operation(NEW))
    assert caller.call("GET", member_path(NEW)).status_code == 404
    states = [caller.get(path)["status"] for _ in range(4)]
    assert states == ["preprocessing", "started", "finalizing", "finished"]
    assert caller.member(NEW)["status"] == "subscribed"


def test_finishes_by_itself_when_nobody_polls(caller: Caller) -> None:
    started(caller, operation(NEW))
    caller.clock.forward(minutes=5)
    assert caller.member(NEW)["status"] == "subscribed"


def test_tells_of_each_operation_by_its_id(caller: Caller) -> None:
    path = started(caller, operation(NEW), operation(JAN, status="subscribed"), operation(ELS, language="fr"))
    batch = finished(caller, path)
    assert (batch["finished_operations"], batch["errored_operations"]) == (3, 1)
    rows = {row["operation_id"]: row for row in results(caller, batch["response_body_url"])}
    assert {key: row["status_code"] for key, row in rows.items()} == {NEW: 200, JAN: 400, ELS: 200}
    assert json.loads(rows[JAN]["response"])["title"] == "Member In Compliance State"


def test_renews_the_link_to_the_results(caller: Caller) -> None:
    path = started(caller, operation(NEW))
    old = finished(caller, path)["response_body_url"]
    caller.clock.forward(minutes=11)
    assert caller.client.get(urlsplit(old).path).status_code == 403
    assert len(results(caller, caller.get(path)["response_body_url"])) == 1


def test_forgets_the_results_after_a_week(caller: Caller) -> None:
    path = started(caller, operation(NEW))
    finished(caller, path)
    caller.clock.forward(days=8)
    assert caller.call("GET", path).status_code == 404


def test_does_nothing_more_when_it_is_stopped(caller: Caller) -> None:
    path = started(caller, operation(NEW))
    assert caller.call("DELETE", path).status_code == 204
    caller.clock.forward(minutes=5)
    assert caller.call("GET", member_path(NEW)).status_code == 404
