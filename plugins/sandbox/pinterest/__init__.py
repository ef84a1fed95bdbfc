"""The strict stand-in for Pinterest's API v5: customer lists, audiences, conversions, catalogues, pins and totals."""

from plugins.sandbox.pinterest.pinterest import Pinterest

__all__ = ["Pinterest"]
