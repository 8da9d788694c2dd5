"""What an order is. Every value is frozen; a change makes a new one."""

from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from common.money import Money


class Status(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Customer:
    """Who ordered. Both values are personal and never leave the service in a log or an event."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` pieces of the article `sku` at `unit_price` each."""

    sku: str
    quantity: int
    unit_price: Money

    @property
    def total(self) -> Money:
        """The price of the whole line."""
        return self.unit_price.times(self.quantity)


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid request for an order: one line or more, all in one currency."""

    customer: Customer
    lines: tuple[Line, ...]

    @property
    def total(self) -> Money:
        """The price of all lines."""
        return reduce(Money.__add__, (line.total for line in self.lines))


@dataclass(frozen=True, slots=True)
class Order:
    """A draft that was taken, at `created_at` (UTC, ISO 8601); `reason` is why it was cancelled."""

    order_id: str
    tenant_id: str
    draft: Draft
    created_at: str
    status: Status = Status.OPEN
    reason: str = ""
