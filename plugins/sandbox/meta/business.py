"""The business behind every path: versions, tokens, proofs, limits, and the way to a node or an edge."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from typing_extensions import override
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.meta.graph import Graph
from plugins.sandbox.meta.nodes import Connection, Node, edge, names
from plugins.sandbox.meta.parameters import Parameters, sent
from plugins.sandbox.meta.quotas import Quotas
from plugins.sandbox.meta.refusals import (
    Refusal,
    invalid,
    missing,
    no_permission,
    not_for,
    page_token_needed,
    refusal_response,
    unknown_path,
    unusable_token,
    without_right,
)
from plugins.sandbox.stand_in import json_response, route

METHODS = ("GET", "POST", "DELETE")
# developers.facebook.com/docs/graph-api/changelog: when each version leaves the Graph API
NEWEST, OLDEST = 26, 21
ENDS = {20: date(2026, 9, 24), 21: date(2027, 1, 21), 24: date(2028, 2, 18), 25: date(2028, 7, 29)}
MARKETING = {"custom_audience", "ads_management", "catalog_management"}
FULL_TIER, LIMITED_TIER = "standard_access", "development_access"


@dataclass
class SystemUser(Node):
    """Whom the token belongs to."""

    kind: ClassVar[str] = "User"
    default: ClassVar[tuple[str, ...]] = ("name",)
    known: ClassVar[frozenset[str]] = names("id name")

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return its name."""
        return {"name": "Rotonde"}


