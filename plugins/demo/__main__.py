"""`python -m plugins.demo FOLDER RETAILER`: tell the story of one customer and of a changed rule, open the console."""

from __future__ import annotations

import sys
from pathlib import Path

from plugins.console.roles import Role
from plugins.demo import rule_change
from plugins.demo.pages import serve
from plugins.demo.story import tell
from plugins.hub import show
from plugins.hub.plans import open_hub
from plugins.hub.sandboxes import NoSandbox
from plugins.store.engine import StoreError


def main(folder: Path, retailer: str) -> int:
    """Do it; exit code 1 where a job fails, or nobody fits."""
    try:
        if retailer == "fiction":  # the story's people are in no other data
            tell(open_hub(), folder)
            rule_change.tell()
        running = serve(folder, retailer, open_hub().store)
    except (StoreError, NoSandbox) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    roles = ", ".join(each.value for each in Role)
    show.console.print("Next: rotonde plan | rotonde why PERSON | rotonde drift | rotonde sandbox act --help")
    show.console.print("Sandbox and console go on in the background; end them with: rotonde sandbox stop\n")
    show.console.print(f"console: {running.url}")
    show.console.print(f"sign in as one of {roles}; the password of each is {running.settings['password']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
