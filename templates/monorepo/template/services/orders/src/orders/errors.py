"""What can be wrong with a request, and the HTTP status and code that tell it."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a body: the JSON pointer (RFC 6901) of the place, and what is wrong."""

    pointer: str
    detail: str


class OrdersError(Exception):
    """A request that is refused. `code` is stable, for programs; the message is for people."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"
    problems: tuple[Problem, ...] = ()


class InvalidOrderError(OrdersError):
    """The body is no valid order; every problem found is told at once."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_order"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the order")
        self.problems = problems


class UnknownOrderError(OrdersError):
    """The tenant has no such order."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_order"


class UnknownRouteError(OrdersError):
    """Nothing is served there."""

    status = HTTPStatus.NOT_FOUND
    code = "unknown_route"


class MethodError(OrdersError):
    """The route does not take that method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"


class KeyReusedError(OrdersError):
    """The idempotency key was used before, for another order."""

    status = HTTPStatus.CONFLICT
    code = "idempotency_key_reused"


class AlreadyCancelledError(OrdersError):
    """An order is cancelled once."""

    status = HTTPStatus.CONFLICT
    code = "already_cancelled"


class TooLargeError(OrdersError):
    """The body is longer than the service reads."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"
