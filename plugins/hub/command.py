"""What every command of `rotonde` shares: how it ends, and what it prints for machines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from mappers.identity.decisions import ContradictionError
from mappers.identity.files import TableError
from mappers.identity.whole import SparkError
from plugins.hub import sandboxes, show
from plugins.hub.lease import LeaseTaken
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError

OK, FAILED, WRONG, DIFFERS = 0, 1, 2, 3
EXIT_CODES = (
    "Exit codes: 0 all well, 1 a job failed or something is open, 2 wrong configuration, 3 a difference was found."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
PARQUET = click.Path(exists=True, dir_okay=False, path_type=Path)
P = ParamSpec("P")


def said(command: Callable[P, int]) -> Callable[P, None]:
    """Turn what a command returns into the exit code, and what it cannot do into one clear line."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except (StoreError, RulesError, TableError, ContradictionError, SparkError, sandboxes.NoSandbox) as error:
            show.errors.print(str(error), markup=False)
            code = WRONG
        except LeaseTaken as error:
            show.errors.print(str(error), markup=False)
            code = FAILED
        sys.exit(code)

    return run
