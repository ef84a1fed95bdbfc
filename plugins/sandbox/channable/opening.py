"""What Channable holds on the first day: the orders of the marketplaces and what went back."""

from __future__ import annotations

from plugins.sandbox.channable.imports import Imports
from plugins.sandbox.channable.order import Buyer, Item, Order
from plugins.sandbox.channable.returns import Return
from plugins.sandbox.retailer import Article, MarketplaceOrder, WebLine

ITEM_STATUS = {each: each for each in ("shipped", "cancelled", "cancellation_request")}


class Opening(Imports):
    """Fills the project from the retailer."""

    def seed(self) -> None:
        """Take over the orders."""
        super().seed()
        self.articles: dict[int, Article] = {each.sku_id: each for each in self.retailer.articles}
        for bought in self.retailer.marketplace_orders:
            order = self.orders[bought.id] = self._order(bought)
            items = {each.id: each for each in order.items}
            for back in bought.returns:
                self.returns[back.id] = Return(
                    back.id,
                    order,
                    items[back.line_id],
                    back.quantity,
                    back.created_at,
                    back.modified_at,
                    back.reason,
                    back.comment,
                    back.status,
                )

    def _order(self, bought: MarketplaceOrder) -> Order:
        buyer = Buyer(bought.first_name, bought.last_name, bought.email, bought.address)
        order = Order(
            id=bought.id,
            project_id=self.project_id,
            marketplace=bought.marketplace,
            number=bought.number,
            created_at=bought.created_at,
            modified_at=bought.created_at,
            buyer=None if bought.is_obfuscated else buyer,
            country=bought.address.country,
            items=[self._item(line, bought) for line in bought.lines],
            shipping_cents=bought.shipping_cents,
            state="cancellation_request" if bought.status == "cancellation_request" else "",
        )
        order.note(bought.created_at, "Order received")
        if bought.modified_at > bought.created_at:
            order.note(bought.modified_at, f"Order {bought.status}")
        return order

    def _item(self, line: WebLine, bought: MarketplaceOrder) -> Item:
        article = self.articles[line.sku_id]
        status = ITEM_STATUS.get(bought.status, "waiting")
        at = bought.modified_at
        return Item(line.id, article.sku, article.gtin, titled(article), line.quantity, line.unit_cents, at, status)


def titled(article: Article) -> str:
    """Return the title under which a marketplace sells an article."""
    return " ".join(filter(None, (article.name, article.colour, article.size)))
