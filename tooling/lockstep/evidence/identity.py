"""The OpenID Connect token that says who runs: where it comes from, and what is wrong with it before anybody is asked.

Nothing is verified here: only Fulcio's word about a token counts. What a token says is never told to anybody else.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from lockstep.errors import ConfigError, RunError
from lockstep.host import web

TOKEN = "SIGSTORE_ID_TOKEN"  # noqa: S105 - the name of a variable
REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - the name of a variable
_REMEDY = f"{TOKEN}, or `permissions: id-token: write` in GitHub Actions, or `token` in [evidence.keyless]"


class Place(NamedTuple):
    """Where a token comes from: the value of a variable, a file, or GitHub's address for them with what it wants to see."""

    kind: Literal["variable", "file", "github"]
    value: str
    secret: str = ""

    @property
    def name(self) -> str:
        """How the place is called in messages."""
        return {"variable": TOKEN, "file": self.value, "github": "GitHub Actions"}[self.kind]


class Asking(NamedTuple):
    """For a token: where, for whom it is to be, and the seconds that an answer may take."""

    place: Place
    audience: str
    timeout: float


class _Claims(msgspec.Struct, frozen=True):
    """What every token says (OpenID Connect Core, section 2); times in seconds since 1970."""

    iss: str
    aud: str | list[str]
    exp: float
    nbf: float = 0


class _Repository(msgspec.Struct, frozen=True):
    fork: bool


class _Head(msgspec.Struct, frozen=True):
    repo: _Repository


class _PullRequest(msgspec.Struct, frozen=True):
    head: _Head


class _Event(msgspec.Struct, frozen=True):
    """What of GitHub's event matters here."""

    pull_request: _PullRequest


class _Value(msgspec.Struct, frozen=True):
    value: str


def place(environ: Mapping[str, str], root: Path, file: str) -> Place | None:
    """Return where this machine has a token, None where it has none. file: as configured, "" for none; from `root`."""
    if environ.get(TOKEN):
        return Place("variable", environ[TOKEN].strip())
    if file:
        return Place("file", str(root / file))
    if environ.get(REQUEST_URL) and environ.get(REQUEST_TOKEN):
        return Place("github", environ[REQUEST_URL], environ[REQUEST_TOKEN])
    return None


def is_denied(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of GitHub's for a pull request from a fork, which gets no token whatever its permissions are."""
    try:
        event = Path(environ.get("GITHUB_EVENT_PATH", "")).read_bytes()
        return msgspec.json.decode(event, type=_Event).pull_request.head.repo.fork
    except (OSError, msgspec.MsgspecError):
        return False


def absent() -> ConfigError:
    """Return the error for a machine that has no token."""
    why = "no identity token is at hand, and only its holder gets a certificate"
    return ConfigError("the run cannot be signed", where="[evidence.keyless]", why=why, remedy=_REMEDY)


def obtain(asking: Asking, now: datetime) -> str:
    """Return the token.

    Raises:
        ConfigError: its file cannot be read.
        RunError: it cannot be had, is none, is for another audience, or is over.
    """
    found = asking.place
    token = _github(asking) if found.kind == "github" else _given(found)
    _check(token, found.name, asking.audience, now)
    return token


def _given(found: Place) -> str:
    if found.kind == "variable":
        return found.value
    try:
        return Path(found.value).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError("cannot read the identity token", where=found.value, why=why, remedy=_REMEDY) from error


def _github(asking: Asking) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - only in GitHub's jobs

    found = asking.place
    joint = "&" if "?" in found.value else "?"
    url = f"{found.value}{joint}audience={quote(asking.audience, safe='')}"
    answer = web.ask(url, {"Accept": "application/json"}, token=found.secret, timeout=asking.timeout, name=found.name)
    if not answer.good:
        raise _wrong("GitHub gives no identity token", found.name, f"HTTP {answer.status} {answer.reason}")
    try:
        return msgspec.json.decode(answer.body, type=_Value).value
    except msgspec.MsgspecError as error:  # whose text tells of the form alone
        raise _wrong("GitHub gives no identity token", found.name, str(error)) from error


def _check(token: str, where: str, audience: str, now: datetime) -> None:
    claims = _claims(token)
    if claims is None:
        raise _wrong("the identity token is none", where, "it is no JSON Web Token with issuer, audience and end")
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if audience not in audiences:
        why = f"it is for {', '.join(audiences)}, not for {audience}"
        raise _wrong("the identity token is for somebody else", where, why, "`audience` in [evidence.keyless]")
    if now.timestamp() >= claims.exp:
        ended = f"it was good until {_moment(claims.exp)}, and this is {now.isoformat(timespec='seconds')}"
        raise _wrong("the identity token is over", where, ended, "one that is good until the last gate has ended")
    if now.timestamp() < claims.nbf:
        raise _wrong("the identity token is not good yet", where, f"it is good from {_moment(claims.nbf)}")


def _wrong(what: str, where: str, why: str, remedy: str = _REMEDY) -> RunError:
    return RunError(what, where=where, why=why, remedy=remedy)


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return "no time"


def _claims(token: str) -> _Claims | None:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature (RFC 7515)
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=="), type=_Claims)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
