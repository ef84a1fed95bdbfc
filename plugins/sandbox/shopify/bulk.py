"""Exports and imports that run in the background: asked for, looked at, and fetched as a file of lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from graphql import GraphQLError
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import FileWrapper

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.bulk_query import Line, checked, fields_of, lines, records, root_of
from plugins.sandbox.shopify.documents import Operation, execute, parsed, read
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.refusals import refused
from plugins.sandbox.stand_in import Call, json_response

FILES = "/bulk/"
AT_ONCE, KEPT = 5, timedelta(days=7)
ROWS_PER_PAGE = 250
UNDER_WAY = ("CREATED", "RUNNING", "CANCELING")


@dataclass(eq=False)
class BulkOperation(Record):
    """One export or import."""

    typename: ClassVar[str] = "BulkOperation"
    query: str
    type: str
    operation: Operation
    grouped: bool
    upload: list[str] = field(default_factory=list)
    """The lines of variables of an import."""
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: datetime | None = None
    object_count: int = 0
    root_object_count: int = 0
    file: Path | None = None
    home: str = ""
    """The address of the sandbox, as the last caller knows it."""

    @property
    def file_size(self) -> int | None:
        """The bytes of the file."""
        return self.file.stat().st_size if self.file else None

    @property
    def url(self) -> str | None:
        """Where the file is; nowhere when there are no rows."""
        return f"{self.home}{FILES}{self.serial}.jsonl" if self.file and self.status == "COMPLETED" else None

    @property
    def partial_data_url(self) -> str | None:
        """Where the rows are that were there before it failed."""
        return f"{self.home}{FILES}{self.serial}.jsonl" if self.file and self.status == "FAILED" else None


@dataclass
class BulkPaths(Account):
    """Runs bulk operations: every look at one brings it a step further."""

    exports: dict[str, Path] = field(default_factory=dict, kw_only=True)
    """Files that are served as they are, by the root field of the query they answer; for a million rows."""

    def seed(self) -> None:
        """Start without files."""
        super().seed()
        self.folder: TemporaryDirectory[str] | None = None
        self.uploads: dict[str, bytes] = {}

    def query_bulk_operation(self, id: str) -> BulkOperation | None:
        """Tell how far an operation is."""
        operation: BulkOperation | None = self.found("BulkOperation", id)
        if operation and operation.status in UNDER_WAY:
            self._step(operation)
        if operation:
            operation.home = self.home
        return operation

    def query_current_bulk_operation(self, type: str) -> BulkOperation | None:
        """Tell how far the newest operation of a type is."""
        newest = [each for each in self.of_kind("BulkOperation") if each.type == type][-1:]
        return self.query_bulk_operation(newest[0].id) if newest else None

    def mutate_bulk_operation_run_query(self, query: str, group_objects: bool) -> dict[str, Any]:
        """Begin an export."""
        operation = checked(query)
        if isinstance(operation, str):
            raise refused("query", operation, "INVALID")
        return {"bulkOperation": self._begin(query, "QUERY", operation, group_objects)}

    def mutate_bulk_operation_run_mutation(
        self, mutation: str, staged_upload_path: str, group_objects: bool = True, client_identifier: str = ""
    ) -> dict[str, Any]:
        """Begin an import of a file that was put up before."""
        if staged_upload_path not in self.uploads:
            raise refused("stagedUploadPath", "The JSONL file could not be found.", "NO_SUCH_FILE")
        upload = self.uploads[staged_upload_path].decode().splitlines()
        if not all(_is_object(line) for line in upload):
            raise refused("stagedUploadPath", "The JSONL file is invalid.", "INVALID_STAGED_UPLOAD_FILE")
        operation = _single(mutation)
        made = self._begin(mutation, "MUTATION", operation, group_objects)
        made.upload = upload
        return {"bulkOperation": made}

    def mutate_bulk_operation_cancel(self, id: str) -> dict[str, Any]:
        """Stop an operation that is under way."""
        operation: BulkOperation | None = self.found("BulkOperation", id)
        if operation is None:
            raise refused("id", "Bulk operation does not exist")
        if operation.status not in UNDER_WAY:
            raise refused("", f"A bulk operation cannot be canceled when it is {operation.status.lower()}")
        operation.status = "CANCELING"
        return {"bulkOperation": operation}

    def _begin(self, text: str, kind: str, operation: Operation, grouped: bool) -> BulkOperation:
        running = [each for each in self.of_kind("BulkOperation") if each.status in UNDER_WAY and each.type == kind]
        if len(running) >= AT_ONCE:
            raise refused("", "Bulk operations limit reached. Please try again later.", "LIMIT_REACHED")
        number, now = self.new_number("BulkOperation"), self.clock()
        made: BulkOperation = self.keep(BulkOperation(number, now, now, text, kind, operation, grouped))
        return made

    def _step(self, bulk: BulkOperation) -> None:
        self.has_changed = True
        if bulk.status == "CREATED":
            bulk.status = "RUNNING"
            return
        bulk.completed_at = self.clock()
        if bulk.status == "CANCELING":
            bulk.status = "CANCELED"
            return
        bulk.status = "COMPLETED"
        searches, path = self.searches, self.path
        try:
            self._write(bulk)
        except GraphQLError as error:
            code = (error.extensions or {}).get("code")
            bulk.status, bulk.error_code = "FAILED", code if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
        finally:
            self.searches, self.path = searches, path
        self.happened("BULK_OPERATIONS_FINISH", bulk)

    def _write(self, bulk: BulkOperation) -> None:
        made = self.exports.get(root_of(bulk.operation).node.name.value) if bulk.type == "QUERY" else None
        if made:
            bulk.file = made
            with made.open("rb") as file:
                for row in file:
                    bulk.object_count += 1
                    bulk.root_object_count += b'"__parentId"' not in row
            return
        self.folder = self.folder or TemporaryDirectory(prefix="shopify-")
        path = Path(self.folder.name) / f"{bulk.serial}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            for line in self._imported(bulk) if bulk.type == "MUTATION" else self._exported(bulk):
                bulk.object_count += 1
                bulk.root_object_count += "__parentId" not in line
                out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        bulk.file = path if bulk.object_count else None

    def _exported(self, bulk: BulkOperation) -> Iterator[Line]:
        """Yield the lines of an export, page by page."""
        root, after = root_of(bulk.operation), None
        while True:
            self.bulk_page = {"first": ROWS_PER_PAGE, "after": after}
            answer = self._executed(bulk.operation, {})[root.key]
            if not root.is_connection:
                yield from self._below(bulk, answer)
                return
            found = list(lines(bulk.operation, root.node, root.kind, answer))
            yield from found if bulk.grouped else sorted(found, key=lambda line: "__parentId" in line)
            after = self.bulk_cursor
            if not after or not records(answer):
                return

    @staticmethod
    def _below(bulk: BulkOperation, answer: Line | None) -> Iterator[Line]:
        """Yield the lines of the connections of a single record."""
        root = root_of(bulk.operation)
        for node, kind in fields_of(bulk.operation, root.node.selection_set, root.kind) if answer else ():
            key = (node.alias or node.name).value
            if kind.name.endswith("Connection") and answer:
                yield from lines(bulk.operation, node, kind, answer[key])

    def _imported(self, bulk: BulkOperation) -> Iterator[Line]:
        """Yield what became of each line of variables."""
        for number, text in enumerate(bulk.upload):
            variables = json.loads(text)
            operation = read(bulk.query, variables)
            if isinstance(operation, list):
                yield {"errors": [error.formatted for error in operation], "__lineNumber": number}
                continue
            result = execute(operation, self, variables)
            told = {"errors": [error.formatted for error in result.errors]} if result.errors else {}
            yield {"data": result.data, **told, "__lineNumber": number}

    def _executed(self, operation: Operation, variables: dict[str, Any]) -> dict[str, Any]:
        try:
            result = execute(operation, self, variables)
        finally:
            self.bulk_page = None
        if result.errors:
            raise result.errors[0]
        return result.data or {}

    def _answer(self, request: Request) -> Response:
        """Stream a file beside the lock: it does not change any more."""
        if not request.path.startswith(FILES):
            return super()._answer(request)
        number = request.path.removeprefix(FILES).removesuffix(".jsonl")
        bulk = self.records.get(("BulkOperation", int(number))) if number.isdecimal() else None
        response = self._file(bulk)
        self.calls.append(Call(request.method, request.path, "", b"", response.status_code, self.clock()))
        return response

    def _file(self, bulk: BulkOperation | None) -> Response:
        if bulk is None or bulk.file is None or not bulk.completed_at or self.clock() > bulk.completed_at + KEPT:
            return json_response({"errors": "Not Found"}, 404)
        response = Response(FileWrapper(bulk.file.open("rb"), 1 << 16), content_type="application/jsonl")
        response.headers["Content-Length"] = str(bulk.file_size)
        return response


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _single(text: str) -> Operation:
    """Return the operation of an import: one mutation of one field; its variables come with the lines."""
    operation = parsed(text)
    if isinstance(operation, list):
        raise refused("mutation", "; ".join(error.message for error in operation), "INVALID_MUTATION")
    if not operation.writes or len(operation.node.selection_set.selections) != 1:
        raise refused("mutation", "The mutation must have exactly one top-level field.", "INVALID_MUTATION")
    return operation
