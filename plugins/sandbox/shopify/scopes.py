"""What a token must be allowed to do, field by field."""

from __future__ import annotations

from plugins.sandbox.shopify.names import snake

EVERYTHING = frozenset(
    [
        "read_customers",
        "write_customers",
        "read_orders",
        "read_all_orders",
        "read_products",
        "write_products",
        "read_inventory",
        "write_inventory",
        "read_locations",
        "read_discounts",
        "write_discounts",
        "read_store_credit_accounts",
        "read_store_credit_account_transactions",
        "write_store_credit_account_transactions",
    ]
)
READS = {
    "read_customers": "customer customers customerByIdentifier",
    "read_orders": "order orders abandonedCheckouts",
    "read_products": "product products productVariant productVariants priceList priceLists",
    "read_inventory": "inventoryItem inventoryItems inventoryLevel",
    "read_locations": "location locations",
    "read_discounts": "discountNode discountNodes codeDiscountNodeByCode discountRedeemCodeBulkCreation",
    "read_store_credit_accounts": "storeCreditAccount",
}
WRITES = {
    "write_customers": "customerSet customerCreate customerUpdate customerDelete customerEmailMarketingConsentUpdate"
    " customerSmsMarketingConsentUpdate customerRequestDataErasure customerCancelDataErasure",
    "write_discounts": "discountCodeBasicCreate discountCodeBasicUpdate discountCodeActivate discountCodeDeactivate"
    " discountCodeDelete discountRedeemCodeBulkAdd",
    "write_store_credit_account_transactions": "storeCreditAccountCredit storeCreditAccountDebit",
    "write_inventory": "inventorySetQuantities",
    "write_products": "priceListFixedPricesAdd priceListFixedPricesDelete priceListFixedPricesUpdate",
}
INNER = {
    "Order.customer": "read_customers",
    "AbandonedCheckout.customer": "read_customers",
    "Customer.orders": "read_orders",
    "Customer.lastOrder": "read_orders",
    "Customer.storeCreditAccounts": "read_store_credit_accounts",
    "ProductVariant.inventoryItem": "read_inventory",
}
PROTECTED = frozenset(
    [
        "Customer.firstName",
        "Customer.lastName",
        "Customer.email",
        "Customer.phone",
        "Customer.defaultEmailAddress",
        "Customer.defaultPhoneNumber",
        "Customer.defaultAddress",
        "Order.email",
        "Order.phone",
        "Order.billingAddress",
        "Order.shippingAddress",
        "AbandonedCheckout.billingAddress",
        "AbandonedCheckout.shippingAddress",
    ]
)
"""Fields that stay empty, with an error, for an app without approval for protected customer data."""
REQUIRED = (
    {f"QueryRoot.{field}": scope for scope, fields in READS.items() for field in fields.split()}
    | {f"Mutation.{field}": scope for scope, fields in WRITES.items() for field in fields.split()}
    | INNER
)
TAGGABLE = {"Customer": "write_customers", "Order": "write_orders", "Product": "write_products"}


def kept_with(kind: str) -> str:
    """Return the scope that lets a metafield or tag of a kind of record be written."""
    return TAGGABLE.get(kind, "write_discounts" if snake(kind).startswith("discount") else "write_products")
