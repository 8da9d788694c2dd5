import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from orders import access_log
from orders.api import Application
from orders.book import OrderBook
from orders.clock import Source
from orders.http import MAX_BODY

MakeBody = Callable[..., dict[str, object]]

ORDER = {"X-Tenant-Id": "acme", "Idempotency-Key": "key-1"}


class Client:
    """Calls the application as a WSGI server would."""

    def __init__(self, source: Source) -> None:
        self.log = io.StringIO()
        self.application = Application(OrderBook(source=source), self.log)
        self.status = ""
        self.headers: dict[str, str] = {}

    def start(self, status: str, headers: list[tuple[str, str]], _: object = None) -> Any:
        self.status, self.headers = status, dict(headers)

    def call(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Any:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        for name, text in (headers or {}).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = text
        answer = self.application(environ, self.start)
        return json.loads(b"".join(answer))

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def client(source: Source) -> Client:
    return Client(source)


@pytest.fixture
def body(draft_body: MakeBody) -> bytes:
    return json.dumps(draft_body()).encode()


def test_health(client: Client) -> None:
    assert client.call("GET", "/v1/health") == {"status": "ok"}
    assert client.status == "200 OK"
    assert client.headers["Content-Type"] == "application/json"


def test_an_order_is_created_shown_and_cancelled(client: Client, body: bytes) -> None:
    made = client.call("POST", "/v1/orders", body, ORDER)
    assert client.status == "201 Created"
    assert made["total"] == {"amount": "28.05", "currency": "CAD"}
    assert made["lines"][0]["unit_price"] == {"amount": "12.50", "currency": "CAD"}
    path = f"/v1/orders/{made['order_id']}"
    assert client.call("GET", path, headers=ORDER) == made
    cancelled = client.call("POST", path + "/cancel", b'{"reason": "too late"}', ORDER)
    assert cancelled == {**made, "status": "cancelled"}


def test_a_second_post_under_one_key_changes_nothing(client: Client, body: bytes) -> None:
    made = client.call("POST", "/v1/orders", body, ORDER)
    assert client.call("POST", "/v1/orders", body, ORDER) == made
    assert client.status == "200 OK"


@pytest.mark.parametrize(
    ("method", "path", "payload", "status", "code"),
    [
        ("GET", "/v2/orders", b"", 404, "unknown_route"),
        ("GET", "/v1/orders/ord_1/cancel/now", b"", 404, "unknown_route"),
        ("GET", "/v1/orders/ord_none", b"", 404, "unknown_order"),
        ("DELETE", "/v1/orders", b"", 405, "method_not_allowed"),
        ("POST", "/v1/orders", b"{", 400, "bad_request"),
        ("POST", "/v1/orders", b"\xff", 400, "bad_request"),
        ("POST", "/v1/orders", b"[" * MAX_BODY, 400, "bad_request"),
        ("POST", "/v1/orders", b"{}", 422, "invalid_order"),
        ("POST", "/v1/orders", b" " * (MAX_BODY + 1), 413, "body_too_large"),
    ],
)
def test_refusals_are_problem_documents(
    client: Client, method: str, path: str, payload: bytes, status: int, code: str
) -> None:
    problem = client.call(method, path, payload, ORDER)
    assert client.status.startswith(f"{status} ")
    assert problem["status"] == status
    assert client.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:orders:{code}"
    assert client.lines()[0]["err_code"] == code


def test_an_invalid_order_lists_its_problems(client: Client) -> None:
    problem = client.call("POST", "/v1/orders", b'{"customer": 1, "lines": []}', ORDER)
    pointers = [each["pointer"] for each in problem["problems"]]
    assert pointers == ["/customer", "/customer/name", "/customer/email", "/lines"]


def test_the_tenant_must_be_named(client: Client, body: bytes) -> None:
    problem = client.call("POST", "/v1/orders", body, {"Idempotency-Key": "key-1"})
    assert problem["detail"] == "the header X-Tenant-Id is missing"


def test_a_content_length_that_is_no_number_is_refused(client: Client) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/v1/health", "CONTENT_LENGTH": "many"}
    client.application(environ, client.start)
    assert client.status == "400 Bad Request"


def test_each_request_leaves_one_line_with_every_field(client: Client, body: bytes) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {**ORDER, "X-Correlation-Id": "cor-7", "traceparent": trace}
    client.call("POST", "/v1/orders", body, headers)
    (line,) = client.lines()
    latency = line.pop("latency_ms")
    assert isinstance(latency, float)
    assert line == {
        "ts": "2026-01-05T08:00:00.004Z",
        "correlation_id": "cor-7",
        "tenant_id": "acme",
        "route": "/v1/orders",
        "method": "POST",
        "status": 201,
        "err_code": "",
        "traceparent": trace,
    }


def test_a_request_without_correlation_gets_one(client: Client) -> None:
    client.call("GET", "/v1/health")
    assert str(client.lines()[0]["correlation_id"]).startswith("cor_")


def test_no_log_line_holds_personal_data(client: Client, body: bytes) -> None:
    client.call("POST", "/v1/orders", body, ORDER)
    assert "Ida" not in client.log.getvalue()
    assert "customer.example" not in client.log.getvalue()


def test_an_entry_without_trace_has_no_trace_field() -> None:
    access = access_log.Access("now", "cor-1", "acme", "/v1/health", "GET", 200, 0.1)
    assert "traceparent" not in access_log.entry(access, "")
