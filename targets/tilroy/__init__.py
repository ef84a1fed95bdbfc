"""Writes to Tilroy: consent and vouchers at the till, points, and who must be forgotten."""
