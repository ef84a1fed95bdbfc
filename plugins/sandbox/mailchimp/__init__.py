"""The strict stand-in for the Mailchimp Marketing API 3.0."""

from plugins.sandbox.mailchimp.mailchimp import Mailchimp

__all__ = ["Mailchimp"]
