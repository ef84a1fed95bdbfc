"""The strict stand-in for Google's Merchant API: products and their status, promotions, stock of stores, quotas."""

from plugins.sandbox.google_merchant.google_merchant import GoogleMerchant

__all__ = ["GoogleMerchant"]
