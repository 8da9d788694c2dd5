"""`tools.*`: what the tool lock names, what of it this machine has, and how that changes."""

import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from invoke.context import Context
from invoke.tasks import task

from lockstep import config as configuration
from lockstep import host, toolchain
from lockstep.errors import ConfigError, LockstepError, ToolError
from lockstep.host import Host
from lockstep.model.event import Event, Observer, Preparing
from lockstep.tasks._answers import fail, print_json, print_text, told
from lockstep.toolchain.lock import SHIPPED, ToolLock
from lockstep.workspace import repository

_TOOL = "a tool's name in the lock; may be repeated"
_JSON = "print JSON"
_DIGITS = 1000.0


@task(name="list", help={"json": _JSON})
def list_(_: Context, json: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Show every tool of the lock: version, licence, and whether this machine has it."""
    from lockstep.toolchain import upkeep  # noqa: PLC0415 - each verb loads what it needs

    machine, _root, lock = told(_here)
    found = told(lambda: upkeep.states(machine, lock))
    if json:
        print_json(found)
        return
    rows = [(row.name, row.version, row.licence, row.state, _place(row)) for row in found]
    _table(("tool", "version", "licence", "state", "where"), rows)
    ready = sum(row.state == "installed" for row in found)
    print_text(
        f"{ready} of {len(found)} installed, {_bytes(sum(row.size for row in found))}, in {machine.store / 'tools'}"
    )


def _place(row: Any) -> str:  # noqa: ANN401 - upkeep.State, which is loaded lazily
    if row.state == "installed":
        return f"from {row.source}, {_bytes(row.size)}"
    return str(row.problem or (f"{row.source}: {row.where}" if row.where else ""))


@task(
    iterable=["tool"],
    help={
        "tool": _TOOL,
        "bundle": "install from this archive, without a network",
        "digest": "refuse the bundle if its digest is another (sha256:...)",
        "everything": "every tool",
    },
)
def install(
    _: Context,
    tool: list[str],
    bundle: str = "",
    digest: str = "",
    everything: bool = False,  # noqa: FBT001, FBT002 - invoke's way
) -> None:
    """Install the tools that the gates need, or those named."""
    machine, _root, lock = told(_here)
    if digest and not bundle:
        fail(ConfigError("--digest is that of a bundle, and none was named", where="command line"))
    if bundle:
        told(lambda: _from_bundle(machine, lock, tool, Path(bundle), digest))
        return
    names = tuple(tool) or (_bundled_names(lock) if everything else told(_needed))
    told(lambda: _report(_watched(lambda tell: toolchain.provide(machine, lock, names, tell))))


def _from_bundle(machine: Host, lock: ToolLock, tool: Iterable[str], path: Path, digest: str) -> None:
    from lockstep.toolchain import advisories, bundle  # noqa: PLC0415

    with bundle.opened(machine, path, digest) as (index, folder):
        names = bundle.fitting(index, lock, tool)
        _report(_watched(lambda tell: toolchain.provide(machine, lock, names, tell, folder)))
        adopted = advisories.adopt(machine, folder)
    for noun, reference in adopted.items():
        print_text(f"{noun}: {reference}")


def _needed() -> tuple[str, ...]:
    from lockstep import gates  # noqa: PLC0415

    known = gates.discover().values()
    return tuple(
        sorted({name for gate in known for check in gate.checks for name in check.tools if name != "lockstep"})
    )


def _bundled_names(lock: ToolLock) -> tuple[str, ...]:
    from lockstep.toolchain import bundle  # noqa: PLC0415

    return bundle.names(lock)


def _report(programs: Any) -> None:  # noqa: ANN401 - a mapping of names to argv
    for name, argv in sorted(programs.items()):
        print_text(f"{name}: {' '.join(argv)}")


@task(help={"remove": "delete what is damaged; the next run installs it anew"})
def verify(_: Context, remove: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Read every byte of every installed tool and compare it with what was installed."""
    from lockstep.toolchain import upkeep  # noqa: PLC0415

    machine, _root, _lock = told(_here)
    found = told(lambda: [_verified(machine, each, remove=remove) for each in upkeep.damages(machine)])
    damaged = [label for label in found if label]
    if damaged:
        remedy = "" if remove else "lockstep tools.verify --remove"
        fail(ToolError(f"not as installed: {', '.join(damaged)}", where=str(machine.store / "tools"), remedy=remedy))
    print_text(f"{len(found)} tools are as they were installed")


def _verified(machine: Host, found: Any, *, remove: bool) -> str:  # noqa: ANN401 - what upkeep.damages yields
    """Say how a tool is; return its name and version where it is damaged, else ""."""
    from lockstep.toolchain import upkeep  # noqa: PLC0415

    damaged = isinstance(found, upkeep.Damage)
    tool = found.tool if damaged else found
    label = f"{tool.manifest.name} {tool.manifest.version}"
    if not damaged:
        print_text(f"{label}: {len(tool.manifest.files)} files as installed")
        return ""
    if remove:
        upkeep.remove(machine, tool.folder)
    print_text(f"{label}: {found.problem}{'; removed' if remove else ''}")
    return label


@task(iterable=["tool"], help={"tool": _TOOL, "json": _JSON})
def outdated(_: Context, tool: list[str], json: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Ask the sources of every tool whether they have a newer version."""
    from lockstep.toolchain import upgrades  # noqa: PLC0415

    machine, _root, lock = told(_here)
    names = tuple(tool) or sorted(lock.entries)
    found = told(lambda: _watched(lambda tell: upgrades.offers(machine, lock, names, tell)))
    if json:
        print_json(found)
        return
    rows = [
        (row.name, row.locked, row.newest or row.problem, row.source) for row in found if row.outdated or row.problem
    ]
    _table(("tool", "locked", "newest", "source"), rows)
    newer = sorted({row.name for row in found if row.outdated})
    print_text(f"{len(newer)} of {len({row.name for row in found})} tools have a newer version")
    if newer:
        print_text(f"to take one: lockstep tools.lock --tool {newer[0]} --to VERSION --apply")


@task(
    name="lock",
    iterable=["tool"],
    help={
        "tool": _TOOL,
        "to": "the version (default: the one it has, with its dependencies of today)",
        "package": "the version of its Python package, where that is numbered otherwise",
        "apply": "write the files (without it the plan is printed)",
    },
)
def lock_(
    _: Context,
    tool: list[str],
    to: str = "",
    package: str = "",
    apply: bool = False,  # noqa: FBT001, FBT002 - invoke's way
) -> None:
    """Write a tool's version, requirements and digests into the tool lock, as its sources give them today."""
    if not tool:
        fail(ConfigError("no tool was named", where="command line", remedy="lockstep tools.lock --tool NAME"))
    machine, root, lock = told(_here)
    target = told(lambda: _lock_file(root))
    for name in tool:
        told(partial(_relock, machine, lock, target, name, (to, package), apply=apply))
    if not apply:
        print_text("nothing was changed; add --apply to write")


def _lock_file(root: Path | None) -> Path:
    """Return the lock file that this repository owns.

    Raises:
        ConfigError: it owns none.
    """
    named = configuration.load(root).tools.lock if root else ""
    if root and named:
        return root / named
    if root and SHIPPED.is_relative_to(root):
        return SHIPPED
    raise ConfigError(
        "this repository has no tool lock of its own",
        where=configuration.FILE,
        remedy='name a file in lockstep.toml: [tools] lock = "tools/lock.toml"',
    )


def _relock(machine: Host, lock: ToolLock, target: Path, name: str, versions: tuple[str, str], *, apply: bool) -> None:
    from lockstep.host.files import write_atomic  # noqa: PLC0415
    from lockstep.toolchain import rewriting, upgrades  # noqa: PLC0415

    old = lock.entry(name)
    to, package = versions
    new = _watched(lambda tell: upgrades.relock(machine, lock, name, to, tell, package=package))
    changed = rewriting.rewritten(target.read_bytes().decode(), old, new.entry, SHIPPED.read_bytes().decode())
    # The lock last: a digest without its requirements would be refused, requirements without a digest are not looked at.
    files = {target.parent / path: content for path, content in new.files.items()} | {target: changed}
    for path, content in files.items():
        same = path.is_file() and path.read_bytes() == content.encode()
        print_text(f"{name} {old.version} -> {new.entry.version}: {path} {_verb(same=same, apply=apply)}")
        if apply and not same:
            write_atomic(path, content.encode())


def _verb(*, same: bool, apply: bool) -> str:
    if same:
        return "stays as it is"
    return "written" if apply else "would change"


@task(iterable=["tool"], help={"tool": _TOOL, "output": "the archive to write"})
def bundle(_: Context, tool: list[str], output: str = "lockstep-tools.tar") -> None:
    """Write one archive from which a machine of the same kind installs every tool without a network."""
    from lockstep.host.files import digest_of  # noqa: PLC0415
    from lockstep.toolchain import bundle as bundles  # noqa: PLC0415

    machine, root, lock = told(_here)
    target = Path(output).absolute()
    settings = told(lambda: _settings(root)).advisories
    names = bundles.names(lock, tool)
    index = told(lambda: _watched(lambda tell: bundles.make(machine, lock, names, target, tell, settings)))
    print_text(
        f"{target}: {len(index.tools)} tools for {index.platform}, Python {index.python}, {_bytes(target.stat().st_size)}"
    )
    digest = f"sha256:{digest_of(target)}"
    print_text(f"on the other machine: lockstep tools.install --bundle {target.name} --digest {digest}")


@task(
    help={
        "everything": "every tool, not only those of other versions",
        "apply": "delete (without it the plan is printed)",
    }
)
def clean(_: Context, everything: bool = False, apply: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Delete installed tools of versions that the lock no longer names, and what interrupted installations left."""
    from lockstep.toolchain import upkeep  # noqa: PLC0415

    machine, _root, lock = told(_here)
    told(lambda: upkeep.refuse_foreign(machine))
    if everything:
        told(lambda: _clean_everything(machine, apply=apply))
    else:
        told(lambda: _clean_leftovers(machine, lock, apply=apply))
    if not apply:
        print_text("nothing was changed; add --apply to delete")


def _clean_everything(machine: Host, *, apply: bool) -> None:
    from lockstep.toolchain import upkeep  # noqa: PLC0415

    size = upkeep.total(machine)
    if apply:
        upkeep.remove_all(machine)
    print_text(f"{_deleting(apply=apply)} every tool in {machine.store / 'tools'}, {_bytes(size)}")


def _clean_leftovers(machine: Host, lock: ToolLock, *, apply: bool) -> None:
    from lockstep.toolchain import upkeep  # noqa: PLC0415

    found = upkeep.leftovers(machine, lock)
    for left in found:
        if apply:
            upkeep.remove(machine, left.folder)
        print_text(f"{_deleting(apply=apply)} {left.folder.name}, {_bytes(left.size)}: {left.why}")
    print_text(f"{len(found)} folders, {_bytes(sum(left.size for left in found))}")


def _deleting(*, apply: bool) -> str:
    return "deleted" if apply else "would delete"


def _here() -> tuple[Host, Path | None, ToolLock]:
    """Return the machine, the repository's folder (None outside of one) and its tool lock."""
    machine = host.system()
    try:
        root: Path | None = repository.root_of(machine, Path.cwd())
    except LockstepError:
        root = None
    return machine, root, toolchain.load(root, _settings(root))


def _settings(root: Path | None) -> configuration.Config:
    return configuration.load(root) if root else configuration.Config()


def _watched(work: Callable[[Observer], Any]) -> Any:  # noqa: ANN401 - whatever the work returns
    """Do the work in front of the user: bars in a terminal, elsewhere each step of each tool as a line."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return work(_steps())
    from lockstep.report.terminal import live  # noqa: PLC0415 - only where there is a terminal

    with live(sys.stderr, colour=not os.environ.get("NO_COLOR")) as observer:
        return work(observer)


def _steps() -> Observer:
    told: set[tuple[str, str]] = set()

    def tell(event: Event, /) -> None:
        if isinstance(event, Preparing) and (event.what, event.detail) not in told:
            told.add((event.what, event.detail))
            sys.stderr.write(f"{event.what}: {event.detail}\n")

    return tell


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    lines = [titles, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        print_text("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _bytes(size: float) -> str:
    """Return a size for people: `1.2 MB` (powers of 1000)."""
    for unit in ("B", "kB", "MB"):
        if size < _DIGITS:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _DIGITS
    return f"{size:.1f} GB"
