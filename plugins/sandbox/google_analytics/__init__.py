"""The strict stand-in for Google Analytics 4: Data API v1beta, the nightly export, and the Measurement Protocol."""

from plugins.sandbox.google_analytics.google_analytics import GoogleAnalytics

__all__ = ["GoogleAnalytics"]
