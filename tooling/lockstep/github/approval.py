"""Who has approved a breaking change: the label on the pull request, and the review of an owner of the path.

Both are read from GitHub (its API where there is a token, the event that started the run otherwise) and CODEOWNERS from
the base branch: nothing that the change itself holds counts. A review counts for the commit that it was given for.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from lockstep.errors import LockstepError
from lockstep.github import codeowners
from lockstep.host import Host

LABEL = "breaking-change: true"
_PER_PAGE = 100
_MOST_PAGES = 50
_DECISIVE = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


class _Label(msgspec.Struct, frozen=True):
    name: str


class _User(msgspec.Struct, frozen=True):
    login: str


class _Head(msgspec.Struct, frozen=True):
    sha: str


def _ask(url: str, token: str) -> Any:  # noqa: ANN401 - any JSON value
    from lockstep.host.web import get_json  # noqa: PLC0415 - hardly any run has something to ask

    return get_json(url, token)


class PullRequest(msgspec.Struct, frozen=True):
    """What of a pull request matters here, as GitHub's events and API write it."""

    number: int
    user: _User
    head: _Head
    labels: tuple[_Label, ...] = ()


class _Event(msgspec.Struct, frozen=True):
    pull_request: PullRequest | None = None


class _Review(msgspec.Struct, frozen=True):
    state: str
    user: _User | None = None
    commit_id: str | None = None


class Approvals:
    """The approvals of the pull request that this run is for. `content` gives files of the base branch by path.

    get: asks a URL of the API for JSON, None where there is no such thing.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        content: Callable[[str], bytes | None],
        get: Callable[[str, str], Any] = _ask,
    ) -> None:
        self._environ = environ
        self._content = content
        self._get = get

    def of(self, path: str) -> str:
        """Return who approved a breaking change of a path (relative to the root), "" where nobody who may has."""
        pull = self._pull
        if pull is None or LABEL not in {label.name for label in pull.labels}:
            return ""
        owners = self._owners.of(path)
        return next((f"@{login}" for login in self._approvers if self._is_one_of(login, owners)), "")

    @cached_property
    def _owners(self) -> codeowners.Owners:
        return codeowners.find(self._content)

    @cached_property
    def _pull(self) -> PullRequest | None:
        """The pull request as it is now where the API can be asked, else as the event has it."""
        path = self._environ.get("GITHUB_EVENT_PATH", "")
        try:
            event = msgspec.json.decode(Path(path).read_bytes(), type=_Event) if path else _Event()
        except (OSError, msgspec.DecodeError):
            return None
        if event.pull_request is None or not self._token:
            return event.pull_request
        now = self._ask(f"/repos/{self._repository}/pulls/{event.pull_request.number}", PullRequest)
        return now if isinstance(now, PullRequest) and now.head.sha == event.pull_request.head.sha else None

    @cached_property
    def _approvers(self) -> tuple[str, ...]:
        """Everybody whose last decisive review of the newest commit is an approval, but for the author."""
        pull = self._pull
        if pull is None or not self._token:
            return ()
        last = {each.user.login: each for each in self._reviews(pull) if each.user and each.state in _DECISIVE}
        return tuple(
            login
            for login, review in sorted(last.items())
            if review.state == "APPROVED" and review.commit_id == pull.head.sha and login != pull.user.login
        )

    def _reviews(self, pull: PullRequest) -> Iterator[_Review]:
        for page in range(1, _MOST_PAGES + 1):
            where = f"/repos/{self._repository}/pulls/{pull.number}/reviews?per_page={_PER_PAGE}&page={page}"
            found = self._ask(where, tuple[_Review, ...])
            yield from found or ()
            if len(found or ()) < _PER_PAGE:
                return

    def _is_one_of(self, login: str, owners: tuple[str, ...]) -> bool:
        for owner in owners:
            name, slash, team = owner.removeprefix("@").partition("/")
            if not slash and name.lower() == login.lower():
                return True
            if slash and self._is_member(name, team, login):
                return True
        return False

    def _is_member(self, organisation: str, team: str, login: str) -> bool:
        where = f"/orgs/{quote(organisation)}/teams/{quote(team)}/memberships/{quote(login)}"
        membership = self._ask(where, dict[str, Any])
        return bool(membership) and membership.get("state") == "active"

    def _ask(self, where: str, shape: Any) -> Any:  # noqa: ANN401 - of the shape
        """Return what the API says; what it does not say, or says in another shape, approves nothing."""
        base = self._environ.get("GITHUB_API_URL", "").rstrip("/")
        try:
            return msgspec.convert(self._get(base + where, self._token), shape)
        except (LockstepError, msgspec.ValidationError):
            return None

    @property
    def _token(self) -> str:
        return self._environ.get("GITHUB_TOKEN", "")

    @property
    def _repository(self) -> str:
        return quote(self._environ.get("GITHUB_REPOSITORY", ""))


def approver(host: Host) -> Callable[[Callable[[str], bytes | None]], Callable[[str], str]]:
    """Return what makes, from the files of the base branch, the answer to who approved a breaking change of a path."""
    environ = host.environ if "GITHUB_EVENT_PATH" in host.environ else {}
    return lambda content: Approvals(environ, content).of
