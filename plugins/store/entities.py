"""The canonical entities: one definition gives the Singer schema, the table and the docs.

Conventions that types cannot hold: money is integer minor units of `currency` (cents), VAT included unless the
name says otherwise; quantities are thousandths; points are integers; times are aware and keep their offset;
references (`customer_id`, `product_id`, …) are `source_id`s of the same source.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

SMALLEST, LARGEST = -(2**63), 2**63 - 1

Whole = Annotated[int, Field(ge=SMALLEST, le=LARGEST, strict=True)]
Points = Annotated[int, Field(ge=-(10**9), le=10**9, strict=True)]
"""More than a billion points in one go are a mistake; so many together still fit 64 bits."""
Text = Annotated[str, Field(strict=True)]
Key = Annotated[str, Field(strict=True, min_length=1, max_length=255)]
Yes = Annotated[bool, Field(strict=True)]
Json = dict[str, JsonValue]
Quality = Literal["ok", "placeholder", "masked", "invalid"]


class Record(BaseModel):
    """One statement of one source about one thing."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True
    )  # pipes check by the codec, and start often
    entity: ClassVar[str] = ""
    is_log: ClassVar[bool] = False
    """What happened stays: a record of a log is never absent, whatever a later snapshot lists."""

    source: Key = Field(description="the connection it came from")
    source_id: Key = Field(description="the source's own id")
    stream: Key = Field(description="the source's stream; a snapshot is sealed per stream")
    changed_at: AwareDatetime | None = Field(None, description="when the source says it last changed")
    seen_at: AwareDatetime = Field(description="start of the snapshot or run in which it was read")
    is_deleted: Yes = Field(False, description="a tombstone: the source says it is gone")
    raw: Json = Field(default_factory=dict, description="what we do not know yet, as the source said it")


class Customer(Record):
    """A person as one source knows them; identifiers are normalised once, the given form is kept."""

    entity = "customer"

    customer_number: Text | None = None
    email: Text | None = Field(None, description="normalised: lower case, NFKC, IDNA domain")
    email_given: Text | None = None
    email_quality: Quality | None = None
    phone: Text | None = Field(None, description="E.164")
    phone_given: Text | None = None
    phone_quality: Quality | None = None
    card: Text | None = Field(None, description="loyalty card, digits only")
    card_quality: Quality | None = None
    normaliser: Whole | None = Field(None, description="version of the rules in plugins.identifiers")
    first_name: Text | None = None
    infix: Text | None = Field(None, description="tussenvoegsel: van, de, van der")
    last_name: Text | None = None
    initial: Text | None = Field(None, description="first letter of the first name, without accents")
    name_key: Text | None = Field(None, description="surname for matching: no accents, no infix")
    gender: Text | None = None
    birth_date: date | None = None
    language: Text | None = Field(None, description="ISO 639-1, lower case")
    company: Text | None = None
    street: Text | None = None
    house_number: Text | None = None
    house_suffix: Text | None = None
    postcode: Text | None = Field(None, description="upper case without blanks")
    city: Text | None = None
    country: Text | None = Field(None, description="ISO 3166-1 alpha-2")
    groups: list[Text] = Field(default_factory=list, description="customer groups or audience tags at the source")
    registered_at: AwareDatetime | None = None
    store_id: Text | None = None
    social_id: Text | None = Field(
        None, description="an account they proved to be theirs: facebook:1234, instagram:ann"
    )
    is_guest: Yes = Field(False, description="known from an order only")
    is_active: Yes = True
    status: Text | None = Field(None, description="how the source holds the contact, e.g. subscribed")
    merged_into: Text | None = Field(None, description="source_id of the record that replaced it")


class Consent(Record):
    """One field of one source about one person's consent, as reported; `sync_rules/consent.yml` says what it means."""

    entity = "consent"
    is_log = True

    customer_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    field: Key = Field(description="path of the field at the source")
    value: Text | None = Field(description="as reported; None is no statement")
    facts: dict[str, str] = Field(default_factory=dict, description="what stood beside it: times, ip, wording, form")


class Order(Record):
    """A purchase: a receipt at a till, an order on the web."""

    entity = "order"

    order_number: Text | None = None
    customer_id: Text | None = None
    email: Text | None = None
    card: Text | None = None
    channel: Literal["store", "web", "marketplace", "b2b"]
    store_id: Text | None = None
    till_id: Text | None = Field(None, description="which till of the store; its receipts count in their own order")
    ordered_at: AwareDatetime
    status: Text | None = None
    is_paid: Yes = Field(False, description="paid for, and not cancelled")
    fulfilment: Literal["carried_out", "shipped", "click_and_collect"] | None = None
    currency: Text = Field(min_length=3, max_length=3)
    total_minor: Whole = Field(0, description="what was paid, VAT included, after discounts, before refunds")
    tax_minor: Whole | None = None
    discount_minor: Whole | None = None
    shipping_minor: Whole | None = None
    coupon_codes: list[Text] = Field(default_factory=list)


class OrderLine(Record):
    """One line of an order; a return or exchange is a negative line that names the line it returns."""

    entity = "order_line"

    order_id: Key
    line_number: Whole | None = None
    product_id: Text | None = None
    sku: Text | None = None
    gtin: Text | None = None
    description: Text | None = None
    quantity_thousandths: Whole
    currency: Text = Field(min_length=3, max_length=3)
    unit_minor: Whole | None = Field(None, description="asked for one")
    list_minor: Whole | None = Field(None, description="standard price of one")
    discount_minor: Whole | None = None
    discount_kind: Text | None = None
    total_minor: Whole = Field(description="paid for the line, VAT included; negative on a return")
    tax_basis_points: Whole | None = Field(None, description="21 % is 2100")
    returns_line_id: Text | None = None
    returns_order_id: Text | None = None
    return_reason: Text | None = None


