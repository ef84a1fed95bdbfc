"""Pictures for the documentation: `python -m tests.plugins.console.pictures ADDRESS PASSWORD EMAIL`, after `make demo`.

Takes the pages of the demonstration's console, each as the role it is for, into `docs/screenshots`.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.plugins.console.test_browser import DESK, PHONE, SCREENSHOTS, browser, fill, sign_in, size

PAGES = {
    "today": ("ops", "/today"), "quarantine": ("ops", "/quarantine"), "plan": ("marketing", "/plan"),
    "audience": ("marketing", "/audiences/gone_quiet"), "experiments": ("marketing", "/experiments"),
    "feeds": ("marketing", "/feeds"), "consent": ("dpo", "/consent"), "rules": ("marketing", "/rules"),
}  # fmt: skip


def taken(driver: Any, name: str) -> None:
    driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def main(address: str, password: str, email: str) -> None:
    """Take every picture."""
    driver = browser()
    try:
        for name, (role, path) in PAGES.items():
            driver.delete_all_cookies()
            size(driver, DESK)
            sign_in(driver, address, role, password)
            driver.get(f"{address}{path}")
            taken(driver, name)
        driver.delete_all_cookies()
        sign_in(driver, address, "ops", password)
        driver.get(f"{address}/person")
        fill(driver, who=email)
        taken(driver, "person")
        driver.delete_all_cookies()
        size(driver, PHONE)
        sign_in(driver, address, "shop", password)
        driver.get(f"{address}/shop")
        fill(driver, who=email)
        taken(driver, "shop")
    finally:
        driver.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
