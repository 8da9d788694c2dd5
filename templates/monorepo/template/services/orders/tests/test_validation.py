from collections.abc import Callable

import pytest

from common.money import Money
from orders.errors import InvalidOrderError
from orders.validation import MAX_LINES, read_draft, read_reason

Body = dict[str, object]
MakeBody = Callable[..., Body]


def line(**parts: object) -> Body:
    price = {"amount": "1.00", "currency": "CAD"}
    return {"sku": "LAMP-7", "quantity": 1, "unit_price": price, **parts}


def complaints(body: object) -> dict[str, str]:
    with pytest.raises(InvalidOrderError) as caught:
        read_draft(body)
    return {problem.pointer: problem.detail for problem in caught.value.problems}


def test_a_valid_body_becomes_a_draft(draft_body: MakeBody) -> None:
    draft = read_draft(draft_body())
    assert draft.total == Money(2805, "CAD")
    assert [(each.sku, each.quantity) for each in draft.lines] == [("LAMP-7", 2), ("BULB-60", 1)]
    assert draft.customer.email == "ida@customer.example"


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_a_body_must_be_an_object(body: object) -> None:
    assert complaints(body)[""] == "must be an object"


@pytest.mark.parametrize(
    ("parts", "pointer", "detail"),
    [
        ({"sku": "lamp"}, "/lines/0/sku", "must match"),
        ({"sku": ""}, "/lines/0/sku", "must be a text"),
        ({"quantity": 0}, "/lines/0/quantity", "must be a whole number from 1"),
        ({"quantity": True}, "/lines/0/quantity", "must be a whole number from 1"),
        ({"quantity": "2"}, "/lines/0/quantity", "must be a whole number from 1"),
        ({"quantity": 10_001}, "/lines/0/quantity", "must be a whole number from 1"),
        ({"unit_price": None}, "/lines/0/unit_price", "must be an object"),
        ({"unit_price": {"amount": "1"}}, "/lines/0/unit_price/currency", "must be a text"),
        (
            {"unit_price": {"amount": "1.005", "currency": "CAD"}},
            "/lines/0/unit_price",
            "CAD has 2 decimals",
        ),
    ],
)
def test_a_line_is_refused_at_its_pointer(
    draft_body: MakeBody, parts: Body, pointer: str, detail: str
) -> None:
    assert detail in complaints(draft_body(lines=[line(**parts)]))[pointer]


@pytest.mark.parametrize("lines", [None, [], [line()] * (MAX_LINES + 1)])
def test_the_number_of_lines_is_bounded(draft_body: MakeBody, lines: object) -> None:
    assert complaints(draft_body(lines=lines)) == {"/lines": "must be a list of 1 to 100 lines"}


def test_lines_have_one_currency(draft_body: MakeBody) -> None:
    mixed = [line(), line(unit_price={"amount": "1", "currency": "EUR"})]
    assert complaints(draft_body(lines=mixed)) == {"/lines": "must all have one currency"}


def test_every_problem_is_told_at_once(draft_body: MakeBody) -> None:
    body = draft_body(customer={"name": " ", "email": "nobody"}, lines=[line(quantity=-1)])
    assert set(complaints(body)) == {"/customer/name", "/customer/email", "/lines/0/quantity"}


def test_a_cancellation_has_a_reason() -> None:
    assert read_reason({"reason": " changed my mind "}) == "changed my mind"


def test_a_cancellation_without_reason_is_refused() -> None:
    with pytest.raises(InvalidOrderError, match="1 problem"):
        read_reason({})
