"""Amazon's services through boto3: how they are opened, and what their refusals mean."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from lockstep.errors import RunError
from lockstep.host.python_index import lacking

_CONNECT = 10
_READ = 60
_ATTEMPTS = 4
_ARCHIVED = "InvalidObjectState"


class ArchivedError(RunError):
    """An object lies in an archive, from which it must be asked for hours before it can be read."""


def session(environ: Mapping[str, str], region: str, timeout: float) -> tuple[Any, Any]:
    """Return boto3's session, and the settings that its clients are to have.

    region: "" for what the environment says. timeout: in seconds, of one answer.

    Raises:
        ToolError: boto3 is not installed.
    """
    try:
        import boto3  # noqa: PLC0415 - an extra, and heavy
        from botocore.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise lacking("boto3", "working with Amazon's services") from error
    retries: Any = {"mode": "standard", "total_max_attempts": int(environ.get("AWS_MAX_ATTEMPTS") or _ATTEMPTS)}
    settings = Config(connect_timeout=min(_CONNECT, timeout), read_timeout=min(_READ, timeout), retries=retries)
    return boto3.Session(region_name=region or None), settings


def client_error() -> Any:  # noqa: ANN401 - an exception's type, loaded late
    """Return the type of what boto3 raises where a service refuses."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    return ClientError


def code_of(error: Any) -> str:  # noqa: ANN401 - a ClientError
    """Return the service's own word for why it refused."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def translated(doing: str, where: str) -> Iterator[None]:
    """Turn what boto3 raises into an error that says what was being done, where, and why it failed."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        if code_of(error) == _ARCHIVED:
            raise ArchivedError(
                "an object is archived", where=where, remedy="add --thaw, and try again in some hours"
            ) from error
        raise RunError(f"cannot {doing}", where=where, why=str(error)) from error
    except BotoCoreError as error:
        raise RunError(f"cannot {doing}", where=where, why=str(error), remedy=_remedy(error)) from error


def _remedy(error: Exception) -> str:
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415

    known = isinstance(error, NoCredentialsError)
    return "give this process credentials of a role (OIDC in CI, a profile on a machine)" if known else ""
