"""Writes to a WooCommerce shop: what a customer said and has earned, vouchers as coupons, and who must be forgotten."""
