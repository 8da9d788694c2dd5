"""types: what type checkers know of each component, in its own environment and by its own configuration.

A Python component is checked by the mypy that its lock pins, else by Lockstep's own, as its nearest configuration says
(`files`, `exclude`, `strict` and all). Without one, every function's body is checked, untyped third parties are
accepted, and nothing more is asked. Errors in other components are theirs to mend and are reported by their own action.
"""

from collections.abc import Mapping
from posixpath import dirname

import msgspec

from lockstep.model import targets
from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Stage
from lockstep.parsers import mypy

_DRIVERS = frozenset({"setup.py", "noxfile.py", "tasks.py"})


def _is_python(_: Component, entry: FileEntry) -> bool:
    return entry.path.endswith((".py", ".pyi"))


def _argv(invocation: Invocation) -> tuple[str, ...]:
    component = invocation.component
    return (
        invocation.python,
        f"{invocation.data}/plugin/lockstep_mypy.py",
        f"--component={component.path}",
        f"--config={component.configuration('mypy')}",
        f"--cache={invocation.cache}",
        *(f"--fallback={part}" for part in invocation.program("mypy")),
        "--",
        *targets.files_or_folders(msgspec.structs.replace(invocation, files=_checked(invocation))),
    )


def _checked(invocation: Invocation) -> tuple[str, ...]:
    """Return the files without those that a stub stands for, and without what drives tools that are not installed there."""
    files = invocation.files
    plain = tuple(
        path for path in files if f"{path}i" not in files and invocation.component.relative(path) not in _DRIVERS
    )
    return plain or files


def _env(invocation: Invocation) -> Mapping[str, str]:
    return {"MYPYPATH": ":".join(invocation.import_paths)}


def _parse(output: Output, invocation: Invocation) -> Report:
    config = invocation.component.configuration("mypy")
    base = dirname(config) if config else invocation.component.path
    report = mypy.read(output, root=invocation.root, base=base, config=config)
    if output.exit_code == mypy.BLOCKED:
        return report
    own = (each for each in report.findings if _owner(each.location.path, invocation) == invocation.component.path)
    return msgspec.structs.replace(report, findings=tuple(own))


def _owner(path: str, invocation: Invocation) -> str:
    """Return the path of the innermost component around `path`."""
    folders = (each.path for each in invocation.components.values() if path.startswith(f"{each.path}/"))
    return max(folders, key=len, default=ROOT)


GATE = Gate(
    id="types",
    stage=Stage.STATIC,
    title="Types",
    remedy="mend the types; `# type: ignore[CODE]` with the error's own code where the checker is wrong",
    timeout=10 * MINUTE,
    checks=(
        Check(
            id="mypy",
            title="mypy finds no error",
            remedy="run mypy in the component's folder; stubs of a third party are `uv add --dev types-NAME`",
            tools=("mypy",),
            select=_is_python,
            argv=_argv,
            env=_env,
            parse=_parse,
            exits=(0, 1, mypy.BLOCKED, mypy.REFUSED),
            context=("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"),
            python=True,
            closure=True,
        ),
    ),
)
