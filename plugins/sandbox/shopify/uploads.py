"""Files that are put up before an import: the place is asked for, then the file comes without a token."""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Request, Response

from plugins.sandbox.shopify.bulk import BulkPaths
from plugins.sandbox.shopify.refusals import refused
from plugins.sandbox.stand_in import route

MOST_BYTES = 100 * 1024 * 1024


class UploadPaths(BulkPaths):
    """Hands out places, and takes the files."""

    def seed(self) -> None:
        """Start without places."""
        super().seed()
        self.places: set[str] = set()

    def mutate_staged_uploads_create(self, input: list[dict[str, Any]]) -> dict[str, Any]:
        """Hand out a place for each file."""
        targets = []
        for at, each in enumerate(input):
            if each["resource"] != "BULK_MUTATION_VARIABLES":
                raise refused(f"input.{at}.resource", "The sandbox takes variables of bulk mutations only")
            name = uuid.uuid5(uuid.NAMESPACE_URL, f"{self.shop}/{self.new_number('StagedUpload')}")
            key = f"tmp/1/bulk/{name}/{each['filename']}"
            self.places.add(key)
            targets.append(self._target(key, each["mimeType"], is_form=each["httpMethod"] == "POST"))
        return {"stagedTargets": targets}

    def _target(self, key: str, kind: str, *, is_form: bool) -> dict[str, Any]:
        fields = {"key": key, "Content-Type": kind} if is_form else {"content_type": kind, "acl": "private"}
        url = f"{self.home}/uploads" if is_form else f"{self.home}/uploads/{key}"
        parameters = [{"name": name, "value": value} for name, value in fields.items()]
        return {"url": url, "resourceUrl": None, "parameters": parameters}

    @route("/uploads", "POST")
    def upload_form(self, request: Request) -> Response:
        """Take a file of a form, with the fields that were told."""
        if "file" not in request.files:
            raise BadRequest
        return self._put(request.form.get("key", ""), request.files["file"].read(), 201)

    @route("/uploads/<path:key>", "PUT")
    def upload(self, request: Request, key: str) -> Response:
        """Take a file as it is."""
        return self._put(key, request.get_data(cache=True), 200)

    def _put(self, key: str, content: bytes, status: int) -> Response:
        if key not in self.places:
            raise NotFound
        if len(content) > MOST_BYTES:
            raise BadRequest
        self.uploads[key], self.has_changed = content, True
        return Response("", status)
