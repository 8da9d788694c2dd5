"""Tools and environments that actions wait for: each is provided once, by whoever asks first, several at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Supplies(Generic[Value]):
    """Values by name, made on first demand; an error is given to everyone who asks."""

    def __init__(self, make: Callable[[str], Value]) -> None:
        self._make = make
        self._known: dict[str, Future[Value]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Value:
        """Return the value, making it or waiting for the thread that makes it.

        Raises:
            LockstepError: as `make` did.
        """
        with self._lock:
            future = self._known.get(name)
            mine = future is None
            if future is None:
                future = self._known[name] = Future()
        if mine:
            try:
                future.set_result(self._make(name))
            except BaseException as error:  # noqa: BLE001 - handed to every waiter, and to this one below
                future.set_exception(error)
        return future.result()
