"""The strict stand-in for Google's Data Manager API: user lists, their members, and conversion events."""

from plugins.sandbox.google_ads.google_ads import GoogleAds

__all__ = ["GoogleAds"]
