"""Pages for people: one template, made here, with nothing in it that runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from werkzeug.wrappers import Request

from plugins.api.answers import Page
from plugins.api.routes import Route
from plugins.api.wording import WORDS, Language, language_of

STYLE = """\
:root { color-scheme: light dark; }
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 38rem; margin: 0 auto; padding: 1rem; }
.other { text-align: right; }
.topic { border-top: 1px solid #8886; padding: .8rem 0; display: grid; grid-template-columns: 2rem 1fr; }
.topic input { width: 1.3rem; height: 1.3rem; margin: .2rem 0 0; }
.state { grid-column: 2; margin: 0; opacity: .8; }
.note { border-left: .3rem solid #2a7; padding: .5rem .8rem; }
button, .button { font: inherit; padding: .6rem 1.2rem; margin: .3rem .3rem 0 0; min-height: 2.75rem;
  border-radius: .3rem; border: 1px solid #0a5; background: #075; color: #fff;
  text-decoration: none; display: inline-block; }
.quiet { background: transparent; color: inherit; border-color: #888; }
:focus-visible { outline: .2rem solid #27c; outline-offset: .1rem; }
"""


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("page.html.j2")


def page(request: Request, status: int, title: str, lead: str, **more: Any) -> Page:
    """Return a page in the language of who looks; `title` and `lead` name words."""
    language = spoken(request)
    words = WORDS[language]
    known: Mapping[str, Any] = {"topics": (), "note": "", "on": "", "base": request.root_url.rstrip("/"), **more}
    text = _template().render(language=language, words=words, title=words[title], lead=words[lead], **known)
    return Page(status, text, language)


def dead(request: Request, *, is_over: bool) -> Page:
    """Return what whoever opens a link sees that works no more."""
    return page(request, 410 if is_over else 404, "dead", "dead_lead")


def spoken(request: Request) -> Language:
    """Return the language of who looks."""
    return language_of(request.values.get("lang"), request.headers.get("Accept-Language"))


STYLES = Route(
    "GET", "/style.css", "The looks of the pages.", shown_as="text/css",
    show=lambda *_: Page(200, STYLE, kind="text/css"),
)  # fmt: skip
