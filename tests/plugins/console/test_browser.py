"""The console in a real browser: signing in, finding somebody, reading on a phone, by keyboard alone."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from plugins.console.app import make_app
from plugins.console.words import Words
from plugins.hub.audience_sizes import note_audiences
from plugins.hub.planning import DestinationPlan
from plugins.hub.plans import Hub
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.shown import shown_path
from tests.plugins.console.browsing import PASSWORD, Time, desk_of
from tests.plugins.console.conftest import hub_in
from tests.plugins.console.people import EMAIL

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
DRIVER = shutil.which("chromedriver")
SCREENSHOTS = Path(__file__).parents[3] / "docs" / "screenshots"
WRONG = Words("en")("sign_in.wrong")
PHONE, DESK = (360, 740), (1100, 800)
UNREAD = {"tilroyId": "12", "firstName": "Dia", "email": "dia@example.nl", "dateExported": "gisteren", "bu": []}
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium, or no chromedriver beside it")


@pytest.fixture(scope="module")
def address(resolved: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The console over the town, served on this machine."""
    hub = hub_in(resolved, tmp_path_factory.mktemp("served"), Time())
    set_aside(hub.store)
    grew(hub)
    desk = replace(desk_of(hub), is_secure=False)
    server = uvicorn.Server(uvicorn.Config(make_app(desk), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


def set_aside(store: Store) -> None:
    """Let there be a record that could not be read: its time is none."""
    keeper = Keeper(store, "run", Time())
    bad = {"stage": "mean", "source": "tilroy", "stream": "customers", "reason": "bad_time", "field": "dateExported"}
    keeper.mapper_bad(json.dumps({**bad, "payload": json.dumps(UNREAD)}).encode())
    keeper.commit()


def grew(hub: Hub) -> None:
    """Let an audience have been planned each day of some weeks, ever a little larger."""
    for day in range(30):
        size = 1000 + day * 20 + day % 7 * 30
        kept_out = {"yielded": 40, "held_out": 100, "capped": 0, "no_consent": 300 - day * 5, "no_address": 12}
        row = {"audience": "letter", "matched": size, **kept_out, "reachable": size - sum(kept_out.values())}
        shared = {"audience": "letter", "other": "fans", "persons": 310, "percent_of_smaller": 64}
        made = DestinationPlan("mailchimp", funnel=[row], overlap=[shared])
        note_audiences(hub.store, made, hub.clock() - timedelta(days=29 - day))


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """The browser, one for all tests."""
    started = browser()
    yield started
    started.quit()


def browser() -> Any:
    """Start a browser that nobody sees."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for each in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))


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
    driver.get(f"{address}/person")
    fill(driver, who=EMAIL)
    assert is_headed(driver, "Ann van den Bakker")
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
    pages = ("/shop", f"/shop/{one}", "/oneself", "/today", f"/person/{one}", f"/person/{one}/why", "/person",
             "/consent", "/consent/register", "/requests", f"/requests/of/{one}", "/rules", "/rules/file/consent.yml",
             "/rules/propose?file=consent.yml")  # fmt: skip
    for path in pages[: 3 if role == "shop" else None]:
        driver.get(address + path)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE[0], path


def test_charts_are_drawn_in_the_colours_of_the_page_and_fit_a_phone(driver: Any, address: str) -> None:
    size(driver, DESK)
    sign_in(driver, address, "marketing")
    assert is_headed(driver, Words("en")("today.title"))
    driver.get(f"{address}/audiences/letter")
    assert is_headed(driver, "letter")
    drawn = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    colours = {driver.execute_script(drawn, f".curve.{look}", "stroke") for look in ("look0", "look1")}
    assert len(colours - {"none"}) == 2
    driver.execute_script("document.documentElement.style.scrollBehavior = 'auto'; location.hash = 'to-1'")
    size(driver, PHONE)
    for path in ("/audiences", "/audiences/letter", "/audiences/letter/people", "/experiments", "/feeds"):
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


def do(driver: Any, path: str) -> None:
    """Press the button of the form that goes to a path which ends so."""
    from selenium.webdriver.common.by import By

    driver.find_element(By.CSS_SELECTOR, f"form[action$='{path}'] button").click()


def test_a_plan_is_made_sealed_by_one_account_and_approved_by_another(
    driver: Any, address: str, resolved: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from selenium.webdriver.common.by import By

    says = Words("en")
    monkeypatch.setenv("ROTONDE_RULES", str(shown_path(resolved.store).parent / "rules"))
    sign_in(driver, address, "marketing")
    assert is_headed(driver, says("today.title"))
    driver.get(f"{address}/plan")
    do(driver, "/plan")
    assert told(driver, "#draft .state", says("plan_state.made"))  # the page loads itself anew until it is there
    assert "mailchimp" in driver.find_element(By.TAG_NAME, "main").text
    do(driver, "/seal")
    assert told(driver, "#draft .state", says("plan_state.sealed"))
    assert driver.find_elements(By.CSS_SELECTOR, "form[action$='/approve']") == []
    driver.delete_all_cookies()
    sign_in(driver, address, "ops")
    assert is_headed(driver, says("today.title"))
    driver.get(f"{address}/plan")
    do(driver, "/approve")
    assert told(driver, "#draft .state", says("plan_state.approved"))
    size(driver, PHONE)
    for path in ("", "/at/mailchimp"):
        driver.get(driver.find_element(By.CSS_SELECTOR, "th a").get_attribute("href") if path else driver.current_url)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE[0], path


def test_a_record_in_quarantine_is_mended_and_read(driver: Any, address: str) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    says = Words("en")
    sign_in(driver, address, "ops")
    assert is_headed(driver, says("today.title"))
    driver.get(f"{address}/quarantine")
    for _ in range(2):
        driver.find_element(By.CSS_SELECTOR, "main table a").click()
        told(driver, "main h1", f"tilroy customers: {says('reason.bad_time')}")
    do(driver, "/replay")
    assert told(driver, "[role=alert]", says("quarantine.still"))
    do(driver, "/open")
    assert "gisteren" in told(driver, "textarea")
    kept(driver, "quarantine")
    size(driver, PHONE)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE[0]
    field = driver.find_element(By.ID, "record")
    field.clear()
    field.send_keys(json.dumps({**UNREAD, "dateExported": "2026-03-02T09:30:00Z"}), Keys.TAB)
    press(driver, Keys.ENTER)
    assert told(driver, "dl .state", says("aside.replayed"))


def test_a_change_of_a_rule_is_checked_and_kept_as_a_proposal(driver: Any, address: str) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    sign_in(driver, address, "marketing")
    assert is_headed(driver, Words("en")("today.title"))
    driver.get(f"{address}/rules/propose?file=audiences/gone_quiet.yml")
    driver.find_element(By.ID, "text").send_keys("# a thought\n")
    driver.find_element(By.ID, "why").send_keys("to see whether it works", Keys.ENTER)
    assert told(driver, "[role=status]").startswith("Nothing is wrong")
    assert "+# a thought" in told(driver, "pre.patch")
    driver.find_element(By.CSS_SELECTOR, "button[value=keep]").send_keys(Keys.ENTER)
    assert is_headed(driver, Words("en")("proposal.title", file="audiences/gone_quiet.yml"))
    kept(driver, "proposal")
