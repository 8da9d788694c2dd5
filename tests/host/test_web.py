"""Asking web services: answers that come too slowly, are too large, or are none."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from lockstep.errors import RunError
from lockstep.host import web
from tests.serving import Handler, Said, listening, served

Write = Callable[[bytes], object]


@contextlib.contextmanager
def _writing(write: Callable[[Write], None]) -> Iterator[str]:
    """Yield the address of a service that writes its answer's body as it likes."""

    class Writing(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the name that the library calls
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                write(self.wfile.write)

    with listening(Writing) as url:
        yield url


def test_an_answer_is_handed_over_whatever_its_status() -> None:
    with served(lambda asked: Said(b"words", int(asked.path[1:]))) as url:
        for status in (200, 201, 302, 404, 500):
            found = web.ask(f"{url}/{status}", {})
            assert (found.status, found.body, found.good) == (status, b"words", status < 300)


def test_an_answer_that_comes_in_drops_is_not_waited_for() -> None:
    asked = threading.Event()

    def drip(write: Write) -> None:
        while not asked.wait(0.02):
            write(b".")

    with _writing(drip) as url:
        with pytest.raises(RunError, match="did not answer as it should") as raised:
            web.ask(url, {}, timeout=0.1)
        asked.set()
    assert "not complete after 0.1 s" in raised.value.why


def test_an_answer_that_has_no_end_is_not_kept() -> None:
    def flood(write: Write) -> None:
        while True:
            write(bytes(1 << 20))

    with _writing(flood) as url, pytest.raises(RunError, match="did not answer as it should") as raised:
        web.ask(url, {})
    assert "larger than" in raised.value.why


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://shop.example/x", "shop.example"])
def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(RunError, match="no address of a web service"):
        web.ask(url, {})


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:x/", "http://a b/"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(RunError):
        web.ask(url, {})