class Basket(Record):
    """A basket that is, or was, open."""

    entity = "basket"

    customer_id: Text | None = None
    email: Text | None = None
    web_user_id: Text | None = None
    opened_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    status: Text | None = None
    currency: Text | None = None
    total_minor: Whole | None = None
    url: Text | None = None
    lines: list[Json] = Field(default_factory=list)


class Product(Record):
    """A sellable thing: one sku."""

    entity = "product"

    parent_id: Text | None = Field(None, description="the product this sku is a size or colour of")
    product_code: Text | None = None
    sku: Text | None = None
    gtin: Text | None = None
    name: Text | None = None
    description: Text | None = None
    brand: Text | None = None
    category: Text | None = None
    department: Text | None = None
    colour: Text | None = None
    size: Text | None = None
    url: Text | None = None
    image_url: Text | None = None
    is_online: Yes | None = None
    status: Text | None = None


class Price(Record):
    """A price of a product, everywhere or in one store."""

    entity = "price"

    product_id: Key
    store_id: Text | None = None
    kind: Literal["standard", "promo"]
    price_minor: Whole
    currency: Text = Field(min_length=3, max_length=3)
    quantity: Whole | None = Field(None, description="from how many pieces on")
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    promotion_id: Text | None = None


class Stock(Record):
    """How many of a product a store has."""

    entity = "stock"

    product_id: Key
    store_id: Text | None = None
    available_thousandths: Whole | None = None
    status: Text | None = None


class Store(Record):
    """A shop or a webshop."""

    entity = "store"

    number: Text | None = None
    name: Text | None = None
    kind: Literal["shop", "webshop"] | None = None
    city: Text | None = None
    postcode: Text | None = None
    country: Text | None = None
    timezone: Text | None = None


class Event(Record):
    """Something a person did: opened, clicked, visited, checked in, scanned, reviewed."""

    entity = "event"
    is_log = True

    customer_id: Text | None = None
    email: Text | None = None
    kind: Key = Field(description="email_open, email_click, email_bounce, email_unsubscribe, page_view, …")
    occurred_at: AwareDatetime
    channel: Text | None = None
    campaign_id: Text | None = None
    product_id: Text | None = None
    url: Text | None = None
    strength: Text | None = Field(None, description="how strong the evidence is")
    facts: dict[str, str] = Field(default_factory=dict)


class ServiceCase(Record):
    """A complaint or question, open or closed."""

    entity = "service_case"

    customer_id: Text | None = None
    email: Text | None = None
    kind: Text | None = None
    status: Text | None = None
    opened_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    order_id: Text | None = None


class LoyaltyMovement(Record):
    """Points earned or spent, as a source reports it."""

    entity = "loyalty_movement"
    is_log = True

    customer_id: Text | None = None
    points: Points
    amount_minor: Whole | None = None
    currency: Text | None = None
    occurred_at: AwareDatetime
    expires_on: date | None = None
    order_id: Text | None = None
    store_id: Text | None = None
    reason: Text | None = None


class LoyaltyBalance(Record):
    """A balance of points, as a source reports it."""

    entity = "loyalty_balance"

    customer_id: Key
    points: Points
    amount_minor: Whole | None = None
    currency: Text | None = None
    valid_until: date | None = None


class Voucher(Record):
    """A gift voucher, coupon or its redemption."""

    entity = "voucher"

    code: Text | None = None
    kind: Text | None = None
    customer_id: Text | None = None
    status: Text | None = None
    currency: Text | None = None
    amount_minor: Whole | None = None
    open_minor: Whole | None = None
    percent_basis_points: Whole | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    redeemed_at: AwareDatetime | None = None
    order_id: Text | None = None
    store_id: Text | None = None
    campaign_id: Text | None = None
    usage_count: Whole | None = None


class Promotion(Record):
    """An offer the source runs for everybody."""

    entity = "promotion"

    code: Text | None = None
    name: Text | None = None
    kind: Text | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class ItemIssue(Record):
    """What a channel says is wrong with an item of a product feed; what is solved is not said any more."""

    entity = "item_issue"

    item_id: Key = Field(description="as the feed calls it")
    code: Key = Field(description="the channel's own")
    attribute: Text | None = None
    severity: Literal["refused", "demoted", "noted"] = Field(description="not shown, shown less, or shown all the same")
    place: Text | None = Field(None, description="where it would be shown")
    countries: list[Text] = Field(default_factory=list)
    description: Text | None = None


class Delivery(Record):
    """How far the delivery of a line of another system's order is, as the system that sends it says."""

    entity = "delivery"

    of_source: Key = Field(description="the connection whose order it is")
    of_order_id: Key = Field(description="the order's `source_id` there")
    order_number: Text | None = Field(None, description="of the order here")
    product_id: Text | None = None
    quantity_thousandths: Whole
    status: Literal["open", "shipped", "cancelled"] = Field(description="open: neither, so far")
    carrier: Text | None = None
    tracking_code: Text | None = None
    store_id: Text | None = Field(None, description="who sends it")


ENTITIES: dict[str, type[Record]] = {
    model.entity: model
    for model in (
        Customer, Consent, Order, OrderLine, Basket, Product, Price, Stock, Store, Event, ServiceCase,
        LoyaltyMovement, LoyaltyBalance, Voucher, Promotion, ItemIssue, Delivery,
    )
}  # fmt: skip


def singer_schema(model: type[Record]) -> dict[str, Any]:
    """Return the JSON schema a Singer SCHEMA message carries for this entity."""
    schema = model.model_json_schema(mode="validation")
    schema.pop("title", None)
    return schema
