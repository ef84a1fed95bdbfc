"""Many calls in one: operations that the vendor runs later, and what became of each."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests

from plugins.wire.outbox import Call, Outcome, Row, Staged
from plugins.wire.recording import Step
from plugins.wire.retry import BROKEN_CONNECTIONS, RefusedError
from plugins.wire.sending import LostError
from targets.mailchimp.api import BATCHES, Api
from targets.mailchimp.calls import DONE, call

KIND = "item:"
ROWS_PER_CALL = 500
"""Each has two operations at most; more than 1000 operations in a call are not advised."""
GONE = Outcome("unknown", "its results are not kept any more")
UNTOLD = Outcome("unknown", "not among the results")


def together(calls: Mapping[str, Sequence[Call]]) -> Step:
    """Return one call with the calls of its rows; they may run side by side, so none may need another."""

    def build(rows: Sequence[Row]) -> Call:
        return call(BATCHES, {"operations": [_operation(row.key, each) for row in rows for each in calls[row.key]]})

    return Step(build, lambda _said, _row: Outcome("staged"), receipt=lambda answer: f"{KIND}{answer['id']}")


def became(api: Api, staged: Staged) -> Mapping[str, Outcome] | None:
    """Return what became of the rows of a batch, None while it runs or its results cannot be had."""
    try:
        told = api.send(Call("GET", f"{BATCHES}/{staged.receipt.removeprefix(KIND)}", b""))
        if told.get("status") != "finished" or not told.get("response_body_url"):
            return None
        results = list(_results(str(told["response_body_url"]), api.timeout))
    except LostError:
        return None
    except RefusedError:
        return dict.fromkeys(staged.rows, GONE)
    met: dict[str, Outcome] = {}
    for result in results:
        method, _, key = str(result.get("operation_id")).partition(":")
        if key not in met or met[key] is DONE:
            met[key] = _outcome(method, result)
    return {key: met.get(key, UNTOLD) for key in staged.rows}


def _operation(key: str, each: Call) -> dict[str, Any]:
    body = {"body": each.body.decode()} if each.body else {}
    return {"method": each.method, "path": each.path, **body, "operation_id": f"{each.method}:{key}"}


def _results(url: str, timeout: float) -> Iterator[dict[str, Any]]:
    """Give the results; they lie elsewhere, where our key has nothing to do."""
    try:
        response = requests.get(url, timeout=timeout)
        response.raise_for_status()
        with tarfile.open(fileobj=io.BytesIO(response.content), mode="r:gz") as tar:
            for file in filter(None, map(tar.extractfile, tar.getmembers())):
                yield from json.load(file)
    except (*BROKEN_CONNECTIONS, requests.HTTPError, tarfile.TarError, OSError, ValueError) as error:
        raise LostError(type(error).__name__) from None


def _outcome(method: str, result: Mapping[str, Any]) -> Outcome:
    status = int(result.get("status_code") or 0)
    if 200 <= status < 300 or (method == "DELETE" and status == 404):
        return DONE
    if not 400 <= status < 500 or status == 429:
        return Outcome("unknown", f"HTTP {status}")
    try:
        title = json.loads(str(result.get("response")))["title"]
    except (ValueError, KeyError, TypeError):
        title = "refused"
    return Outcome("rejected", str(title)[:100])
