"""A strict stand-in for the WooCommerce REST API v3 of one shop."""

from typing_extensions import override

from plugins.sandbox.woocommerce.opening import Opening


class WooCommerce(Opening):
    """Plays a shop on https: behind plain http on loopback a caller says so with `X-Forwarded-Proto: https`."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {"API_URL": url, "CONSUMER_KEY": self.consumer_key, "CONSUMER_SECRET": self.consumer_secret}
        return {f"{plugin}_WOOCOMMERCE_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of accounts, and of the guests behind orders (`guest:` and the order's id)."""
        guests = {f"guest:{each.id}": each.person for each in self.retailer.web_orders if each.person}
        return {**guests, **{str(each.id): each.person for each in self.retailer.web_accounts if each.person}}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        row = self.users.rows.get(int(key)) if key.isdecimal() else None
        if row is None:
            return None
        meta = {str(each["key"]): str(each["value"]) for each in row["meta_data"]}
        box = {"box": meta["newsletter_optin"]} if "newsletter_optin" in meta else {}
        told = {"points": "rotonde_points", "tier": "rotonde_tier", "email": "rotonde_consent_email"}
        return {**{name: meta[field] for name, field in told.items() if field in meta}, **box} or {"points": "none yet"}


__all__ = ["WooCommerce"]
