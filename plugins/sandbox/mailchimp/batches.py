"""`/batches`: operations that run later, with their results in a real `tar.gz`."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.member import digest
from plugins.sandbox.mailchimp.problems import FieldError, Refusal, invalid, not_found
from plugins.sandbox.mailchimp.queries import Query, stamp
from plugins.sandbox.stand_in import act, json_response, route

STATES = ("pending", "preprocessing", "started", "finalizing", "finished")
STATE_SECONDS = 30
UNFINISHED_PER_ACCOUNT = 500
LINK_LIFE = timedelta(minutes=10)
RESULTS_KEPT = timedelta(days=7)
RESULTS_PER_FILE = 500
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class Batch:
    """One batch; every look at it moves it a state on, and so does time."""

    id: str
    operations: list[dict[str, Any]]
    submitted_at: datetime
    looks: int = 0
    completed_at: datetime | None = None
    results: list[dict[str, Any]] = field(default_factory=list)

    def state(self, at: datetime) -> str:
        """Return how far it is."""
        if self.completed_at:
            return STATES[-1]
        passed = int((at - self.submitted_at).total_seconds() // STATE_SECONDS)
        return STATES[min(max(self.looks, passed), len(STATES) - 1)]

    def shown(self, at: datetime, link: str) -> dict[str, Any]:
        """Return the batch as the API shows it."""
        is_finished = self.completed_at is not None
        return {
            "id": self.id,
            "status": self.state(at),
            "total_operations": len(self.operations),
            "finished_operations": len(self.results),
            "errored_operations": sum(each["status_code"] >= 400 for each in self.results),
            "submitted_at": stamp(self.submitted_at),
            "completed_at": stamp(self.completed_at),
            "response_body_url": link if is_finished else "",
            "_links": [],
        }

    def archive(self) -> bytes:
        """Return the results as `tar.gz`, in an order that is not that of the call."""
        rows = sorted(self.results, key=lambda each: digest(each["operation_id"] + each["response"], 8))
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            for start in range(0, len(rows), RESULTS_PER_FILE):
                text = json.dumps(rows[start : start + RESULTS_PER_FILE]).encode()
                entry = tarfile.TarInfo(f"{digest(f'{self.id} {start}', 10)}.json")
                entry.size = len(text)
                tar.addfile(entry, io.BytesIO(text))
        return packed.getvalue()


class BatchPaths(Account):
    """Answers `/batches`, runs what is due, and serves the results."""

    def seed(self) -> None:
        """Start without batches."""
        super().seed()
        self.batches: dict[str, Batch] = {}
        self.made_batches = 0

    def _answer(self, request: Request) -> Response:
        with self.lock:
            self._run_due()
            return super()._answer(request)

    def _run_due(self) -> None:
        at = self.clock()
        for batch in list(self.batches.values()):
            if batch.completed_at is None and batch.state(at) == STATES[-1]:
                self.perform("process_batch", batch_id=batch.id)

    @act
    def process_batch(self, batch_id: str) -> None:
        """Run the operations of a batch; Mailchimp does so by itself after a while."""
        batch = self.batches[batch_id]
        batch.results = [self._run(each) for each in batch.operations]
        batch.completed_at = self.clock()

    def _run(self, operation: dict[str, Any]) -> dict[str, Any]:
        key = base64.b64encode(f"batch:{self.api_key}".encode()).decode()
        builder = EnvironBuilder(
            f"/3.0/{operation['path'].lstrip('/').removeprefix('3.0/')}",
            method=operation["method"],
            query_string=urlencode(operation.get("params", {})),
            data=operation.get("body", "").encode(),
            content_type="application/json",
            headers=[("Authorization", f"Basic {key}")],
        )
        response = self._route(Request(builder.get_environ()))
        return {
            "status_code": response.status_code,
            "operation_id": operation.get("operation_id", ""),
            "response": response.get_data(as_text=True),
        }

    @route("/3.0/batches", "POST")
    def start_batch(self, request: Request) -> Response:
        """Take operations to run later."""
        body = read_body(request)
        if errors := list(_batch_errors(body.get("operations"))):
            raise invalid(*errors)
        if sum(each.completed_at is None for each in self.batches.values()) >= UNFINISHED_PER_ACCOUNT:
            detail = f"There are {UNFINISHED_PER_ACCOUNT} unfinished batches on this account."
            raise Refusal(429, "Too Many Requests", detail)
        self.made_batches += 1
        batch = Batch(digest(f"batch {self.made_batches}", 10), body["operations"], self.clock())
        self.batches[batch.id] = batch
        return json_response(batch.shown(self.clock(), ""))

    @route("/3.0/batches")
    def list_batches(self, request: Request) -> Response:
        """List the batches whose results are kept."""
        rows = [each for each in self.batches.values() if not self._is_gone(each)]
        shown = [each.shown(self.clock(), self._link(request, each)) for each in Query(request).page(rows)]
        return answer(request, {"batches": shown, "total_items": len(rows), "_links": []})

    @route("/3.0/batches/<batch_id>")
    def get_batch(self, request: Request, batch_id: str) -> Response:
        """Show one batch; a finished one comes with a fresh link to its results."""
        batch = self._batch(batch_id)
        batch.looks += 1
        self._run_due()
        return answer(request, batch.shown(self.clock(), self._link(request, batch)))

    @route("/3.0/batches/<batch_id>", "DELETE")
    def delete_batch(self, request: Request, batch_id: str) -> Response:
        """Stop a batch and forget its results."""
        del self.batches[self._batch(batch_id).id]
        return empty()

    @route("/batch-results/<batch_id>/<until>.tar.gz")
    def batch_results(self, request: Request, batch_id: str, until: str) -> Response:
        """Serve the results without a key, while the link is valid."""
        batch = self._batch(batch_id)
        if not until.isdigit() or self.clock().timestamp() > int(until):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, content_type="application/xml")
        return Response(batch.archive(), content_type="application/gzip")

    def _batch(self, batch_id: str) -> Batch:
        batch = self.batches.get(batch_id)
        if batch is None or self._is_gone(batch):
            raise not_found()
        return batch

    def _is_gone(self, batch: Batch) -> bool:
        return batch.completed_at is not None and self.clock() - batch.completed_at > RESULTS_KEPT

    def _link(self, request: Request, batch: Batch) -> str:
        until = int((self.clock() + LINK_LIFE).timestamp())
        return f"{request.root_url}batch-results/{batch.id}/{until}.tar.gz"


def _batch_errors(operations: Any) -> Iterator[FieldError]:
    if not isinstance(operations, list) or not operations:
        yield FieldError("operations", "This value should not be blank.")
        return
    for place, each in enumerate(operations):
        fields = each if isinstance(each, dict) else {}
        where = f"operations.item:{place}"
        if fields.get("method") not in METHODS:
            yield FieldError(f"{where}.method", f"This value should be one of: {', '.join(METHODS)}.")
        if not isinstance(fields.get("path"), str) or not fields["path"]:
            yield FieldError(f"{where}.path", "This value should not be blank.")
        if not isinstance(fields.get("params", {}), dict):
            yield FieldError(f"{where}.params", "Schema describes object")
        for name in ("body", "operation_id"):
            if not isinstance(fields.get(name, ""), str):
                yield FieldError(f"{where}.{name}", "Schema describes string")
