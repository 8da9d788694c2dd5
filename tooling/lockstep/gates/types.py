"""types: what type checkers know of each component, in its own environment and by its own configuration.

A Python component is checked by the mypy that its lock pins, else by Lockstep's own, as its nearest configuration says
(`files`, `exclude`, `strict` and all). Without one, every function's body is checked, untyped third parties are
accepted, and nothing more is asked. Errors in other components are theirs to mend and are reported by their own action.

A folder with a tsconfig.json is checked by its own TypeScript, once the packages that its lock names are installed.
Lockstep installs none: until then the verdict is unavailable.
"""

from collections.abc import Mapping
from posixpath import basename, dirname

import msgspec

from lockstep.model import targets
from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Stage
from lockstep.parsers import mypy, tsc

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml")
_DRIVERS = frozenset({"setup.py", "noxfile.py", "tasks.py"})


def _is_python(_: Component, entry: FileEntry) -> bool:
    return entry.path.endswith((".py", ".pyi"))


def _is_project(_: Component, entry: FileEntry) -> bool:
    return basename(entry.path) == "tsconfig.json"


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
    own = (each for each in report.findings if each.location.path == config or _owns(invocation, each.location.path))
    return msgspec.structs.replace(report, findings=tuple(own))


def _owns(invocation: Invocation, path: str) -> bool:
    """Whether the component is the innermost one around `path`."""
    folders = (each.path for each in invocation.components.values() if path.startswith(f"{each.path}/"))
    return max(folders, key=len, default=ROOT) == invocation.component.path


def _tsc(invocation: Invocation) -> tuple[str, ...]:
    script = f"{invocation.data}/plugin/lockstep_tsc.py"
    program = (*invocation.program("lockstep"), script, f"--scratch={invocation.scratch}")
    return (*program, "--", *targets.files(invocation))


def _parse_tsc(output: Output, invocation: Invocation) -> Report:
    return tsc.read(output, root=invocation.root)


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
        Check(
            id="tsc",
            title="TypeScript finds no error",
            remedy="run `npx tsc --noEmit` in the folder of the tsconfig.json",
            tools=("lockstep", "npm"),  # Node.js comes with npm
            select=_is_project,
            argv=_tsc,
            parse=_parse_tsc,
            exits=(0, 1, 2, tsc.LACKING),
            context=("tsconfig.json", "tsconfig.base.json", "package.json", *_LOCKS),
            closure=True,
            whole=True,
        ),
    ),
)
