"""The command `rotonde`, started quickly: `python -m plugins.hub` is the same."""

from __future__ import annotations

import gc
import sys
from typing import Any


def start() -> None:
    """Load the command line without what slows its start, and run it."""
    gc.disable()  # what is imported stays: looking through it again and again finds nothing
    absent: Any = None
    sys.modules.setdefault("pandas", absent)  # DuckDB would load it, where it is installed, to tell its types apart
    from plugins.hub.cli import main

    gc.freeze()
    gc.enable()
    main()


if __name__ == "__main__":
    start()
