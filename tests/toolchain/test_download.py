"""Whole or not at all, through a real server that misbehaves."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from lockstep.host.files import wait_until
from lockstep.toolchain import download
from lockstep.toolchain.download import Limits
from lockstep.toolchain.site import SourceError
from tests.toolchain.servers import Server, cut, hang
from tests.toolchain.yards import NOWHERE

BRIEF = Limits(silence=0.2)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def _fetch(url: str, target: Path, limits: Limits = BRIEF) -> list[float]:
    told: list[float] = []
    download.fetch(url, target, told.append, limits=limits)
    return told


def test_it_is_written_and_progress_is_told(server: Server, target: Path) -> None:
    server.answers["/lamp"] = b"x" * 600_000
    told = _fetch(f"{server.url}/lamp", target)
    assert target.read_bytes() == b"x" * 600_000
    assert told == sorted(told)
    assert 0 < told[0] <= told[-1] < 1


def test_a_server_that_does_not_say_how_much_there_is(server: Server, target: Path) -> None:
    def unsized(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"lamp")

    server.answers["/lamp"] = unsized
    assert set(_fetch(f"{server.url}/lamp", target)) == {-1.0}
    assert target.read_bytes() == b"lamp"


def _chunked_and_cut(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\nlamps\r\nffff\r\ncut")
    handler.close_connection = True


def _nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "many")
    handler.end_headers()


def _rude(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"no HTTP at all\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "why", "tries"),
    [
        (cut, "cut short, 90 bytes are missing", 3),
        (hang, "timed out", 3),
        (_chunked_and_cut, "cut short", 3),
        (lambda handler: handler.send_error(503, "busy"), "the server answered 503 busy", 3),
        (_rude, "HTTP", 3),
        (_nonsense, "many", 1),
        (lambda handler: handler.send_error(403), "the server answered 403 Forbidden", 1),
        (None, "the server answered 404", 1),
    ],
    ids=["cut", "hanging", "cut-chunk", "overloaded", "no-http", "nonsense", "forbidden", "absent"],
)
def test_what_cannot_be_had_whole_leaves_nothing_and_is_tried_again_where_that_can_help(
    server: Server, target: Path, answer: Callable[[BaseHTTPRequestHandler], None] | None, why: str, tries: int
) -> None:
    if answer:
        server.answers["/lamp"] = answer
    with pytest.raises(SourceError) as caught:
        _fetch(f"{server.url}/lamp", target)
    assert caught.value.reason.startswith(f"{server.url}/lamp: ")
    assert why in caught.value.reason
    assert server.asked_for("/lamp") == tries
    assert not target.exists()


def test_another_try_may_succeed(server: Server, target: Path) -> None:
    def first_cut(handler: BaseHTTPRequestHandler) -> None:
        server.answers["/lamp"] = b"whole"
        cut(handler)

    server.answers["/lamp"] = first_cut
    _fetch(f"{server.url}/lamp", target)
    assert target.read_bytes() == b"whole"


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.closing.is_set():  # type: ignore[attr-defined]
        handler.wfile.write(b"x" * 1000)


def _trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.closing.wait(0.01):  # type: ignore[attr-defined]
        handler.wfile.write(b"x")
        handler.wfile.flush()


@pytest.mark.parametrize(
    ("answer", "limits", "why"),
    [
        (_endless, Limits(size=100_000), "larger than 100000 bytes"),
        (hang, Limits(size=100_000), "larger than 100000 bytes"),
        (_trickle, Limits(seconds=0.2), "longer than 0 seconds"),
    ],
    ids=["endless", "too-much-by-its-own-word", "trickling"],
)
def test_a_server_cannot_fill_the_disk_or_go_on_for_ever(
    server: Server, target: Path, answer: Callable[[BaseHTTPRequestHandler], None], limits: Limits, why: str
) -> None:
    server.answers["/lamp"] = answer
    with pytest.raises(SourceError, match=why):
        _fetch(f"{server.url}/lamp", target, limits)
    assert server.asked_for("/lamp") == 1
    assert not target.exists()


@pytest.mark.parametrize("url", [f"{NOWHERE}/lamp", "mirror.example/lamp", "http://", "http://[::1/lamp"])
def test_an_address_that_nobody_answers_or_that_is_none(url: str, target: Path) -> None:
    with pytest.raises(SourceError) as caught:
        _fetch(url, target)
    assert caught.value.reason.startswith(url)


def test_an_interrupt_leaves_nothing(server: Server, target: Path) -> None:
    server.answers["/lamp"] = b"x"

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch(f"{server.url}/lamp", target, interrupt)
    assert not target.exists()


def test_whoever_gives_up_waiting_is_not_kept_by_a_server_that_says_nothing(server: Server, target: Path) -> None:
    stop = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        stop.set()
        hang(handler)

    server.answers["/lamp"] = answer
    context = copy_context()
    context.run(wait_until, stop)
    with pytest.raises(SourceError, match="interrupted"):
        context.run(_fetch, f"{server.url}/lamp", target, Limits())
    assert not target.exists()


def test_a_download_that_was_given_up_ends_with_the_next_bytes(server: Server, target: Path) -> None:
    stop, told = threading.Event(), threading.Event()

    def progress(_: float) -> None:
        stop.set()
        told.set()

    server.answers["/lamp"] = _trickle
    context = copy_context()
    context.run(wait_until, stop)
    with pytest.raises(SourceError, match="interrupted"):
        context.run(download.fetch, f"{server.url}/lamp", target, progress)
    assert told.is_set()
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join(30)
            assert not thread.is_alive()
