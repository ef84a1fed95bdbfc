"""The paths of the Instagram account: media, comments, and where others name it."""

from __future__ import annotations

from typing_extensions import override

from plugins.sandbox.meta.media import InstagramComment, InstagramUser, Media
from plugins.sandbox.meta.nodes import Connection, edge
from plugins.sandbox.meta.page import PagePaths, newest
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import missing
from plugins.sandbox.retailer import SocialComment

COMMENTS_PER_PAGE = 50


class InstagramPaths(PagePaths):
    """Answers `/{ig-user}/media`, `/{ig-user}/tags`, `/{ig-media}/comments` and what belongs to them."""

    def seed(self) -> None:
        """Fill the account from the retailer's posts, comments and mentions."""
        super().seed()
        self.instagram = self.add(InstagramUser(self.instagram_id))
        self.mentioned: dict[str, InstagramComment] = {}
        """Comments below the media of others that name the account."""
        for post in self.retailer.social_posts:
            if post.network == "instagram":
                user = self.instagram
                media = Media(post.id, post.at, post.text, user.username, user.id, post.picture, post.likes)
                user.media.append(self.add(media))
        for comment in self.retailer.social_comments:
            if comment.network == "instagram":
                self._comment_on_media(comment)
        for mention in self.retailer.social_mentions:
            self.instagram.tagged.append(self.add(Media(mention.id, mention.at, mention.text, mention.author)))

    def _comment_on_media(self, told: SocialComment) -> None:
        media = self.find(Media, told.post_id)
        author = (told.author_id, told.author) if told.author_id else (self.instagram_id, self.instagram.username)
        comment = InstagramComment(told.id, media, told.at, told.text, *author, told.parent_id, told.likes)
        comment.is_hidden = told.is_hidden
        self.write_on_media(comment)

    def write_on_media(self, comment: InstagramComment) -> InstagramComment:
        """Put a comment below its media."""
        comment.media.comments.append(comment)
        return self.add(comment)

    @override
    def engaged(self, use: str) -> int:
        authors = {each.author_id for each in self.every(InstagramComment)}
        return len(authors) if use == "instagram" else super().engaged(use)

    @edge("IGUser", "media")
    def list_media(self, node: InstagramUser, parameters: Parameters) -> Connection:
        """List the own media, newest first."""
        return Connection(newest(node.media, parameters))

    @edge("IGUser", "tags")
    def list_tags(self, node: InstagramUser, parameters: Parameters) -> Connection:
        """List the media of others that name the account, newest first."""
        return Connection(newest(node.tagged, parameters))

    @edge("IGMedia", "comments")
    def list_comments_on_media(self, node: Media, parameters: Parameters) -> Connection:
        """List the comments on own media, newest first and without replies."""
        if not node.owner_id:
            raise missing(node.id, "GET")
        rows = newest([each for each in node.comments if not each.parent_id], parameters)
        return Connection(rows, maximum=COMMENTS_PER_PAGE)

    @edge("IGComment", "replies")
    def list_replies_on_media(self, node: InstagramComment, parameters: Parameters) -> Connection:
        """List what was written below a comment."""
        rows = [each for each in node.media.comments if each.parent_id == node.id]
        return Connection(newest(rows, parameters), maximum=COMMENTS_PER_PAGE)

    @edge("IGUser", "mentioned_comment", "FIELD")
    def read_mentioned_comment(self, node: InstagramUser, parameters: Parameters) -> InstagramComment:
        """Return a comment of which a webhook told the id."""
        comment = self.mentioned.get(parameters.required("comment_id"))
        if comment is None:
            raise missing(parameters.text("comment_id"), "GET")
        return comment

    @edge("IGUser", "mentioned_media", "FIELD")
    def read_mentioned_media(self, node: InstagramUser, parameters: Parameters) -> Media:
        """Return media of which a webhook told the id."""
        media = self.find(Media, parameters.required("media_id"))
        if media.owner_id:
            raise missing(media.id, "GET")
        return media
