"""Reads a Mailchimp audience: members, segments, campaigns and what people did with them."""
