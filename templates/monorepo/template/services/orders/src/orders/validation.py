"""From a JSON body to a draft; all problems are found before any is told."""

import re
from collections.abc import Mapping

from common.money import Money, MoneyError
from orders.errors import InvalidOrderError, Problem
from orders.model import Customer, Draft, Line

MAX_LINES = 100
MAX_QUANTITY = 10_000
_SKU = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


class _Reader:
    """Reads values out of a decoded body and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, pointer: str, detail: str) -> None:
        self.problems.append(Problem(pointer, detail))

    def mapping(self, value: object, pointer: str) -> Mapping[str, object]:
        if isinstance(value, dict):
            return value
        self.complain(pointer, "must be an object")
        return {}

    def text(self, value: object, pointer: str) -> str:
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.complain(pointer, "must be a text that is not empty")
        return ""

    def matching(self, value: object, pointer: str, pattern: re.Pattern[str]) -> str:
        text = self.text(value, pointer)
        if text and not pattern.fullmatch(text):
            self.complain(pointer, f"must match {pattern.pattern}")
        return text

    def quantity(self, value: object, pointer: str) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and isinstance(value, int) and 1 <= value <= MAX_QUANTITY:
            return value
        self.complain(pointer, f"must be a whole number from 1 to {MAX_QUANTITY}")
        return 1

    def money(self, value: object, pointer: str) -> Money | None:
        body = self.mapping(value, pointer)
        amount = self.text(body.get("amount"), f"{pointer}/amount")
        currency = self.text(body.get("currency"), f"{pointer}/currency")
        if not amount or not currency:
            return None
        try:
            return Money.parse(amount, currency)
        except MoneyError as error:
            self.complain(pointer, str(error))
            return None

    def line(self, value: object, pointer: str) -> Line | None:
        body = self.mapping(value, pointer)
        sku = self.matching(body.get("sku"), f"{pointer}/sku", _SKU)
        quantity = self.quantity(body.get("quantity"), f"{pointer}/quantity")
        price = self.money(body.get("unit_price"), f"{pointer}/unit_price")
        return None if price is None else Line(sku, quantity, price)

    def lines(self, value: object, pointer: str) -> tuple[Line, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_LINES:
            self.complain(pointer, f"must be a list of 1 to {MAX_LINES} lines")
            return ()
        read = (self.line(item, f"{pointer}/{index}") for index, item in enumerate(value))
        lines = tuple(line for line in read if line is not None)
        if len({line.unit_price.currency for line in lines}) > 1:
            self.complain(pointer, "must all have one currency")
        return lines

    def customer(self, value: object, pointer: str) -> Customer:
        body = self.mapping(value, pointer)
        name = self.text(body.get("name"), f"{pointer}/name")
        return Customer(name, self.matching(body.get("email"), f"{pointer}/email", _EMAIL))


def read_draft(body: object) -> Draft:
    """Return the draft that a decoded JSON body describes.

    Raises:
        InvalidOrderError: with every problem, each at its JSON pointer.
    """
    reader = _Reader()
    fields = reader.mapping(body, "")
    customer = reader.customer(fields.get("customer"), "/customer")
    lines = reader.lines(fields.get("lines"), "/lines")
    if reader.problems:
        raise InvalidOrderError(tuple(reader.problems))
    return Draft(customer, lines)


def read_reason(body: object) -> str:
    """Return why an order is to be cancelled.

    Raises:
        InvalidOrderError: the body has no reason.
    """
    reader = _Reader()
    reason = reader.text(reader.mapping(body, "").get("reason"), "/reason")
    if reader.problems:
        raise InvalidOrderError(tuple(reader.problems))
    return reason
