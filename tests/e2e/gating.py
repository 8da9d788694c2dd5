"""One check, run as the engine runs it, on a folder that a test has filled."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

import lockstep
from lockstep.host.environment import cleared
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output, Settings

DATA = Path(__file__).parents[1] / "gates" / "data"
# Where this suite itself is measured, the programs of Lockstep that checks run are too; the second variable keeps that
# up in a program that uses coverage itself.
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS")}
MEASURED |= {"COVERAGE_COVERAGE": "yes"} if MEASURED else {}


class MeasuredProcesses(SystemProcesses):
    """Real processes that are measured where this suite is."""

    def run(self, process: Process) -> Completed:
        """Run it to its end."""
        return super().run(msgspec.structs.replace(process, env={**process.env, **MEASURED}))


Tool = Callable[[str], tuple[str, ...]]


class Done(NamedTuple):
    """What the tool left, and what was read from it."""

    output: Output
    report: Report

    @property
    def places(self) -> set[tuple[str, int, str]]:
        """Path, line and rule of every finding."""
        return {(each.location.path, each.location.line, each.rule) for each in self.report.findings}


def copied(case: str, root: Path, folder: str = ".") -> None:
    """Copy a case of `tests/gates/data` into a folder of the repository at `root`."""
    shutil.copytree(DATA / case, root / folder, dirs_exist_ok=True)


def python_component(path: str, *, name: str = "", source: str = "src") -> Component:
    """Return a Python library at `path` with one folder of sources."""
    root = source if path == "." else f"{path}/{source}".removesuffix("/.")
    return Component(name or path, path, Kind.PYTHON_LIBRARY, python=True, source_roots=(root,))


def run(
    check: Check,
    root: Path,
    component: Component,
    scratch: Path,
    *,
    tool: Tool = lambda name: (name,),
    python: str = sys.executable,
    settings: Settings | None = None,
    others: Iterable[Component] = (),
    history: str = "",
    more: Mapping[str, str] | None = None,
    places: Mapping[str, str] | None = None,
) -> Done:
    """Run `check` on the files of `component` that it selects. `more` is added to the environment.

    places: where each thing is that the check rests on beside the tree, by the name of its freshness token.
    """
    scratch.mkdir(parents=True)
    (scratch / "home").mkdir()
    (scratch / "tmp").mkdir()
    invocation = Invocation(
        root=str(root),
        component=component,
        components={each.name: each for each in (component, *others)},
        files=_selected(check, root, component),
        tools={name: tool(name) for name in check.tools},
        python=python,
        import_paths=tuple(f"{root}/{each}" for each in component.source_roots),
        scratch=str(scratch),
        cache=str(scratch / "cache"),
        data=str(Path(lockstep.__file__).parent),
        settings=settings or Settings(),
        history=history,
        places=places or {},
    )
    if check.materialise:
        for path in invocation.files:
            target = scratch / "tree" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, target)
    cwd = root / component.path if check.in_component else root
    env = (
        cleared((), str(scratch / "home"), str(scratch / "tmp"))
        | dict(check.env(invocation))
        | MEASURED
        | dict(more or {})
    )
    done = MeasuredProcesses().run(Process(check.argv(invocation), str(cwd), env, 300))
    files = {name: (scratch / name).read_bytes() for name in check.reports if (scratch / name).is_file()}
    output = Output(done.exit_code, done.stdout, done.stderr, files)
    return Done(output, check.parse(output, invocation))


def _selected(check: Check, root: Path, component: Component) -> tuple[str, ...]:
    top = root / component.path
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in names:
            path = (Path(folder) / name).relative_to(root).as_posix()
            mode = "100755" if os.access(root / path, os.X_OK) else "100644"
            entry = FileEntry(path, mode, of_bytes(b""), 0)
            if not (root / path).is_symlink() and check.select(component, entry):
                found.append(path)
    return tuple(sorted(found))