@dataclass
class Application(Node):
    """The app that the tokens were made for."""

    kind: ClassVar[str] = "Application"
    callers: ClassVar[tuple[str, ...]] = ("app", "system")
    default: ClassVar[tuple[str, ...]] = ("name",)
    known: ClassVar[frozenset[str]] = names("id name link category")

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return its name."""
        return {"name": "Rotonde", "link": "https://www.example.nl/", "category": "Business"}


@dataclass
class Business(Graph):
    """One business with one app, one system user and one Page token."""

    access_token: str = field(default="EAAsandboxsystemusertoken", kw_only=True)
    page_token: str = field(default="EAAsandboxpagetoken", kw_only=True)
    app_id: str = field(default="300000000000001", kw_only=True)
    app_secret: str = field(default="sandbox0sandbox0sandbox0sandbox0", kw_only=True)
    business_id: str = field(default="200000000000001", kw_only=True)
    demands_proof: bool = field(default=False, kw_only=True)
    """Whether every call must carry `appsecret_proof`, as an app can demand."""
    tier: str = field(default=FULL_TIER, kw_only=True)

    def seed(self) -> None:
        """Start with the app and its system user."""
        super().seed()
        self.unusable: dict[str, int] = {}
        """Subcode of why a kind of token is not taken any more."""
        self.withdrawn: set[str] = set()
        """The rights that the system user has no more."""
        self.quotas = Quotas(self.calls_allowed, self.tier)
        self.use = "app"
        self.asked_path = ""
        self.add(SystemUser("100000000000001"))
        self.add(Application(self.app_id))

    def calls_allowed(self, use: str) -> int:
        """Return how many calls a use case has in its window."""
        # developers.facebook.com/docs/marketing-api/overview/rate-limiting
        is_full = self.tier == FULL_TIER
        fixed = {"app": 20_000, "user": 20_000, "ads_management": 100_000 if is_full else 300}
        fixed |= {"custom_audience": 190_000 if is_full else 5000, "catalog_management": 20_000, "catalog_batch": 1400}
        return fixed[use] if use in fixed else 4800 * max(1, self.engaged(use))

    def engaged(self, use: str) -> int:
        """Return how many people there are by whom the calls of a use case are counted."""
        return 1

    @route("/<version>/<node_id>", *METHODS)
    def on_node(self, request: Request, version: str, node_id: str) -> Response:
        """Read, change or delete a node."""
        return self._called(request, version, node_id, "")

    @route("/<version>/<node_id>/<name>", *METHODS)
    def on_edge(self, request: Request, version: str, node_id: str, name: str) -> Response:
        """Read an edge, add to it, or take from it."""
        return self._called(request, version, node_id, name)

    def _called(self, request: Request, version: str, node_id: str, name: str) -> Response:
        self.settle()
        values, files = sent(request)
        method = str(values.get("method") or request.method).upper()
        root = f"{request.host_url.rstrip('/')}{request.script_root}"
        caller = self._caller(request, values)
        length = len(request.get_data(cache=True))
        parameters = Parameters(values, caller, f"{root}/{version}", f"{root}{request.path}", files, length)
        node = self.nodes.get(self._named(node_id, parameters))
        self._check_version(version, node)
        self.use = self.use_of(node, name, method)
        if not self.replaying:
            self.quotas.count(self.use, self.clock(), mutates=method != "GET")
        if node is None:
            raise missing(node_id, method)
        if caller not in node.callers and not self.replaying:
            raise not_for(node.use)
        if node.use in self.withdrawn and not self.replaying:
            raise without_right(node.use)
        return json_response(self._done(node, name, method, parameters))

    def _done(self, node: Node, name: str, method: str, parameters: Parameters) -> dict[str, Any]:
        if method == "GET" and not name:
            return self.shown(node, self.fields_of(parameters), parameters)
        answer = self.edges.get((node.kind, name, method))
        if answer is None:
            is_known = any((node.kind, name, other) in self.edges for other in METHODS)
            raise missing(node.id, method) if is_known or not name else unknown_path(f"/{name}")
        found = answer(node, parameters)
        if isinstance(found, Connection):
            return self.listed(found, self.fields_of(parameters), parameters)
        done: dict[str, Any] = found
        return done

    def _named(self, node_id: str, parameters: Parameters) -> str:
        if node_id != "me":
            return node_id
        return self.page_of_token() if parameters.is_page else next(iter(self.nodes))

    def settle(self) -> None:
        """Do what has fallen due since the last call."""

    def page_of_token(self) -> str:
        """Return the id of the Page that the Page token is for."""
        return ""

    def use_of(self, node: Node | None, name: str, method: str) -> str:
        """Return the use case whose limit a call counts against."""
        return node.use if node else "app"

    def _caller(self, request: Request, values: dict[str, Any]) -> str:
        offered = request.authorization
        token = str(values.get("access_token") or (offered.token if offered and offered.type == "bearer" else "") or "")
        kinds = {self.access_token: "system", self.page_token: "page", f"{self.app_id}|{self.app_secret}": "app"}
        if self.replaying:
            return kinds.get(token, "system")
        if not token:
            raise Refusal(102, "An access token is required to request this resource.")
        if token not in kinds:
            raise unusable_token(0)
        kind = kinds[token]
        if kind in self.unusable:
            raise unusable_token(self.unusable[kind])
        self._check_proof(token, values)
        return kind

    def _check_proof(self, token: str, values: dict[str, Any]) -> None:
        proof = values.get("appsecret_proof")
        if not proof and self.demands_proof:
            raise Refusal(104, "API calls from the server require an appsecret_proof argument")
        message = f"{token}|{values['appsecret_time']}" if values.get("appsecret_time") else token
        if proof and not hmac.compare_digest(proof, proof_of(self.app_secret, message)):
            raise invalid("Invalid appsecret_proof provided in the API argument")

    def _check_version(self, version: str, node: Node | None) -> None:
        match = re.fullmatch(r"v(\d+)\.0", version)
        number = int(match[1]) if match else 0
        if not match or number > NEWEST:
            raise unknown_path(f"/{version}")
        is_moved_up = node is not None and node.use in MARKETING  # developers.facebook.com/docs/graph-api/changelog
        is_over = self.clock().date() >= ENDS[number] if number in ENDS else number < OLDEST
        if is_over and not is_moved_up:
            message = f"(#2635) You are calling a deprecated version of the Graph API. Please update to v{NEWEST}.0."
            raise Refusal(2635, message)

    def needs_page_token(self, parameters: Parameters) -> None:
        """Refuse every other token."""
        if not parameters.is_page and not self.replaying:
            raise page_token_needed()

    def needs_app_token(self, parameters: Parameters) -> None:
        """Refuse every other token."""
        if parameters.caller != "app" and not self.replaying:
            raise no_permission("This method must be called with an app access_token.", 15)

    @override
    def problem(self, error: HTTPException) -> Response:
        trace = f"A{self.random.getrandbits(128):032x}"[:23]
        return refusal_response(error, self.asked_path, trace)

    @override
    def _route(self, request: Request) -> Response:
        self.use, self.asked_path = "app", request.path
        response = super()._route(request)
        response.headers.update(self.quotas.headers(self.use, self.business_id, self.clock()))
        response.headers["facebook-api-version"] = request.path.split("/")[1]
        return response

    @edge("User", "accounts")
    def pages_of_user(self, node: SystemUser, parameters: Parameters) -> Connection:
        """List the Pages that the system user may act for."""
        page = self.nodes.get(self.page_of_token())
        return Connection([page] if page else [])


def proof_of(secret: str, message: str) -> str:
    """Return `appsecret_proof` for a token, or for a token and a time."""
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
