"""A Python package index, asked by its Simple API (PEP 503 and 691) through pypi-simple."""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from lockstep.errors import RunError, ToolError
from lockstep.host.environment import masked

_CHUNK = 1 << 20


class PythonIndex(msgspec.Struct, frozen=True):
    """An index at the address of its Simple API. auth: user and password, where it wants them. timeout: in seconds."""

    simple: str
    timeout: float
    auth: tuple[str, str] | None = None

    def digest(self, project: str, file_name: str) -> str:
        """Return the SHA-256 of a file that the index has, in hexadecimal; "" where it has none of that name.

        Raises:
            RunError: it cannot be asked.
            ToolError: pypi-simple is not installed.
        """
        try:
            import pypi_simple  # noqa: PLC0415 - an extra, and heavy
            import requests  # noqa: PLC0415 - comes with pypi-simple
        except ImportError as error:
            raise lacking("pypi-simple", "asking a Python index") from error
        try:
            with pypi_simple.PyPISimple(self.simple, auth=self.auth) as client:
                page = client.get_project_page(project, timeout=self.timeout)
                found = next((each for each in page.packages if each.filename == file_name), None)
                if found is None:
                    return ""
                named = (found.digests or {}).get("sha256", "")
                if named:
                    return named
                # Who asks is told to the index, and to nobody else to whom it may lead.
                asking = client.s if _host(found.url) == _host(self.simple) else requests.Session()
                return _digest(asking.get(found.url, stream=True, timeout=self.timeout))
        except pypi_simple.NoSuchProjectError:
            return ""
        except (requests.RequestException, pypi_simple.UnsupportedContentTypeError, ValueError) as error:
            raise RunError("the Python index cannot be asked", where=_shown(self.simple), why=_shown(error)) from error


def _host(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _digest(answer: object) -> str:
    """Return the digest of a file of which the index tells none."""
    import requests  # noqa: PLC0415

    assert isinstance(answer, requests.Response)  # noqa: S101 - requests is loaded late
    answer.raise_for_status()
    digest = hashlib.sha256()
    for chunk in answer.iter_content(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _shown(text: object) -> str:
    """Return text without the password that an address may hold."""
    return masked(str(text).encode("utf-8", "replace"), ()).decode()


def lacking(package: str, doing: str) -> ToolError:
    """Return the error for a package of the extra `publish` that is not installed."""
    return ToolError(
        f"{doing} needs {package}, which is not installed",
        remedy='pip install "lockstep-ci[publish]" (uv sync --extra publish)',
    )


def credentials(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return user and password as uv is told them when it publishes, or None."""
    token = environ.get("UV_PUBLISH_TOKEN", "")
    user, password = environ.get("UV_PUBLISH_USERNAME", ""), environ.get("UV_PUBLISH_PASSWORD", "")
    if token:
        return "__token__", token
    return (user, password) if user and password else None
