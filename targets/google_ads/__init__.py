"""Writes user lists of a Google Ads account: who may be found on Search, YouTube, Gmail and Display, by hashes."""
