"""Python environments: one for each lock and interpreter, with the third parties of a component and none of its own code.

`<state>/envs/<first 20 of the identity>/`, made by uv or Poetry, never the user's own environment. The manifest is
written last: a folder without one was interrupted and is made again. Local code is put on the import path by the engine.
"""

import contextlib
import os
from datetime import timedelta
from pathlib import Path

import msgspec

from lockstep.config import Config
from lockstep.errors import RunError, WorkspaceError
from lockstep.host import Host
from lockstep.host.files import explained, locked, private_folder, remove_tree, tag_cache, write_atomic
from lockstep.model.component import Component
from lockstep.model.digests import Digest, of_value, printable
from lockstep.model.event import Observer, Preparing
from lockstep.toolchain import interpreters, locks
from lockstep.toolchain.interpreters import Interpreter, InterpreterMissing
from lockstep.toolchain.locks import How, Source
from lockstep.workspace import Workspace

__all__ = ["Environment", "InterpreterMissing", "identity", "provide", "ready"]

# Raised whenever the same locks would make another environment.
SCHEMA = 2
MANIFEST = "lockstep-environment.json"
_UNUSED = timedelta(days=30)


class Environment(msgspec.Struct, frozen=True):
    """An environment that is ready: its interpreter and folder (absolute), its identity and full Python version."""

    python: str
    folder: str
    digest: Digest
    version: str


def identity(host: Host, workspace: Workspace, config: Config, component: Component, version: str) -> Digest:
    """Return what the environment is, from lock files and the interpreter; starts no process once interpreters are known.

    `version` is one of the matrix (3.12), or "" for the interpreter that runs Lockstep. A component that is installed
    as its wheel has all of its files in its identity.

    Raises:
        InterpreterMissing: no such Python is on this machine.
    """
    interpreter = interpreters.find(host, workspace.state, version)
    return _identity(workspace, config, component, locks.governing(workspace, config, component), interpreter)


def ready(host: Host, workspace: Workspace, config: Config, component: Component, version: str) -> str:
    """Return the interpreter of the component's environment, "" where that has to be made or compared with its manifest first.

    Raises:
        InterpreterMissing: as `identity`.
    """
    interpreter = interpreters.find(host, workspace.state, version)
    source = locks.governing(workspace, config, component)
    digest = _identity(workspace, config, component, source, interpreter)
    found = _environment(workspace, digest, interpreter)
    agreed = Path(found.folder, _agreement(workspace, component, source))
    return found.python if agreed.exists() and _is_ready(found) else ""


def _environment(workspace: Workspace, digest: Digest, interpreter: Interpreter) -> Environment:
    folder = workspace.state / "envs" / digest[:20]
    return Environment(str(folder / "bin" / "python"), str(folder), digest, interpreter.version)


def _identity(
    workspace: Workspace, config: Config, component: Component, source: Source, interpreter: Interpreter
) -> Digest:
    own = workspace.files_of(component) if _as_wheel(config, component) else ()
    return of_value(
        (
            SCHEMA,
            source.how,
            source.member,
            [entry.digest for entry in source.files],
            interpreter.implementation,
            interpreter.version,
            [(printable(entry.path), entry.mode, entry.digest) for entry in own],
        )
    )


def _as_wheel(config: Config, component: Component) -> bool:
    own = config.component.get(component.name)
    return own is not None and own.install == "wheel"


