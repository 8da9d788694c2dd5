"""How uv and Poetry are told to make an environment; only the cold path comes here."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lockstep.config import Config
from lockstep.errors import ToolError, WorkspaceError
from lockstep.host import Host
from lockstep.host.environment import for_installers, masked, secrets
from lockstep.host.files import explained
from lockstep.host.process import Completed, Process
from lockstep.model.component import ROOT, Component
from lockstep.model.digests import printable
from lockstep.toolchain import locks, uv
from lockstep.toolchain.locks import How, Source
from lockstep.workspace import Workspace

_LIMIT = 30 * 60.0
_SHOWN = 8
_UNSUITABLE = re.compile(
    r"incompatible with the (?:project|script|workspace)'?s?.*Python requirement|requires-python"
    r"|current Python version \S+ does not satisfy",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"Failed to parse: `?[\w./-]*pyproject\.toml|Invalid `pyproject\.toml`")
# Poetry says so of what no index has, and of every package where none can be reached.
_NOWHERE = re.compile(r"Unable to find installation candidates for .*")
_INDEX = "see that the package index can be reached (index and proxy settings of {} apply)"
_CONTRADICTORY = re.compile(r"No solution found(?!.*(?:not found in|no versions|network|offline))", re.DOTALL)
_STALE = re.compile(
    r"needs to be updated|changed significantly since poetry\.lock|not up to date with|poetry lock", re.IGNORECASE
)


class Recipe(msgspec.Struct, frozen=True):
    """One environment to make: for whom, from what, by which interpreter, in which folder; `scratch` is gone afterwards."""

    host: Host
    workspace: Workspace
    config: Config
    component: Component
    source: Source
    interpreter: str
    folder: Path
    scratch: Path

    @property
    def home(self) -> Path:
        """Return the absolute folder that the lock lies in."""
        return self.workspace.root / self.source.folder

    @property
    def python(self) -> str:
        """Return the interpreter of the environment."""
        return str(self.folder / "bin" / "python")

    def run(self, doing: str, *argv: str, cwd: Path, **more: str) -> None:
        """Run an installer.

        Raises:
            WorkspaceError: it says that the lock is out of step.
            ToolError: it fails otherwise.
        """
        # Tools run with bytecode writing turned off, so it is written now or never.
        env = {**uv.environ(for_installers(self.host.environ)), "NO_COLOR": "1", "UV_COMPILE_BYTECODE": "1", **more}
        done = self.host.processes.run(Process(argv, str(cwd), env, _LIMIT, locks=self.host.locks))
        if done.exit_code != 0 or done.failure:
            raise self._error(doing, done)

    def _error(self, doing: str, done: Completed) -> ToolError | WorkspaceError:
        text = masked(done.stderr + b"\n" + done.stdout, secrets(self.host.environ)).decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        why = done.failure or "; ".join(lines[-_SHOWN:]) or f"exit code {done.exit_code}"
        what = f"cannot {doing} for {printable(self.component.name)}"
        where = printable(self.source.files[0].path) if self.source.files else printable(self.component.path)
        nowhere = _NOWHERE.search(text)
        error, remedy = next(
            ((error, remedy) for pattern, error, remedy in self._mended() if pattern.search(text)),
            (ToolError, _INDEX.format("uv")),
        )
        return error(what, where=where, why=nowhere[0] if nowhere else why, remedy=remedy)

    def _mended(self) -> Iterator[tuple[re.Pattern[str], type[ToolError | WorkspaceError], str]]:
        """Yield what an installer says, the first that fits first, which error that is, and what mends it."""
        version = f'[component."{self.component.name}"] python = ["3.x"] in lockstep.toml'
        yield _NOWHERE, ToolError, _INDEX.format("Poetry")
        yield _BROKEN, WorkspaceError, "mend pyproject.toml, or leave its folder out (`exclude` in lockstep.toml)"
        yield _STALE, WorkspaceError, f"{self.source.how} lock"
        yield _UNSUITABLE, ToolError, f"install a Python that it accepts and name it: {version}"
        yield _CONTRADICTORY, WorkspaceError, "change the requirements so that they agree"


def install(recipe: Recipe) -> None:
    """Make the environment with what the lock says, without any code of the repository.

    Raises:
        ToolError: it cannot be made.
        WorkspaceError: the lock is out of step.
    """
    {How.UV: _uv, How.POETRY: _poetry, How.REQUIREMENTS: _requirements, How.BARE: _bare}[recipe.source.how](recipe)


def _uv_program() -> str:
    try:
        return uv.program()
    except FileNotFoundError as error:
        raise ToolError("uv is not where its package says", why=str(error), remedy="reinstall lockstep-ci") from error


def _uv(recipe: Recipe) -> None:
    """Sync all groups and extras; where some of them exclude each other, only the default ones."""
    lock = locks.read(recipe.workspace, recipe.source.files[0].path)
    wide = () if b"\nconflicts = [" in lock else ("--all-groups", "--all-extras")
    recipe.run(
        "make the Python environment",
        *(
            _uv_program(),
            "sync",
            "--frozen",
            "--no-install-workspace",
            "--no-install-local",
            *wide,
            *_which(recipe, lock),
        ),
        *("--python", recipe.interpreter, "--project", str(recipe.home)),
        cwd=recipe.home,
        UV_PROJECT_ENVIRONMENT=str(recipe.folder),
    )


def _which(recipe: Recipe, lock: bytes) -> tuple[str, ...]:
    """Return whose dependencies are wanted: the member's, or those of all where the workspace's root is no project."""
    members = locks.members(lock)
    name = locks.project_name(locks.read(recipe.workspace, f"{recipe.source.member or ROOT}/pyproject.toml"))
    if recipe.source.member and name in members:
        return ("--package", name)
    root = locks.project_name(locks.read(recipe.workspace, f"{recipe.source.folder}/pyproject.toml"))
    return () if root or not members else ("--all-packages",)


def _bare(recipe: Recipe) -> None:
    recipe.run(
        "make the Python environment",
        *(_uv_program(), "venv", "--quiet", "--no-project", "--python", recipe.interpreter, str(recipe.folder)),
        cwd=recipe.scratch,
    )


def _requirements(recipe: Recipe) -> None:
    _bare(recipe)
    pinned, root = recipe.source.pinned, recipe.workspace.root
    wanted, bounds = recipe.scratch / "requirements.txt", recipe.scratch / "constraints.txt"
    with explained("write requirements", wanted):
        lines = (*pinned.lines, *(str(root / archive) for archive in pinned.archives))
        wanted.write_text("\n".join((*lines, "")), "utf-8")
        bounds.write_text("\n".join((*pinned.constraints, "")), "utf-8")
    manifests = (root / project / "pyproject.toml" for project in pinned.projects)
    local = [part for manifest in manifests if manifest.is_file() for part in ("--requirements", str(manifest))]
    recipe.run(
        "install the requirements",
        *(_uv_program(), "pip", "install", "--python", recipe.python, "--requirements", str(wanted), *local),
        *(part for extra in pinned.extras for part in ("--extra", extra)),
        *(("--constraints", str(bounds)) if pinned.constraints else ()),
        cwd=recipe.home,
    )


def _poetry(recipe: Recipe) -> None:
    from lockstep import toolchain  # noqa: PLC0415 - the tools' own machinery, needed for this alone

    lock = toolchain.load(recipe.workspace.root, recipe.config)
    (program,) = toolchain.provide(recipe.host, lock, ("poetry",), lambda _: None).values()
    _bare(recipe)
    recipe.run(
        "make the Python environment",
        *(*program, "install", "--no-interaction", "--no-root", "--no-directory", "--all-groups", "--all-extras"),
        cwd=recipe.home,
        VIRTUAL_ENV=str(recipe.folder),
        PATH=f"{recipe.folder}/bin{os.pathsep}{recipe.host.environ.get('PATH', os.defpath)}",
        POETRY_VIRTUALENVS_CREATE="false",
    )


def build_wheel(recipe: Recipe) -> None:
    """Build the component's own wheel from a copy of its files, and install it without its dependencies.

    Raises:
        ToolError: it cannot be built.
    """
    source, made = recipe.scratch / "source", recipe.scratch / "wheels"
    for entry in recipe.workspace.files_of(recipe.component):
        target = source / recipe.component.relative(entry.path)
        with explained("copy a component's files", target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(recipe.workspace.root / entry.path, target, follow_symlinks=False)
    recipe.run(
        "build the wheel",
        *(_uv_program(), "build", "--wheel", "--no-sources", "--python", recipe.interpreter),
        *("--out-dir", str(made), str(source)),
        cwd=source,
        SETUPTOOLS_SCM_PRETEND_VERSION="0",
    )
    wheels = sorted(str(path) for path in made.glob("*.whl"))
    recipe.run(
        "install the wheel",
        *(_uv_program(), "pip", "install", "--quiet", "--no-deps", "--python", recipe.python, *wheels),
        cwd=recipe.scratch,
    )
