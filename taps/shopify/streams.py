"""What is read of a Shopify shop: the lists, and what is asked of each row."""

from __future__ import annotations

from taps.shopify.children import Children
from taps.shopify.reading import ShopifyChanges, ShopifyList

SHOP_MONEY = "{ shopMoney { amount currencyCode } }"
ADDRESS = "{ firstName lastName company address1 address2 zip city countryCodeV2 phone }"
LINE = (
    f"id sku title variantTitle quantity currentQuantity originalUnitPriceSet {SHOP_MONEY} "
    "product { id } variant { id } "
    f"taxLines {{ ratePercentage priceSet {SHOP_MONEY} }} "
)
DISCOUNTS = (
    f"discountAllocations {{ allocatedAmountSet {SHOP_MONEY} "
    "discountApplication { __typename ... on DiscountCodeApplication { code } } } "
)


class Customers(ShopifyChanges):
    """Everybody the shop knows, with what they said about mail and messages."""

    name = "customers"
    root = "customers"
    single = "customer"
    reads_one = "id"
    first = 80
    fields = (
        "id firstName lastName locale state tags createdAt updatedAt numberOfOrders verifiedEmail taxExempt "
        f"amountSpent {{ amount currencyCode }} defaultAddress {ADDRESS} "
        "defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt validFormat "
        "sourceLocation { id } } "
        "defaultPhoneNumber { phoneNumber smsMarketingConsent { state optInLevel updatedAt collectedFrom "
        "sourceLocation { id } } }"
    )


class Orders(ShopifyChanges):
    """Orders with their lines, of the webshop and of Shopify's till."""

    name = "orders"
    root = "orders"
    single = "order"
    reads_one = "id"
    first = 6
    fields = (
        "id name email phone createdAt processedAt updatedAt cancelledAt cancelReason closedAt test sourceName "
        "displayFinancialStatus displayFulfillmentStatus currencyCode presentmentCurrencyCode taxesIncluded "
        "discountCodes customerAcceptsMarketing customerLocale tags retailLocation { id } customer { id } "
        f"totalPriceSet {SHOP_MONEY} currentTotalPriceSet {SHOP_MONEY} totalTaxSet {SHOP_MONEY} "
        f"totalDiscountsSet {SHOP_MONEY} totalShippingPriceSet {SHOP_MONEY} "
        f"billingAddress {ADDRESS} shippingAddress {ADDRESS}"
    )
    children = Children("lineItems", "Order", LINE + DISCOUNTS)


class Refunds(ShopifyChanges):
    """What went back of orders. An export takes no list below a list, so these always come page by page."""

    name = "refunds"
    root = "orders"
    first = 10
    condition = "(financial_status:refunded OR financial_status:partially_refunded)"
    is_exported = False
    fields = "id updatedAt taxesIncluded currencyCode test"
    children = Children(
        "refundLineItems",
        "Refund",
        "id quantity restockType lineItem { id sku title product { id } variant { id } } "
        f"subtotalSet {SHOP_MONEY} totalTaxSet {SHOP_MONEY}",
        part="refunds",
        inside=f"refunds {{ id createdAt note totalRefundedSet {SHOP_MONEY} %s }}",
    )


class AbandonedCheckouts(ShopifyChanges):
    """Baskets that were left at the checkout, also those somebody came back to; they cannot be sorted by change."""

    name = "abandoned_checkouts"
    root = "abandonedCheckouts"
    first = 10
    is_sorted = False
    is_exported = False
    arguments = ""
    fields = (
        "id name abandonedCheckoutUrl completedAt createdAt updatedAt discountCodes taxesIncluded "
        f"customer {{ id defaultEmailAddress {{ emailAddress }} }} totalPriceSet {SHOP_MONEY}"
    )
    children = Children(
        "lineItems",
        "AbandonedCheckout",
        f"id sku title variantTitle quantity discountedTotalPriceSet {SHOP_MONEY} product {{ id }} variant {{ id }}",
    )


class Products(ShopifyList):
    """Articles; what is sold of them are their variants."""

    name = "products"
    root = "products"
    single = "product"
    reads_one = "id"
    first = 250
    is_exported = True
    fields = (
        "id title handle descriptionHtml vendor productType status tags createdAt updatedAt publishedAt onlineStoreUrl"
    )


class ProductVariants(ShopifyList):
    """Sizes and colours of articles, each with its price."""

    name = "product_variants"
    root = "productVariants"
    first = 200
    is_exported = True
    fields = (
        "id title displayName sku barcode price compareAtPrice createdAt updatedAt position taxable "
        "selectedOptions { name value } product { id title vendor productType status onlineStoreUrl }"
    )


class InventoryLevels(ShopifyList):
    """What of each variant lies where."""

    name = "inventory_levels"
    root = "inventoryItems"
    first = 20
    is_exported = True
    fields = "id sku tracked updatedAt variant { id }"
    children = Children(
        "inventoryLevels",
        "InventoryItem",
        'id updatedAt isActive location { id } quantities(names: ["available"]) { name quantity }',
    )


class Locations(ShopifyList):
    """Shops and store rooms, also those that are closed."""

    name = "locations"
    root = "locations"
    first = 250
    arguments = "includeInactive: true, sortKey: ID, "
    fields = (
        "id name isActive fulfillsOnlineOrders createdAt updatedAt address { address1 address2 zip city countryCode }"
    )


class Discounts(ShopifyList):
    """Discounts that need a code, with their codes."""

    name = "discounts"
    root = "discountNodes"
    first = 40
    _GIVES = (
        "customerGets { value { __typename ... on DiscountPercentage { percentage } "
        "... on DiscountAmount { amount { amount currencyCode } appliesOnEachItem } } }"
    )
    fields = "id"
    children = Children(
        "codes",
        "DiscountNode",
        "id code asyncUsageCount",
        part="discount",
        inside=(
            "discount { __typename ... on DiscountCodeBasic { title status startsAt endsAt createdAt updatedAt "
            "usageLimit appliesOncePerCustomer asyncUsageCount context { __typename ... on DiscountCustomers "
            f"{{ customers {{ id }} }} }} {_GIVES} %s }} }}"
        ),
        far="discount { ... on DiscountCodeBasic { %s } }",
    )


STREAMS = (
    Customers,
    Orders,
    Refunds,
    AbandonedCheckouts,
    Products,
    ProductVariants,
    InventoryLevels,
    Locations,
    Discounts,
)
