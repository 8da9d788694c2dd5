"""What the service tells others; the contracts are schemas/events/*/1.json."""

from collections.abc import Mapping

from common.money import Money
from orders.clock import Source
from orders.model import Order

Event = Mapping[str, object]


def money(value: Money) -> dict[str, object]:
    """Return `value` as contracts write it."""
    return {"amount": value.amount, "currency": value.currency}


def order_created(order: Order, source: Source) -> Event:
    """Return the event order-created, version 1; it carries no personal data."""
    lines = [{"sku": line.sku, "quantity": line.quantity} for line in order.draft.lines]
    data = {"order_id": order.order_id, "total": money(order.draft.total), "lines": lines}
    return _envelope("order-created", order, source, data)


def order_cancelled(order: Order, source: Source) -> Event:
    """Return the event order-cancelled, version 1."""
    data = {"order_id": order.order_id, "reason": order.reason}
    return _envelope("order-cancelled", order, source, data)


def _envelope(kind: str, order: Order, source: Source, data: Mapping[str, object]) -> Event:
    return {
        "event_id": source.new_id("evt"),
        "type": kind,
        "version": 1,
        "occurred_at": source.now(),
        "tenant_id": order.tenant_id,
        "data": data,
    }
