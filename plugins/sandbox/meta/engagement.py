"""What people do on Facebook and Instagram: they comment, react, name the retailer and fill in forms."""

from __future__ import annotations

from typing import Any

from plugins.sandbox.meta.leads import FilledIn, Form
from plugins.sandbox.meta.media import InstagramComment, Media
from plugins.sandbox.meta.nodes import digits, seconds
from plugins.sandbox.meta.posts import Comment, Post
from plugins.sandbox.meta.webhooks import WebhookPaths
from plugins.sandbox.stand_in import act

WIRE_NAMES = {"SAD": "sorry", "ANGRY": "anger"}
REACTING = ("LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "CARE")


class Engagement(WebhookPaths):
    """The acts of people; each is seen in the lists, and told to who listens."""

    def seed(self) -> None:
        """Start with nothing done."""
        super().seed()
        self.deeds = 0

    def _next(self, what: str, length: int) -> str:
        self.deeds += 1
        return digits(f"{what} {self.deeds}", length)

    @act
    def publish(self, network: str, text: str) -> None:
        """The retailer posts on `facebook` or `instagram`."""
        if network == "instagram":
            user = self.instagram
            user.media.append(self.add(Media(self._next("media", 17), self.clock(), text, user.username, user.id)))
            return
        post = self.add(Post(f"{self.page_id}_{self._next('post', 9)}", self.page, self.clock(), text))
        told = {"item": "status", "verb": "add", "post_id": post.id, "message": text, "published": 1}
        self._tell_page(self.page_id, self.page.name, told)

    @act
    def comment(self, post_id: str, text: str, author_id: str, author: str, parent_id: str = "") -> None:
        """Somebody writes below a post or a picture, or answers a comment there."""
        node = self.nodes.get(post_id)
        if isinstance(node, Media) and node.owner_id:
            self._comment_on_picture(node, text, author_id, author, parent_id)
        elif isinstance(node, Post):
            above = self.nodes.get(parent_id)
            key = f"{node.id.partition('_')[2]}_{self._next('comment', 9)}"
            parent = above if isinstance(above, Comment) else None
            self._tell_comment(self.write(Comment(key, node, self.clock(), text, author_id, author, parent)), "add")
        else:
            raise LookupError("meta: no such post; take the id of a post or of own media")

    def _comment_on_picture(self, media: Media, text: str, author_id: str, author: str, parent_id: str) -> None:
        key = self._next("comment", 17)
        comment = self.write_on_media(InstagramComment(key, media, self.clock(), text, author_id, author, parent_id))
        told: dict[str, Any] = {"id": comment.id, "from": {"id": author_id, "username": author}, "text": text}
        told |= {"parent_id": parent_id} if parent_id else {}
        told["media"] = {"id": media.id, "media_product_type": "FEED"}
        self.tell("instagram", self.instagram_id, "comments", told)

    @act
    def edit_comment(self, comment_id: str, text: str) -> None:
        """Somebody changes a comment on the Page."""
        comment = self._written(comment_id)
        comment.text = text
        self._tell_comment(comment, "edited")

    @act
    def remove_comment(self, comment_id: str) -> None:
        """Somebody takes a comment on the Page away."""
        comment = self._written(comment_id)
        comment.post.comments.remove(comment)
        self.remove(comment)
        self._tell_comment(comment, "remove")

    @act
    def hide_comment(self, comment_id: str) -> None:
        """A clerk hides a comment on the Page."""
        comment = self._written(comment_id)
        comment.is_hidden = True
        self._tell_comment(comment, "hide")

    @act
    def react(self, post_id: str, author_id: str, author: str, reaction: str = "LIKE") -> None:
        """Somebody reacts to a post, which only a webhook tells, or likes a picture, which nothing tells."""
        node = self.nodes.get(post_id)
        if isinstance(node, Media):
            node.likes += 1
            return
        if not isinstance(node, Post) or reaction not in REACTING:
            raise LookupError(f"meta: no such post or reaction; reactions are {', '.join(REACTING)}")
        node.reactions[reaction] += 1
        kind = WIRE_NAMES.get(reaction, reaction.lower())
        told = {"item": "reaction", "reaction_type": kind, "verb": "add", "post_id": node.id, "parent_id": node.id}
        self._tell_page(author_id, author, told)

    @act
    def mention(self, author_id: str, author: str, text: str, in_comment: str = "") -> None:
        """Somebody names the retailer on Instagram: below a picture, or in a comment there (`in_comment` says so)."""
        media = self.add(Media(self._next("mention", 17), self.clock(), "" if in_comment else text, author))
        told = {"media_id": media.id}
        if in_comment:
            key = self._next("comment", 17)
            comment = InstagramComment(key, media, self.clock(), text, author_id, author)
            media.comments.append(comment)
            self.mentioned[comment.id] = comment
            told["comment_id"] = comment.id
        else:
            self.instagram.tagged.append(media)
        self.tell("instagram", self.instagram_id, "mentions", told)

    @act
    def fill_in(self, form_id: str, email: str, full_name: str, ticked: str = "", platform: str = "fb") -> None:
        """Somebody fills in a form; `ticked` are the keys of the boxes for consent, with commas."""
        form, key = self._form(form_id), self._next("lead", 15)
        boxes = tuple((box, box in ticked.split(",")) for box, _ in form.boxes)
        answers = (("full_name", full_name), ("email", email))
        lead = self.fill(FilledIn(key, form, self.clock(), answers, boxes, platform, "6010000000001"))
        told = {"leadgen_id": lead.id, "page_id": self.page_id, "form_id": form.id, "adgroup_id": lead.ad_id}
        told |= {"ad_id": lead.ad_id}
        self.tell("page", self.page_id, "leadgen", {**told, "created_time": seconds(lead.at)})

    def _form(self, form_id: str) -> Form:
        form = self.nodes.get(form_id)
        if isinstance(form, Form):
            return form
        raise LookupError("meta: no such form; take the id of one of the Page")

    def _written(self, comment_id: str) -> Comment:
        comment = self.nodes.get(comment_id)
        if isinstance(comment, Comment):
            return comment
        raise LookupError("meta: no such comment on the Page")

    def _tell_comment(self, comment: Comment, verb: str) -> None:
        parent = comment.parent.id if comment.parent else comment.post.id
        told = {"item": "comment", "verb": verb, "post_id": comment.post.id, "comment_id": comment.id}
        told |= {"parent_id": parent, **({} if verb == "remove" else {"message": comment.text})}
        self._tell_page(comment.author_id, comment.author, told)

    def _tell_page(self, author_id: str, author: str, told: dict[str, Any]) -> None:
        value = {"from": {"id": author_id, "name": author}, **told, "created_time": seconds(self.clock())}
        self.tell("page", self.page_id, "feed", value)
