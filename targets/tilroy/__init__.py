"""Writes to Tilroy: consent and vouchers at the till, points, orders of marketplaces, and who must be forgotten."""
