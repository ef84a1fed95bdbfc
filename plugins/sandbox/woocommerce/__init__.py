"""A strict stand-in for the WooCommerce REST API v3 of one shop."""

from plugins.sandbox.woocommerce.opening import Opening


class WooCommerce(Opening):
    """Plays a shop on https: behind plain http on loopback a caller says so with `X-Forwarded-Proto: https`."""


__all__ = ["WooCommerce"]
