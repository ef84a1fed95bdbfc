"""Pictures for the documentation: `python -m tests.plugins.console.pictures ADDRESS PASSWORD EMAIL`, after `make demo`.

Takes the pages of the demonstration's console, each as the role it is for, into `docs/screenshots`.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from tests.plugins.console.test_browser import DESK, PHONE, SCREENSHOTS, browser, fill, sign_in, size

PAGES = {
    "today": ("ops", "/today"), "plan": ("marketing", "/plan"),
    "audience": ("marketing", "/audiences/gone_quiet"), "experiments": ("marketing", "/experiments"),
    "feeds": ("marketing", "/feeds"), "consent": ("dpo", "/consent"), "rules": ("marketing", "/rules"),
}  # fmt: skip

PLANNING_SECONDS = 300


def taken(driver: Any, name: str) -> None:
    driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def look_at(driver: Any, page: str) -> None:
    """Open a page, once signing in has come through."""
    while driver.current_url != page:
        driver.get(page)


def make_plan(driver: Any, page: str) -> None:
    """Let there be a plan to look at."""
    from selenium.webdriver.common.by import By

    driver.find_element(By.CSS_SELECTOR, "main form button").click()
    until = time.monotonic() + PLANNING_SECONDS
    while "/seal" not in driver.page_source and time.monotonic() < until:
        time.sleep(2)
        driver.get(page)


def main(address: str, password: str, email: str) -> None:
    """Take every picture."""
    driver = browser()
    try:
        for name, (role, path) in PAGES.items():
            driver.delete_all_cookies()
            size(driver, DESK)
            sign_in(driver, address, role, password)
            look_at(driver, f"{address}{path}")
            if name == "plan":
                make_plan(driver, f"{address}{path}")
            taken(driver, name)
        driver.delete_all_cookies()
        sign_in(driver, address, "ops", password)
        look_at(driver, f"{address}/person")
        fill(driver, who=email)
        taken(driver, "person")
        driver.delete_all_cookies()
        size(driver, PHONE)
        sign_in(driver, address, "shop", password)
        look_at(driver, f"{address}/shop")
        fill(driver, who=email)
        taken(driver, "shop")
    finally:
        driver.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
