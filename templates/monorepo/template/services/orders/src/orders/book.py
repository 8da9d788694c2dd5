"""The order book: takes each order once, however often it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from orders.clock import REAL, Source
from orders.errors import AlreadyCancelledError, KeyReusedError, UnknownOrderError
from orders.events import Event, order_cancelled, order_created
from orders.model import Draft, Order, Status


@dataclass(frozen=True, slots=True)
class Placement:
    """An order, and whether it had been taken before under the same key."""

    order: Order
    replayed: bool


def ignore(_: Event) -> None:
    """Publish to nobody."""


@dataclass(slots=True)
class OrderBook:
    """Orders by tenant, in memory, for any number of threads; no tenant sees another's."""

    publish: Callable[[Event], None] = ignore
    source: Source = REAL
    _orders: dict[tuple[str, str], Order] = field(default_factory=dict, init=False)
    _keys: dict[tuple[str, str], str] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def place(self, tenant_id: str, key: str, draft: Draft) -> Placement:
        """Take `draft`, or return the order that the idempotency `key` already made.

        Raises:
            KeyReusedError: the key made an order from another draft.
        """
        with self._lock:
            known = self._keys.get((tenant_id, key))
            order = self._orders[tenant_id, known] if known else self._take(tenant_id, key, draft)
        if known is None:
            self.publish(order_created(order, self.source))
        elif order.draft != draft:
            raise KeyReusedError(f"key {key!r} belongs to order {known}")
        return Placement(order, replayed=known is not None)

    def find(self, tenant_id: str, order_id: str) -> Order:
        """Return an order of the tenant.

        Raises:
            UnknownOrderError: the tenant has no such order.
        """
        order = self._orders.get((tenant_id, order_id))
        if order is None:
            raise UnknownOrderError(f"no order {order_id}")
        return order

    def cancel(self, tenant_id: str, order_id: str, reason: str) -> Order:
        """Cancel an order and return it as it then is.

        Raises:
            UnknownOrderError: the tenant has no such order.
            AlreadyCancelledError: it is cancelled already.
        """
        with self._lock:
            order = self.find(tenant_id, order_id)
            if order.status is Status.CANCELLED:
                raise AlreadyCancelledError(f"order {order_id} is cancelled already")
            cancelled = replace(order, status=Status.CANCELLED, reason=reason)
            self._orders[tenant_id, order_id] = cancelled
        self.publish(order_cancelled(cancelled, self.source))
        return cancelled

    def _take(self, tenant_id: str, key: str, draft: Draft) -> Order:
        order = Order(self.source.new_id("ord"), tenant_id, draft, self.source.now())
        self._orders[tenant_id, order.order_id] = order
        self._keys[tenant_id, key] = order.order_id
        return order
