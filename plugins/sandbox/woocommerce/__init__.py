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

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of accounts, and of the guests behind orders (`guest:` and the order's id)."""
        guests = {f"guest:{each.id}": each.person for each in self.retailer.web_orders if each.person}
        return {**guests, **{str(each.id): each.person for each in self.retailer.web_accounts if each.person}}


__all__ = ["WooCommerce"]
