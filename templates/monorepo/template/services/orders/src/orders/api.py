"""The HTTP interface; its contract is schemas/openapi/orders.yaml."""

import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TextIO
from wsgiref.types import StartResponse, WSGIEnvironment

from orders import access_log
from orders.book import OrderBook
from orders.errors import MethodError, OrdersError, UnknownRouteError
from orders.events import money
from orders.http import Request, Response, headers, read, refusal, send
from orders.model import Order
from orders.validation import read_draft, read_reason

Handler = Callable[[OrderBook, Request, str], Response]


def order_body(order: Order) -> dict[str, object]:
    """Return an order as the contract shows it."""
    return {
        "order_id": order.order_id,
        "status": order.status.value,
        "created_at": order.created_at,
        "total": money(order.draft.total),
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "unit_price": money(line.unit_price)}
            for line in order.draft.lines
        ],
    }


def health(_book: OrderBook, _request: Request, _order_id: str) -> Response:
    """GET /v1/health."""
    return Response(HTTPStatus.OK, {"status": "ok"})


def place(book: OrderBook, request: Request, _order_id: str) -> Response:
    """POST /v1/orders: 201 for a new order, 200 where the key was seen before."""
    tenant_id, key = request.header("X-Tenant-Id"), request.header("Idempotency-Key")
    placement = book.place(tenant_id, key, read_draft(request.json()))
    status = HTTPStatus.OK if placement.replayed else HTTPStatus.CREATED
    return Response(status, order_body(placement.order))


def show(book: OrderBook, request: Request, order_id: str) -> Response:
    """GET /v1/orders/{order_id}."""
    return Response(HTTPStatus.OK, order_body(book.find(request.header("X-Tenant-Id"), order_id)))


def cancel(book: OrderBook, request: Request, order_id: str) -> Response:
    """POST /v1/orders/{order_id}/cancel."""
    tenant_id, reason = request.header("X-Tenant-Id"), read_reason(request.json())
    return Response(HTTPStatus.OK, order_body(book.cancel(tenant_id, order_id, reason)))


@dataclass(frozen=True, slots=True)
class Route:
    """A path pattern, as the contract writes it, and the handler of each method."""

    template: str
    handlers: dict[str, Handler]

    def match(self, path: str) -> str | None:
        """Return the order that `path` names ("" where the route names none), or None."""
        pattern = self.template.replace("{order_id}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        return found and "".join(found.groups())


ROUTES = (
    Route("/v1/health", {"GET": health}),
    Route("/v1/orders", {"POST": place}),
    Route("/v1/orders/{order_id}", {"GET": show}),
    Route("/v1/orders/{order_id}/cancel", {"POST": cancel}),
)


@dataclass(frozen=True, slots=True)
class Application:
    """A WSGI application over one book; it writes one log line a request to `log`."""

    book: OrderBook = field(default_factory=OrderBook)
    log: TextIO = field(default_factory=lambda: sys.stdout)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        started = time.perf_counter()
        template, response = self._answer(environ)
        self._record(environ, template, response, time.perf_counter() - started)
        return send(response, start_response)

    def _answer(self, environ: WSGIEnvironment) -> tuple[str, Response]:
        """Return the route's template ("" where there is none) and the answer."""
        template = ""
        try:
            request = read(environ)
            route, order_id = _find(request.path)
            template = route.template
            handler = route.handlers.get(request.method)
            if handler is None:
                raise MethodError(f"{request.method} is not served here")
            return template, handler(self.book, request, order_id)
        except OrdersError as error:
            return template, refusal(error)

    def _record(
        self, environ: WSGIEnvironment, template: str, response: Response, seconds: float
    ) -> None:
        given = headers(environ)
        access = access_log.Access(
            ts=self.book.source.now(),
            correlation_id=given.get("x-correlation-id") or self.book.source.new_id("cor"),
            tenant_id=given.get("x-tenant-id", ""),
            route=template,
            method=environ["REQUEST_METHOD"],
            status=int(response.status),
            latency_ms=round(seconds * 1000, 3),
            err_code=response.err_code,
        )
        access_log.write(self.log, access, given.get("traceparent", ""))


def _find(path: str) -> tuple[Route, str]:
    """Return the route of `path` and the order it names.

    Raises:
        UnknownRouteError: no route has that path.
    """
    for route in ROUTES:
        order_id = route.match(path)
        if order_id is not None:
            return route, order_id
    raise UnknownRouteError("nothing is served here")
