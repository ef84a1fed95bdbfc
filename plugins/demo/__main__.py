"""`python -m plugins.demo FOLDER`: tell the story of one customer, and of a rule that changes."""

from __future__ import annotations

import sys
from pathlib import Path

from plugins.demo import rule_change
from plugins.demo.story import tell
from plugins.hub.plans import open_hub
from plugins.hub.sandboxes import NoSandbox
from plugins.store.engine import StoreError


def main() -> int:
    """Tell it; exit code 1 where a job fails, or nobody fits."""
    try:
        tell(open_hub(), Path(sys.argv[1]))
        rule_change.tell()
    except (StoreError, NoSandbox) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
