import io
import runpy
import signal
from collections.abc import Iterator
from threading import Thread
from wsgiref.simple_server import WSGIServer

import pytest

from orders import healthcheck, server
from orders.api import Application


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server that runs while the test does."""
    with server.build(server.LOOPBACK, 0, Application(log=io.StringIO())) as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running.server_port
        running.shutdown()
        thread.join()


def test_a_running_service_is_well(port: int) -> None:
    assert healthcheck.check({"ORDERS_PORT": str(port)}) == 0


def test_where_nothing_listens_nothing_is_well() -> None:
    with server.build(server.LOOPBACK, 0, Application()) as closed:
        free = closed.server_port
    assert healthcheck.check({"ORDERS_PORT": str(free)}) == 1


def test_sigterm_ends_the_service_in_order() -> None:
    served: list[int] = []

    def serve(running: WSGIServer) -> None:
        served.append(running.server_port)
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    try:
        assert server.main({"ORDERS_PORT": "0"}, serve) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(served) == 1


def test_a_port_that_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORDERS_PORT", "many")
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("orders")
    assert caught.value.code == server.USAGE_ERROR
    assert "ORDERS_PORT is 'many'" in capsys.readouterr().err
