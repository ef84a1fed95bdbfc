"""A part of the people follow the retailer, and some can be known by what they left on their account."""

from collections import Counter
from datetime import timedelta

from plugins.sandbox.fiction import Fiction
from tests.plugins.sandbox.fiction.conftest import ANCHOR

VIEWS = ("social_posts", "social_comments", "social_mentions", "lead_forms", "leads")
FIELDS = ("facebook_id", "instagram_username")


def test_tells_the_same_posts_comments_and_leads_from_the_same_seed():
    one, other, third = Fiction(3, 200, ANCHOR), Fiction(3, 200, ANCHOR), Fiction(4, 200, ANCHOR)
    assert all(getattr(one, view) == getattr(other, view) for view in VIEWS)
    assert one.social_comments != third.social_comments


def test_every_id_is_there_once_and_everything_named_exists(town: Fiction):
    for view in VIEWS:
        ids = [each.id for each in getattr(town, view)]
        assert len(ids) == len(set(ids)), view
    people = {truth.id for truth in town.truths}
    posts = {post.id: post for post in town.social_posts}
    comments = {comment.id: comment for comment in town.social_comments}
    for comment in town.social_comments:
        assert posts[comment.post_id].network == comment.network
        assert posts[comment.post_id].at <= comment.at <= town.anchor
        assert not comment.parent_id or comments[comment.parent_id].at <= comment.at
        assert bool(comment.author_id) == (comment.person in people)
    assert {mention.person for mention in town.social_mentions} <= people
    assert {lead.form_id for lead in town.leads} == {form.id for form in town.lead_forms}


def test_one_scoped_id_is_one_person(town: Fiction):
    written = {
        (each.author_id, each.person) for each in (*town.social_comments, *town.social_mentions) if each.author_id
    }
    assert max(Counter(author for author, _ in written).values()) == 1
    assert 250 < len(written) < 550


def test_some_accounts_lead_to_who_comments(town: Fiction):
    known = {each.author_id: each.person for each in town.social_comments}
    known |= {each.author: each.person for each in town.social_comments if each.network == "instagram"}
    linked = [(each, dict(each.meta)) for each in town.web_accounts]
    found = [(each.person, meta[field]) for each, meta in linked for field in FIELDS if field in meta]
    assert 30 < len(found) < len(town.web_accounts) / 5
    assert all(known[value] == person for person, value in found)
    assert len({value for _, value in found}) == len(found)


def test_leads_are_of_the_known_and_of_the_new_and_of_the_last_ninety_days(town: Fiction):
    known = [lead for lead in town.leads if lead.person]
    assert 30 < len(known) < 100
    assert 10 < len(town.leads) - len(known) < 60
    assert all(town.anchor - timedelta(days=90) < lead.at <= town.anchor for lead in town.leads)
    assert all({"email", "full_name"} <= dict(lead.answers).keys() for lead in town.leads)


def test_nobody_ticks_the_newsletter_who_does_not_want_it(town: Fiction):
    wanting = {truth.id: truth.wants_email for truth in town.truths}
    ticked = Counter(dict(lead.boxes)["newsletter_optin"] for lead in town.leads)
    assert min(ticked[True], ticked[False]) > 10
    assert all(wanting[lead.person] for lead in town.leads if lead.person and dict(lead.boxes)["newsletter_optin"])


def test_the_retailer_answers_some_comments_itself(town: Fiction):
    own = [each for each in town.social_comments if not each.author_id]
    assert len(own) > 50
    assert all(each.parent_id for each in own)
