"""A person's own page: behind a link that is theirs, in two languages, with nothing that runs; what they say counts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from plugins.hub.consenting import consents
from plugins.hub.gate import Gate
from plugins.hub.rights.erasing import erase, find
from plugins.store.tables import ENTITY_TABLES
from tests.making import keep, mailchimp, stored, withdrawal
from tests.plugins.api.counter import CARD, Shop

ANN = {"customer": {"source": "woocommerce", "id": "ann"}}
EMAIL = "email.marketing"
CLICK = {"List-Unsubscribe": "One-Click"}


def link(shop: Shop) -> str:
    status, told = shop.post("/preferences/links", ANN)
    assert status == 201
    return str(told["url"]).removeprefix("http://localhost")


def shown(shop: Shop, path: str, **headers: str) -> str:
    found = shop.client.get(path, headers=headers)
    assert found.status_code == 200
    return found.text


def say(shop: Shop, path: str, **form: str) -> str:
    found = shop.client.post(path, data={name.replace("__", "."): each for name, each in form.items()})
    assert found.status_code == 200
    return found.text


def ticked(html: str) -> list[str]:
    return re.findall(r'name="([a-z_.]+)" value="yes" checked', html)


def kept(shop: Shop) -> list[dict[str, Any]]:
    return [each for each in stored(shop.store, ENTITY_TABLES["consent"]) if each["source"] == "hub"]


def state(shop: Shop) -> dict[str, str]:
    told = shop.get(f"/persons?card={CARD}")[1]["consent"]
    return {f"{each['channel']}.{each['purpose']}": each["state"] for each in told}


def test_it_shows_every_topic_with_its_state_and_words_in_two_languages(shop: Shop) -> None:
    path = link(shop)
    dutch, english = shown(shop, path), shown(shop, path + "?lang=en")
    assert ticked(dutch) == ticked(english) == [EMAIL]
    assert 'lang="nl"' in dutch
    assert "Ja, mail mij over aanbiedingen, nieuwe producten en acties." in dutch
    assert "Yes, e-mail me about offers, new products and campaigns." in english
    assert shown(shop, path, **{"Accept-Language": "en-GB,en;q=0.9,nl;q=0.8"}) == english
    assert dutch.count('type="checkbox"') == 9


def test_looking_changes_nothing(shop: Shop) -> None:
    path = link(shop)
    shown(shop, path)
    shop.client.head(path)
    assert kept(shop) == []


def test_a_no_is_kept_with_its_proof_and_counts_at_once(shop: Shop) -> None:
    html = say(shop, link(shop), do="save", lang="en", **{"was.email.marketing": "yes"})
    assert "Saved. A no counts from now on." in html
    assert ticked(html) == []
    (act,) = kept(shop)
    facts = json.loads(act["facts"])
    assert (act["customer_id"], act["field"], act["value"]) == ("woocommerce:ann", f"preferences.{EMAIL}", "no")
    assert facts["wording"] == "Yes, e-mail me about offers, new products and campaigns."
    assert {"at", "place", "language", "wording_version", "way"} <= facts.keys()
    assert state(shop)[EMAIL] == "refused"


def test_c2_a_no_between_plan_and_batch_stops_the_batch(shop: Shop) -> None:
    path, gate = link(shop), Gate("marketing", shop.hub.meaning.declarations, shop.hub.meaning.policy)
    people = {"ann@example.nl": shop.who("ann")}
    with shop.store.reading() as connection:
        assert gate.permitted(connection, mailchimp(), people, shop.now)
    shop.client.post(path, data=CLICK)
    with shop.store.reading() as connection:
        assert gate.permitted(connection, mailchimp(), people, shop.now) == {}


def test_a_yes_counts_with_the_words_that_were_read(shop: Shop) -> None:
    path = link(shop)
    html = say(shop, path, do="save", **{"was.site.personalisation": "no", "site.personalisation": "yes",
                                         "was.email.marketing": "yes", "email.marketing": "yes"})  # fmt: skip
    assert ticked(html) == [EMAIL, "site.personalisation"]
    assert len(kept(shop)) == 1
    shop.resolve()
    (known,) = consents(shop.hub, "woocommerce:ann")
    (act,) = [each for each in known.acts if each["source"] == "hub"]
    assert (act["decision"], act["lacks"], act["place"]) == ("granted", None, "preferences page")
    assert act["wording"].startswith("Ja, gebruik wat ik koop")


def test_who_comes_back_after_their_own_no_is_told_again(shop: Shop) -> None:
    path = link(shop)
    say(shop, path, do="none")
    assert ticked(shown(shop, path)) == []
    assert len(kept(shop)) == 9
    shop.hub = shop.later(minutes=10)
    html = say(shop, path, do="save", **{"was.email.marketing": "no", "email.marketing": "yes"})
    assert ticked(html) == [EMAIL]


def test_a_yes_where_somebody_else_heard_a_no_just_now_does_not_count(shop: Shop) -> None:
    keep(shop.store, withdrawal("ann", 24 * 10))
    html = say(shop, link(shop), do="save", lang="en", **{"was.email.marketing": "no", "email.marketing": "yes"})
    assert ticked(html) == []
    assert "said no" in html


def test_one_click_in_a_mail_program_unsubscribes_without_cookie_or_question(shop: Shop) -> None:
    _, told = shop.post("/preferences/links", ANN)
    assert told["headers"] == {
        "List-Unsubscribe": f"<{told['url']}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    found = shop.client.post(told["url"], data=CLICK, content_type="multipart/form-data")
    assert found.status_code == 200
    assert "Set-Cookie" not in found.headers
    assert state(shop)[EMAIL] == "refused"
    shop.client.post(told["url"], data=CLICK)
    assert state(shop)[EMAIL] == "refused"


def test_s11_nothing_on_the_page_runs_and_nothing_comes_from_elsewhere(shop: Shop) -> None:
    path = link(shop)
    for each in (shop.client.get(path), shop.client.get("/preferences/x"), shop.client.get(path + "?lang=<script>")):
        assert "default-src 'none'" in each.headers["Content-Security-Policy"]
        assert each.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script|style=|\son\w+=|javascript:|https?://(?!localhost)", each.text)
    assert shop.client.get("/style.css").mimetype == "text/css"


def test_a_link_names_nobody_and_nobody_guesses_one(shop: Shop) -> None:
    path = link(shop)
    word = path.rpartition("/")[2]
    assert len(word) >= 40
    assert "ann" not in word
    for other in (word[:-1], word + "A", word[::-1], "x", "é", "A" * 500, word.swapcase()):
        found = shop.client.get(f"/preferences/{other}")
        assert found.status_code == 404, other
        assert "ann" not in found.text
    assert shop.client.post("/preferences/x", data=CLICK).status_code == 404
    assert kept(shop) == []


def test_a_link_ends(shop: Shop) -> None:
    path = link(shop)
    shop.hub = shop.later(days=59)
    assert shop.client.get(path).status_code == 200
    shop.hub = shop.later(days=2)
    assert shop.client.get(path).status_code == 410
    assert shop.client.post(path, data=CLICK).status_code == 410


def test_the_link_of_who_was_erased_is_dead(shop: Shop) -> None:
    path = link(shop)
    erase(shop.hub, find(shop.hub, "woocommerce:ann", "erase: PERSON"), "asked")
    assert shop.client.get(path).status_code == 404


@pytest.mark.parametrize("customer", [{"source": "woocommerce", "id": "zoe"}, {"source": "hub", "id": "ann"}])
def test_there_is_no_link_for_who_is_not_known(shop: Shop, customer: dict[str, str]) -> None:
    assert shop.post("/preferences/links", {"customer": customer})[0] == 404


def test_s5_no_answer_of_the_page_names_the_person(shop: Shop) -> None:
    path = link(shop)
    assert not re.search("ann|2055000000978", shown(shop, path).replace("aanbiedingen", "").replace("kanna", ""))
