"""The strict stand-in for Meta's Graph API: Page, Instagram, leads, audiences, conversions and catalogue."""

from plugins.sandbox.meta.meta import Meta

__all__ = ["Meta"]
