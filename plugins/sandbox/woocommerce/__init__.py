"""A strict stand-in for the WooCommerce REST API v3 of one shop."""

from typing_extensions import override

from plugins.sandbox.woocommerce.opening import Opening


class WooCommerce(Opening):
    """Plays a shop on https: behind plain http on loopback a caller says so with `X-Forwarded-Proto: https`."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        return {
            "TAP_WOOCOMMERCE_API_URL": url,
            "TAP_WOOCOMMERCE_CONSUMER_KEY": "ck_" + "a1" * 20,
            "TAP_WOOCOMMERCE_CONSUMER_SECRET": "cs_" + "b2" * 20,
        }


__all__ = ["WooCommerce"]
