"""A property behind `responses`: a token endpoint, reports, and files; and what each was asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests import PreparedRequest

from taps.google_analytics.tap import TapGoogleAnalytics

TOKENS = "https://oauth2.googleapis.com/token"
REPORT = "https://analyticsdata.googleapis.com/v1beta/properties/387654321:runReport"
FILES = "https://storage.example/export"
TODAY = datetime.now(UTC).date()

Row = dict[str, Any]


@cache
def key() -> rsa.RSAPrivateKey:
    """Return the key of the service account."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def credentials() -> str:
    """Return its key file."""
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = key().private_bytes(serialization.Encoding.PEM, *form).decode()
    return json.dumps({"client_email": "hub@project.example", "private_key": pem, "token_uri": TOKENS})


def ago(days: int) -> str:
    """Return a day as the vendor writes it."""
    return f"{TODAY - timedelta(days=days):%Y%m%d}"


def event(number: int, days: int = 1, **more: Any) -> Row:
    """Return a row of the export."""
    row = {
        "event_date": ago(days),
        "event_timestamp": f"17724474051234{number:02}",
        "event_name": "page_view",
        "event_bundle_sequence_id": "1843202",
        "event_params": [],
        "user_id": "1001",
        "user_pseudo_id": "1187465820.1761823410",
        "privacy_info": {"analytics_storage": "Yes"},
        "geo": {"city": "Antwerp"},
        "device": {"category": "mobile"},
        "items": [],
    }
    return row | more


def file(*rows: Row) -> bytes:
    """Return a file of the export."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@dataclass
class Property:
    """What would be answered, and what was asked."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    """Rows of every report: dimensions, then figures."""
    files: dict[str, bytes] = field(default_factory=dict)
    metadata: Row = field(default_factory=lambda: {"currencyCode": "EUR", "timeZone": "Europe/Brussels"})
    left: int = 13_000
    refusals: list[tuple[int, Row]] = field(default_factory=list)
    """Answered first, by reports and files."""
    asked: list[Row] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    bearers: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def serve(self, mock: responses.RequestsMock) -> None:
        """Answer at all three addresses."""
        mock.add_callback("POST", TOKENS, self._token)
        mock.add_callback("POST", REPORT, self._report)
        mock.add_callback("GET", re.compile(re.escape(FILES) + "/.*"), self._file)

    def _token(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        form = parse_qs(str(request.body))
        self.statements.append(form["assertion"][0])
        token = {"access_token": f"ya29.{len(self.statements)}", "expires_in": 3599, "token_type": "Bearer"}
        return 200, {}, json.dumps(token)

    def _refused(self, request: PreparedRequest) -> tuple[int, dict[str, str], str] | None:
        self.bearers.append(request.headers.get("Authorization", ""))
        if not self.refusals:
            return None
        status, body = self.refusals.pop(0)
        return status, {}, json.dumps(body)

    def _report(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if refused := self._refused(request):
            return refused
        body = json.loads(request.body or b"{}")
        self.asked.append(body)
        offset, limit = int(body["offset"]), int(body["limit"])
        size = len(body["dimensions"])
        page = [
            {"dimensionValues": [{"value": each} for each in row[:size]],
             "metricValues": [{"value": each} for each in row[size:]]}
            for row in self.rows[offset : offset + limit]
        ]  # fmt: skip
        answer: Row = {
            "dimensionHeaders": body["dimensions"],
            "metricHeaders": [{**each, "type": "TYPE_INTEGER"} for each in body["metrics"]],
            "metadata": self.metadata,
            "propertyQuota": {"tokensPerProjectPerHour": {"consumed": 1, "remaining": self.left}},
        }
        answer |= {"rows": page} if page else {}
        answer |= {"rowCount": len(self.rows)} if self.rows else {}
        return 200, {}, json.dumps(answer)

    def _file(self, request: PreparedRequest) -> tuple[int, dict[str, str], bytes | str]:
        if refused := self._refused(request):
            return refused
        name = urlsplit(request.url or "").path.rpartition("/")[2]
        self.fetched.append(name)
        return (200, {}, self.files[name]) if name in self.files else (404, {}, "")


def tap(*streams: str, state: Row | None = None, **settings: Any) -> TapGoogleAnalytics:
    """Return a tap that reads only these streams."""
    config = {"property_id": "387654321", "credentials": credentials(), "export_url": FILES, "backoff_seconds": 0.0}
    told = {name: value for name, value in {**config, **settings}.items() if value is not None}
    made = TapGoogleAnalytics(config=told, state=state, parse_env_config=False)
    for name, stream in made.streams.items():
        stream.selected = name in streams
    return made


def error(status: int, word: str, message: str = "", reason: str = "") -> tuple[int, Row]:
    """Return a refusal in Google's form."""
    details = {"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]} if reason else {}
    return status, {"error": {"code": status, "status": word, "message": message, **details}}
