"""`python -m plugins.console`: serve the console, and keep its accounts; `rotonde console` starts it."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import sys
from dataclasses import replace
from threading import Thread

import click
import uvicorn

from plugins.console import accounts
from plugins.console.app import make_app
from plugins.console.desk import Desk
from plugins.console.roles import Role
from plugins.console.seals import Seals
from plugins.console.words import LANGUAGES
from plugins.hub import show
from plugins.hub.command import AS_JSON, EXIT_CODES, OK, said
from plugins.hub.plans import open_hub, rules_folder
from plugins.scheduler.schedules import read_schedules
from plugins.store.engine import Store, StoreError, open_store
from plugins.store.migrate import migrate
from plugins.store.times import now
from plugins.store.together import attend, keep_checkpointing

COLUMNS = ("name", "role", "language", "is_disabled", "made_at", "changed_at")
PASSWORD_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
def console() -> None:
    """The pages people look at, and who may."""
    os.umask(0o077)


@console.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; put TLS before any other.")
@click.option("--port", default=8900, show_default=True, help="Port to listen on.")
@click.option("--proxy", help="Address of the TLS proxy before it, whose word on who calls is taken.")
@said
def serve(host: str, port: int, proxy: str | None) -> int:
    """Serve the console until it is stopped."""
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.WARNING)
    hub = replace(open_hub(), store=open_store(serves=True))
    if hub.store.is_sqlite:
        Thread(target=keep_checkpointing, args=[hub.store], daemon=True).start()
    is_secure = proxy is not None or not _is_here(host)
    desk = Desk(hub, Seals.of(hub.store), is_secure, read_schedules(), rules_folder())
    config = uvicorn.Config(
        make_app(desk), host=host, port=port, log_config=None, access_log=False, server_header=False,
        proxy_headers=proxy is not None, forwarded_allow_ips=proxy, timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # headers and body go out apart: neither waits
    attend()
    click.echo(f"console: http://{host}:{listening.getsockname()[1]}")
    uvicorn.Server(config).run(sockets=[listening])
    return OK


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@console.group()
def account() -> None:
    """Who may sign in, and as what."""


@account.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([each.value for each in Role]), help="What they may see.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), help="Default: the browser's.")
@PASSWORD_STDIN
@said
def add(name: str, role: str, language: str | None, password_stdin: bool) -> int:
    """Make an account; its password is asked for."""
    accounts.add(_opened(), name, Role(role), _password(password_stdin), now(), language)
    return OK


@account.command("list")
@AS_JSON
@said
def list_accounts(as_json: bool) -> int:
    """List the accounts."""
    found = accounts.listed(_opened())
    show.as_json(found) if as_json else show.rows("Accounts", found, COLUMNS)
    return OK


@account.command()
@click.argument("name")
@said
def disable(name: str) -> int:
    """Let nobody sign in with an account any more; ends its sessions."""
    accounts.set_disabled(_opened(), name, now())
    return OK


@account.command()
@click.argument("name")
@PASSWORD_STDIN
@said
def password(name: str, password_stdin: bool) -> int:
    """Give an account another password, and end its sessions."""
    accounts.set_password(_opened(), name, _password(password_stdin), now())
    return OK


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise StoreError("console: no terminal to ask for the password; give --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _opened() -> Store:
    store = open_store()
    migrate(store)
    return store


if __name__ == "__main__":
    console(prog_name="rotonde console")
