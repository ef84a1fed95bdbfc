"""Writes to a Mailchimp audience: who is in it, which tags they carry, and who must not be mailed."""
