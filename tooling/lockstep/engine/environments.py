"""The environments of all Python components, for what looks into every one of them."""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from lockstep.config import Config
from lockstep.host import Host
from lockstep.model.component import Component
from lockstep.model.digests import of_value
from lockstep.model.event import Observer
from lockstep.model.gate import Token
from lockstep.workspace import Workspace


class Environments:
    """Those of one run's components, each with the first Python of its matrix."""

    def __init__(self, host: Host, workspace: Workspace, config: Config) -> None:
        self._host = host
        self._workspace = workspace
        self._config = config

    def look(self) -> Token | None:
        """Return their identities as digest, and as place the interpreters by folder as JSON; None where one must be made.

        Raises:
            LockstepError: an interpreter is not on this machine.
        """
        from lockstep.toolchain import environments  # noqa: PLC0415 - only where something looks into them

        found = self._each(environments.ready)
        return self._token(found) if all(found.values()) else None

    def provide(self, observer: Observer) -> Token:
        """Return the same, making those that are missing.

        Raises:
            LockstepError: one cannot be made.
        """
        from lockstep.toolchain import environments  # noqa: PLC0415 - as above

        def made(host: Host, workspace: Workspace, config: Config, component: Component, version: str) -> str:
            return environments.provide(host, workspace, config, component, version, observer).python

        return self._token(self._each(made))

    def _each(self, having: Callable[[Host, Workspace, Config, Component, str], str]) -> Mapping[str, str]:
        return {
            component.path: having(self._host, self._workspace, self._config, component, version)
            for component, version in self._wanted
        }

    @cached_property
    def _wanted(self) -> tuple[tuple[Component, str], ...]:
        python = (each for each in self._workspace.components if each.python)
        return tuple((each, next(iter(self._config.versions_of(each.name)), "")) for each in python)

    def _token(self, pythons: Mapping[str, str]) -> Token:
        # The folder of an environment is called by its identity.
        identities = sorted((folder, Path(python).parts[-3]) for folder, python in pythons.items())
        return Token(of_value(identities), msgspec.json.encode(pythons, order="deterministic").decode())