def provide(
    host: Host, workspace: Workspace, config: Config, component: Component, version: str, observer: Observer
) -> Environment:
    """Return the component's environment, making it where it is missing or was interrupted.

    Raises:
        InterpreterMissing: no such Python is on this machine.
        WorkspaceError: the lock is out of step with the component's manifest, or names what is not there.
        ToolError: uv or Poetry cannot make it.
    """
    interpreter = interpreters.find(host, workspace.state, version)
    source = locks.governing(workspace, config, component)
    digest = _identity(workspace, config, component, source, interpreter)
    envs = workspace.state / "envs"
    environment = _environment(workspace, digest, interpreter)
    agreed = Path(environment.folder, _agreement(workspace, component, source))
    if agreed.exists() and _is_ready(environment):
        return environment
    check(workspace, component, source)
    tag_cache(envs)
    with locked(envs / f"{digest[:20]}.lock") as lock:
        if not _is_ready(environment):
            what = f"Python {interpreter.version} for {printable(component.name)}"
            observer(Preparing(what, detail=source.how))
            # Nobody clears the folder while an installer writes there whose Lockstep was killed.
            alone = msgspec.structs.replace(host, locks=(lock,))
            try:
                _make(alone, workspace, config, component, source, interpreter, environment)
            finally:
                observer(Preparing(what, 1.0))
            _prune(host, envs)
        with explained("note that lock and manifest agree", agreed):
            agreed.touch()
    return environment


def _agreement(workspace: Workspace, component: Component, source: Source) -> str:
    """Return the name of the file which says that the lock was found in step with the manifest as they are."""
    manifest = workspace.files.get(f"{component.path}/pyproject.toml".removeprefix("./"))
    compared = (manifest.digest if manifest else "", [entry.digest for entry in source.files], source.pinned.missing)
    return f"lockstep-agrees-{of_value(compared)[:16]}"


def _is_ready(environment: Environment) -> bool:
    """Whether it was made to its end and its interpreter is still there; its manifest says when it was last used."""
    manifest = Path(environment.folder, MANIFEST)
    if not (manifest.is_file() and os.access(environment.python, os.X_OK)):
        return False
    with contextlib.suppress(OSError):
        os.utime(manifest)
    return True


def _make(
    host: Host,
    workspace: Workspace,
    config: Config,
    component: Component,
    source: Source,
    interpreter: Interpreter,
    environment: Environment,
) -> None:
    from lockstep.toolchain.recipes import Recipe, build_wheel, install  # noqa: PLC0415 - only on the cold path

    folder = Path(environment.folder)
    with explained("clear an interrupted environment", folder):
        remove_tree(folder)
    with private_folder(workspace.state / "tmp", "env-") as scratch:
        recipe = Recipe(host, workspace, config, component, source, interpreter.path, folder, scratch)
        try:
            install(recipe)
            if _as_wheel(config, component):
                build_wheel(recipe)
        except BaseException:
            with contextlib.suppress(OSError):
                remove_tree(folder)
            raise
    if not os.access(environment.python, os.X_OK):
        raise RunError("an environment was made without an interpreter", where=environment.folder)
    tag_cache(folder)
    write_atomic(folder / MANIFEST, msgspec.json.encode(environment))


def _prune(host: Host, envs: Path) -> None:
    """Delete environments that nothing has used for a month."""
    oldest = (host.clock.now() - _UNUSED).timestamp()
    for manifest in envs.glob(f"*/{MANIFEST}"):
        with contextlib.suppress(OSError):
            if manifest.stat().st_mtime < oldest:
                manifest.unlink()
                remove_tree(manifest.parent)


def check(workspace: Workspace, component: Component, source: Source) -> None:
    """Refuse a lock that was made from other manifests than those that are there.

    Raises:
        WorkspaceError: saying what differs, with the command that mends it.
    """
    if source.pinned.missing:
        raise WorkspaceError(
            f"{printable(source.pinned.missing[0])} is not there",
            why=f"a requirements file of {printable(component.name)}, or lockstep.toml for it, names it",
            remedy="add it to the repository, or leave it out",
        )
    manifest = locks.read(workspace, f"{component.path}/pyproject.toml")
    if source.how is not How.UV or not manifest:
        return
    lock = source.files[0].path
    difference = locks.drift(locks.read(workspace, lock), manifest)
    if difference:
        raise WorkspaceError(
            f"{printable(lock)} is out of step with {printable(component.name)}/pyproject.toml".replace("./", ""),
            where=printable(lock),
            why=difference,
            remedy="uv lock" if source.folder == "." else f"uv lock --project {printable(source.folder)}",
        )
