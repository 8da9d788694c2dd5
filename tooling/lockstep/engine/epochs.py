"""When what a component is built from was last changed: the time that stands in everything that is built from it.

It is the commit's time of the newest commit that touched the component or what it depends on (SOURCE_DATE_EPOCH of
reproducible-builds.org), so what nobody touched keeps its digest from commit to commit. What git answered for one commit is
remembered: a warm run asks nothing.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

import msgspec

from lockstep.errors import WorkspaceError
from lockstep.host.files import tag_cache, write_atomic
from lockstep.host.git import Git
from lockstep.model.component import Component
from lockstep.model.gate import Token

# The oldest time that a ZIP archive, and so a wheel, can hold: 1980-01-01 (APPNOTE.TXT 4.4.6).
_OLDEST = 315532800


class _Known(msgspec.Struct):
    """The times by folders (NUL between them), as they are at one commit."""

    commit: str = ""
    times: dict[str, int] = {}


class Epochs:
    """The times of one commit. `folders` gives the folders of a component and of all it depends on, by its name."""

    def __init__(
        self, git: Git, commit: str, state: Path, folders: Callable[[str], Iterable[str]], *, shallow: bool
    ) -> None:
        self._git = git
        self._commit = commit
        self._file = state / "cache" / "epochs.json"
        self._folders = folders
        self._shallow = shallow

    def of(self, component: Component) -> Token:
        """Return the component's time in seconds since the epoch, as digest and as place.

        Raises:
            WorkspaceError: the clone's history is cut off, or git refuses.
        """
        return self._newest(component.name, self._folders(component.name))

    def of_files(self, paths: Iterable[str]) -> Token:
        """Return the time of files, by their paths; raises as `of` does."""
        return self._newest("the repository", paths)

    def _newest(self, what: str, places: Iterable[str]) -> Token:
        if not self._commit:
            return _token(_OLDEST)
        if self._shallow:
            raise WorkspaceError(
                f"nobody can tell when {what} was last changed",
                why="the clone is shallow, so its history is not whole",
                remedy="git fetch --unshallow",
            )
        folders = sorted(places)
        name = "\0".join(folders)
        if name not in self._known.times:
            self._known.times[name] = self._ask(folders)
            tag_cache(self._file.parent)
            write_atomic(self._file, msgspec.json.encode(self._known))
        return _token(self._known.times[name])

    @cached_property
    def _known(self) -> _Known:
        try:
            known = msgspec.json.decode(self._file.read_bytes(), type=_Known)
        except (OSError, msgspec.DecodeError):
            known = _Known()
        return known if known.commit == self._commit else _Known(self._commit, {})

    def _ask(self, folders: Iterable[str]) -> int:
        """Return the time of the newest commit that touched one of the folders or files; of the newest of all where none did."""
        newest = ("rev-list", "--max-count=1", "--timestamp", self._commit)
        told = self._git.text(*newest, "--", *(f":(top,literal){folder}" for folder in folders))
        return max(int((told or self._git.text(*newest)).split()[0]), _OLDEST)


def _token(seconds: int) -> Token:
    return Token(str(seconds), str(seconds))
