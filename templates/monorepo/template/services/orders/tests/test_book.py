from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from orders.book import OrderBook
from orders.clock import REAL, Source
from orders.errors import AlreadyCancelledError, KeyReusedError, UnknownOrderError
from orders.events import Event
from orders.model import Draft, Status
from orders.validation import read_draft

MakeBody = Callable[..., dict[str, object]]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def book(source: Source, events: list[Event]) -> OrderBook:
    return OrderBook(publish=events.append, source=source)


@pytest.fixture
def draft(draft_body: MakeBody) -> Draft:
    return read_draft(draft_body())


def test_a_new_order_is_taken_and_told(book: OrderBook, events: list[Event], draft: Draft) -> None:
    placement = book.place("acme", "key-1", draft)
    assert not placement.replayed
    assert placement.order.order_id.startswith("ord_")
    assert placement.order.created_at == "2026-01-05T08:00:00.001Z"
    assert [event["type"] for event in events] == ["order-created"]


def test_the_event_says_what_was_ordered_and_not_by_whom(
    book: OrderBook, events: list[Event], draft: Draft
) -> None:
    order = book.place("acme", "key-1", draft).order
    assert events[0] == {
        "event_id": events[0]["event_id"],
        "type": "order-created",
        "version": 1,
        "occurred_at": "2026-01-05T08:00:00.003Z",
        "tenant_id": "acme",
        "data": {
            "order_id": order.order_id,
            "total": {"amount": "28.05", "currency": "CAD"},
            "lines": [{"sku": "LAMP-7", "quantity": 2}, {"sku": "BULB-60", "quantity": 1}],
        },
    }


def test_the_same_key_returns_the_same_order(
    book: OrderBook, events: list[Event], draft: Draft
) -> None:
    first = book.place("acme", "key-1", draft)
    again = book.place("acme", "key-1", draft)
    assert again.replayed
    assert again.order == first.order
    assert len(events) == 1


def test_a_key_is_not_used_for_another_order(
    book: OrderBook, draft: Draft, draft_body: MakeBody
) -> None:
    book.place("acme", "key-1", draft)
    other = read_draft(draft_body(customer={"name": "Jo", "email": "jo@customer.example"}))
    with pytest.raises(KeyReusedError, match="key 'key-1' belongs to order ord_"):
        book.place("acme", "key-1", other)


def test_tenants_do_not_see_each_other(book: OrderBook, draft: Draft) -> None:
    order = book.place("acme", "key-1", draft).order
    assert not book.place("zenith", "key-1", draft).replayed
    assert book.find("acme", order.order_id) == order
    with pytest.raises(UnknownOrderError):
        book.find("zenith", order.order_id)


def test_an_order_is_cancelled_once(book: OrderBook, events: list[Event], draft: Draft) -> None:
    order_id = book.place("acme", "key-1", draft).order.order_id
    cancelled = book.cancel("acme", order_id, "too late")
    assert cancelled.status is Status.CANCELLED
    assert book.find("acme", order_id) == cancelled
    assert events[-1]["data"] == {"order_id": order_id, "reason": "too late"}
    with pytest.raises(AlreadyCancelledError, match="is cancelled already"):
        book.cancel("acme", order_id, "again")


def test_one_key_from_many_threads_makes_one_order(draft: Draft) -> None:
    book = OrderBook()
    with ThreadPoolExecutor(max_workers=8) as pool:
        placements = list(pool.map(lambda _: book.place("acme", "key-1", draft), range(32)))
    assert len({placement.order.order_id for placement in placements}) == 1
    assert sum(not placement.replayed for placement in placements) == 1


def test_the_real_source_gives_different_identifiers() -> None:
    assert REAL.new_id("ord") != REAL.new_id("ord")
    assert REAL.now().endswith("Z")
