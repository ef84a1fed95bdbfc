"""The token endpoint: a signed statement of the service account in, a token for an hour out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from plugins.sandbox.google_analytics.refusals import NoGrant

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
ANALYTICS = "https://www.googleapis.com/auth/analytics"
READING = "https://www.googleapis.com/auth/analytics.readonly"
STORAGE = "https://www.googleapis.com/auth/devstorage.read_only"
SCOPES = {ANALYTICS, READING, STORAGE}
LONGEST_LIFE_SECONDS, CLOCKS_APART_SECONDS = 3600, 300
LIFE_SECONDS = 3599
SIGNED_WRONG = "Invalid JWT Signature."
TOO_LONG = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
    "exp values in the JWT claim."
)


@cache
def key_pair() -> rsa.RSAPrivateKey:
    """Return the key of this process; nothing is signed with it anywhere else."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem() -> str:
    """Return the private half as Google's key files hold it."""
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key_pair().private_bytes(serialization.Encoding.PEM, *form).decode()


@dataclass(frozen=True, slots=True)
class Token:
    """What was given out."""

    scopes: frozenset[str]
    ends_at: datetime


@dataclass
class Tokens:
    """Gives tokens, and knows those it gave."""

    client_email: str
    is_revoked: bool = False
    given: dict[str, Token] = field(default_factory=dict)

    def give(self, form: Mapping[str, str], number: str, at: datetime) -> dict[str, Any]:
        """Return the answer to a caller who proved to be the service account."""
        if form.get("grant_type") != GRANT:
            raise NoGrant("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        claims = self._claims(form.get("assertion", ""))
        if self.is_revoked or claims.get("iss") != self.client_email:
            raise NoGrant("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") != AUDIENCE:
            raise NoGrant("invalid_grant", "Invalid JWT: Failed audience check.")
        _check_times(claims, at)
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes or not scopes <= SCOPES:
            raise NoGrant("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        token = f"ya29.sandbox{number}"
        self.given[token] = Token(scopes, at + timedelta(seconds=LIFE_SECONDS))
        return {"access_token": token, "expires_in": LIFE_SECONDS, "token_type": "Bearer"}

    def scopes_of(self, token: str, at: datetime) -> frozenset[str]:
        """Return the scopes of a token at a moment, none of one that has ended."""
        known = self.given.get(token)
        return known.scopes if known and known.ends_at > at else frozenset()

    def _claims(self, assertion: str) -> dict[str, Any]:
        signed, _, signature = assertion.rpartition(".")
        try:
            head, claims = (json.loads(_decoded(each)) for each in signed.split("."))
            if head["alg"] != "RS256":
                raise NoGrant("invalid_grant", SIGNED_WRONG)
            key = key_pair().public_key()
            key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise NoGrant("invalid_grant", SIGNED_WRONG) from None
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise NoGrant("invalid_request", "Bad Request") from None
        return claims if isinstance(claims, dict) else {}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _check_times(claims: Mapping[str, Any], at: datetime) -> None:
    issued, ends, present = claims.get("iat"), claims.get("exp"), at.timestamp()
    if not isinstance(issued, int) or not isinstance(ends, int):
        raise NoGrant("invalid_grant", TOO_LONG)
    is_short = 0 < ends - issued <= LONGEST_LIFE_SECONDS
    if not is_short or issued > present + CLOCKS_APART_SECONDS or ends <= present:
        raise NoGrant("invalid_grant", TOO_LONG)
