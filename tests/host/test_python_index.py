"""A Python index on loopback, as the Simple API has it."""

import hashlib
import sys

import pytest

from lockstep.errors import RunError, ToolError
from lockstep.host.python_index import PythonIndex, credentials
from tests.serving import Asked, Said, served

NAME = "till-1.0.0-py3-none-any.whl"
DIGEST = hashlib.sha256(b"wheel").hexdigest()


def asked(pages: dict[str, tuple[str, bytes]], name: str = NAME) -> str:
    """Ask an index for the digest of a file; `pages` are its types and bytes by path."""

    def answer(asked: Asked) -> Said:
        kind, data = pages.get(asked.path, ("", b""))
        return Said(data, 200 if kind else 404, kind)

    with served(answer) as url:
        return PythonIndex(f"{url}/simple/", 5).digest("till", name)


PLAIN = {"/simple/till/": ("text/html", f'<a href="/files/{NAME}">{NAME}</a>'.encode())}


def test_the_digest_is_what_the_index_says() -> None:
    page = f'<a href="/files/{NAME}#sha256={DIGEST}">{NAME}</a>'.encode()
    assert asked({"/simple/till/": ("text/html", page)}) == DIGEST


def test_an_index_without_digests_is_asked_for_the_bytes() -> None:
    assert asked({**PLAIN, f"/files/{NAME}": ("application/zip", b"wheel")}) == DIGEST


def test_whoever_else_has_the_bytes_is_not_told_who_asks() -> None:
    told: list[str] = []

    def elsewhere(asked: Asked) -> Said:
        told.append(asked.authorization)
        return Said(b"wheel", kind="application/zip")

    def index(asked: Asked) -> Said:
        told.append(asked.authorization)
        return Said(f'<a href="{away}/files/{NAME}">{NAME}</a>'.encode(), kind="text/html")

    with served(elsewhere) as away, served(index) as url:
        assert PythonIndex(f"{url}/simple/", 5, ("ada", "secret")).digest("till", NAME) == DIGEST
    assert [bool(each) for each in told] == [True, False]


def test_what_is_not_there_has_none() -> None:
    assert asked({}) == ""
    assert asked(PLAIN, "till-2.0.0-py3-none-any.whl") == ""


@pytest.mark.parametrize(
    "pages",
    [PLAIN, {"/simple/till/": ("image/png", b"")}, {"/simple/till/": ("application/vnd.pypi.simple.v1+json", b"{")}],
)
def test_an_index_that_cannot_be_understood_is_an_error(pages: dict[str, tuple[str, bytes]]) -> None:
    with pytest.raises(RunError, match="the Python index cannot be asked"):
        asked(pages)


def test_an_address_is_shown_without_its_password() -> None:
    with pytest.raises(RunError) as failed:
        PythonIndex("http://ada:secret@127.0.0.1:1/simple/", 1).digest("till", NAME)
    assert "secret" not in str(failed.value)


def test_without_pypi_simple_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypi_simple", None)
    with pytest.raises(ToolError, match="asking a Python index needs pypi-simple") as lacking:
        PythonIndex("http://127.0.0.1:1/simple/", 1).digest("till", NAME)
    assert "lockstep-ci[publish]" in lacking.value.remedy


def test_an_index_is_told_who_asks_as_uv_is() -> None:
    assert credentials({}) is None
    assert credentials({"UV_PUBLISH_USERNAME": "ada"}) is None
    assert credentials({"UV_PUBLISH_USERNAME": "ada", "UV_PUBLISH_PASSWORD": "x"}) == ("ada", "x")
    assert credentials({"UV_PUBLISH_TOKEN": "t"}) == ("__token__", "t")
