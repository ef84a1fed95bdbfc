"""The strict stand-in for Channable's order connection API (v1, and v2 for reading orders)."""

from plugins.sandbox.channable.channable import Channable

__all__ = ["Channable"]
