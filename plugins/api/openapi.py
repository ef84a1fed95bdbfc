"""The description of the API for machines, OpenAPI 3.1, made from the table of routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from plugins.api.asked import Fault
from plugins.api.keys import SCOPES
from plugins.api.routes import Route

VERSION = "1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
KEYED = {
    400: "the request cannot be read; its first fault is named, never its content",
    401: "no key of a client",
    403: "the key is for something else",
    429: "too many requests; Retry-After says when to go on",
    500: "a fault of ours; the message has its number in the log",
    503: "the store is busy: again, with the same key",
}
"""What any request with a key may get."""
ONCE = {413: "the body is too large", 422: "the Idempotency-Key stood for another request"}
TAKEN = {413: "the body is too large"}
OPEN = {413: "the body is too large", 500: KEYED[500], 503: KEYED[503]}
Json = dict[str, Any]


def described(routes: Sequence[Route]) -> Json:
    """Return the description of these routes; one that nothing is told of besides a page says so."""
    schemas = _schemas(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {"title": "Rotonde", "version": VERSION, "description": "For tills, apps and webshops."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {
                "type": "http", "scheme": "bearer",
                "description": f"A client's key from ROTONDE_API_KEYS; its scopes are of {', '.join(SCOPES)}.",
            }},
        },
    }  # fmt: skip


def _models(routes: Sequence[Route]) -> list[type[BaseModel]]:
    asked = [route.asked for route in routes if route.asked and route.method == "POST"]
    return list(dict.fromkeys([*asked, *(route.told for route in routes if route.told), Fault]))


def _schemas(routes: Sequence[Route]) -> Json:
    _, defined = models_json_schema(
        [(each, "validation") for each in _models(routes)], ref_template="#/components/schemas/{model}"
    )
    found: Json = defined["$defs"]
    return found


def _operation(route: Route, schemas: Mapping[str, Any]) -> Json:
    said: Json = {"summary": route.does, "operationId": _name(route), "responses": _responses(route)}
    if parameters := list(_parameters(route)):
        said["parameters"] = parameters
    if route.asked and route.method == "POST" and route.asked.__name__ in schemas:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(route.asked)}}}
    if route.scope:
        said["security"] = [{"key": [route.scope]}]
        said["description"] = f"The key needs the scope `{route.scope}`."
    return said


def _name(route: Route) -> str:
    words = [each.strip("{}.") for each in route.path.split("/") if each]
    return "_".join([route.method.lower(), *words]).replace(".", "_")


def _parameters(route: Route) -> Iterator[Json]:
    for name in route.named:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 512}}
    if route.once:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "description": "of the caller's choice; the same with the same request gives the first answer again",
        }
    if route.asked and route.method == "GET":
        schema = route.asked.model_json_schema()
        for name, field in route.asked.model_fields.items():
            yield {"name": name, "in": "query", "required": field.is_required(),
                   "schema": _plain(schema["properties"][name]), "description": field.description or ""}  # fmt: skip


def _plain(schema: Mapping[str, Any]) -> Json:
    """Return the schema of a word in a query: there is no null in one."""
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return {name: each for name, each in kinds[0].items() if name not in ("title", "default", "description")}


def _responses(route: Route) -> Json:
    sized = ONCE if route.once else TAKEN if route.take else {}
    others = {**(KEYED if route.scope else OPEN), **sized, **route.refuses}
    if not route.scope and route.asked:
        others = {400: KEYED[400], **others}
    done: Json = {"description": "done"}
    if route.told:
        done["content"] = {"application/json": {"schema": _ref(route.told)}}
    elif route.show:
        done["content"] = {route.shown_as: {"schema": {"type": "string"}}}
    else:
        done["content"] = {"application/json": {"schema": {"type": "object"}}}
    told = {str(status): {"description": why, "content": _of_fault(route)} for status, why in sorted(others.items())}
    return {str(route.status): done, **told}


def _of_fault(route: Route) -> Json:
    told: Json = {"application/json": {"schema": _ref(Fault)}}
    return {**told, route.shown_as: {"schema": {"type": "string"}}} if route.show else told


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
