"""Signing in and out, the language somebody reads, and what every page loads."""

from __future__ import annotations

import math
from pathlib import Path

from starlette.responses import FileResponse, Response

from plugins.console import accounts
from plugins.console.ask import Ask, Stopped
from plugins.console.attempts import forgive, keys_of, waited
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.console.sessions import sign_in, sign_out
from plugins.console.words import LANGUAGES
from plugins.hub import auditing

STATIC = Path(__file__).parents[1] / "static"
FILES = {"console.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


def home(ask: Ask) -> Response:
    """Send whoever is signed in to the first page of their menu."""
    first = (path for _, path, right in ask.desk.menu if ask.may(right))
    return ask.to(next(first, "/oneself"))


def oneself(ask: Ask) -> Response:
    """Show who is signed in, and their language."""
    return ask.page("oneself.html")


def sign_in_page(ask: Ask) -> Response:
    """Ask for name and password."""
    return ask.to("/") if ask.session else ask.page("sign_in.html", fault=None, seconds=0, name="")


def sign_in_form(ask: Ask) -> Response:
    """Let somebody in, or say that it was wrong without saying what was."""
    name, password = ask.said("name")[:100], (ask.form or {}).get("password", "")[: accounts.LONGEST]
    store, keys = ask.desk.hub.store, keys_of(ask.desk.seals, name, ask.address)
    if wait := waited(store, keys, ask.now):
        seconds = math.ceil(wait.total_seconds())
        answer = ask.page("sign_in.html", 429, fault="sign_in.wait", seconds=seconds, name=name)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    token = sign_in(store, ask.desk.seals, name, password, ask.cookie("session"), ask.now)
    if token is None:
        return ask.page("sign_in.html", 401, fault="sign_in.wrong", seconds=0, name=name)
    forgive(store, keys)
    auditing.note(store, "sign_in", "console", {}, ask.now, who=name)
    return ask.drop(ask.hold(ask.to("/"), "session", token), "entry")


def sign_out_form(ask: Ask) -> Response:
    """End the session."""
    sign_out(ask.desk.hub.store, ask.who)
    return ask.drop(ask.to("/sign-in"), "session")


def language_form(ask: Ask) -> Response:
    """Remember the language somebody chose."""
    if ask.said("language") not in LANGUAGES:
        raise Stopped(400)
    accounts.set_language(ask.desk.hub.store, ask.who.account.name, ask.said("language"))
    return ask.to("/oneself")


def static(ask: Ask) -> Response:
    """Give a file that every page loads."""
    name = ask.part("file")
    if name not in FILES:
        raise Stopped(404)
    return FileResponse(STATIC / name, media_type=FILES[name], headers={"Cache-Control": "private, max-age=300"})


ROUTES = (
    Seen("/", "home", Right.ONESELF, home),
    Seen("/static/{file}", "static", Right.ANYBODY, static),
    Seen("/sign-in", "sign_in", Right.ANYBODY, sign_in_page),
    Seen("/sign-in", "sign_in", Right.ANYBODY, sign_in_form, "POST"),
    Seen("/sign-out", "sign_out", Right.ONESELF, sign_out_form, "POST"),
    Seen("/oneself", "oneself", Right.ONESELF, oneself),
    Seen("/language", "language", Right.ONESELF, language_form, "POST"),
)
