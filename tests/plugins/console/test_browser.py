"""The console in a real browser: signing in, finding somebody, reading on a phone, by keyboard alone."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from plugins.console.app import make_app
from plugins.console.words import Words
from plugins.hub.plans import Hub
from tests.plugins.console.browsing import PASSWORD, Time, desk_of
from tests.plugins.console.conftest import hub_in
from tests.plugins.console.people import EMAIL

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
DRIVER = shutil.which("chromedriver")
SCREENSHOTS = Path(__file__).parents[3] / "docs" / "screenshots"
WRONG = Words("en")("sign_in.wrong")
PHONE, DESK = (360, 740), (1100, 800)
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium, or no chromedriver beside it")


@pytest.fixture(scope="module")
def address(resolved: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console over the town, served on this machine."""
    desk = replace(desk_of(hub_in(resolved, tmp_path_factory.mktemp("served"), Time())), is_secure=False)
    server = uvicorn.Server(uvicorn.Config(make_app(desk), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for each in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    yield started
    started.quit()


@pytest.fixture(autouse=True)
def fresh(driver: Any) -> Iterator[None]:
    """Each test begins as nobody, and ends without a word of complaint from the browser."""
    driver.delete_all_cookies()
    size(driver, DESK)
    yield
    complaints = [each["message"] for each in driver.get_log("browser") if "status of 401" not in each["message"]]
    assert complaints == []


def size(driver: Any, of: tuple[int, int]) -> None:
    shape = {"width": of[0], "height": of[1], "deviceScaleFactor": 1, "mobile": of is PHONE}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)


def press(driver: Any, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(driver).send_keys(*keys).perform()


def fill(driver: Any, **fields: str) -> None:
    """Type into the fields of a form, and send it from the last one."""
    from selenium.webdriver.common.by import By

    for name, text in fields.items():
        field = driver.find_element(By.ID, name)
        field.clear()
        field.send_keys(text)
    field.find_element(By.XPATH, "ancestor::form//button").click()


def sign_in(driver: Any, address: str, name: str, password: str = PASSWORD) -> None:
    driver.get(f"{address}/sign-in?language=en")
    fill(driver, name=name, password=password)


def kept(driver: Any, name: str) -> None:
    """Keep a picture of the page for the documentation, where one is asked for."""
    if os.environ.get("ROTONDE_SCREENSHOTS"):
        SCREENSHOTS.mkdir(exist_ok=True)
        driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def is_headed(driver: Any, text: str) -> bool:
    """Tell whether a page comes whose heading is this."""
    return told(driver, "h1") == text or told(driver, "h1", text) == text


def told(driver: Any, where: str, text: str | None = None) -> str:
    """Wait for what a page says somewhere, or for it to say this."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.support.ui import WebDriverWait

    script = "const found = document.querySelector(arguments[0]); return found && found.textContent.trim()"

    def says(_driver: Any) -> str | None:
        found: str | None = driver.execute_script(script, where)
        return found if text is None or found == text else None

    return str(WebDriverWait(driver, 20, ignored_exceptions=[WebDriverException]).until(says))


def test_somebody_signs_in_finds_a_person_and_reads_in_their_own_language(driver: Any, address: str) -> None:
    from selenium.webdriver.common.by import By

    sign_in(driver, address, "dpo")
    assert is_headed(driver, Words("en")("today.title"))
    kept(driver, "today")
    driver.get(f"{address}/person")
    fill(driver, who=EMAIL)
    assert is_headed(driver, "Ann van den Bakker")
    kept(driver, "person")
    driver.get(f"{address}/oneself")
    driver.find_element(By.CSS_SELECTOR, "option[value=nl]").click()
    driver.find_element(By.CSS_SELECTOR, "form[action='/language'] button").click()
    assert is_headed(driver, Words("nl")("oneself.title"))
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "nl"


def test_a_wrong_password_is_told_where_a_screen_reader_hears_it(driver: Any, address: str) -> None:
    sign_in(driver, address, "ops", "a wrong password")
    assert told(driver, "[role=alert]") == WRONG


@pytest.mark.parametrize("role", ["ops", "shop"])
def test_no_page_is_wider_than_a_small_phone(driver: Any, address: str, role: str) -> None:
    size(driver, PHONE)
    sign_in(driver, address, role)
    assert is_headed(driver, Words("en")("today.title" if role == "ops" else "shop.title"))
    driver.get(f"{address}/shop")
    fill(driver, who=EMAIL)
    assert is_headed(driver, "Ann van den Bakker" if role == "shop" else "A. v. B.")
    one = driver.current_url.rpartition("/")[2]
    kept(driver, "shop")
    pages = ("/shop", f"/shop/{one}", "/oneself", "/today", f"/person/{one}", f"/person/{one}/why", "/person")
    for path in pages[: 3 if role == "shop" else None]:
        driver.get(address + path)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE[0], path


def test_a_keyboard_is_enough(driver: Any, address: str) -> None:
    from selenium.webdriver.common.keys import Keys

    driver.get(f"{address}/sign-in?language=en")
    press(driver, Keys.TAB)
    assert driver.switch_to.active_element.text == Words("en")("skip")
    press(driver, Keys.TAB, Keys.TAB, "viewer", Keys.TAB, PASSWORD, Keys.ENTER)
    assert is_headed(driver, Words("en")("today.title"))
    driver.get(f"{address}/person")
    press(driver, Keys.TAB, Keys.ENTER, Keys.TAB, EMAIL, Keys.ENTER)
    assert is_headed(driver, "A. v. B.")
    outline = driver.execute_script(
        "document.querySelector('main a').focus({focusVisible: true});"
        "return getComputedStyle(document.activeElement).outlineStyle"
    )
    assert outline == "solid"
