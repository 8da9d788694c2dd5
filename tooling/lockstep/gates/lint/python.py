"""ruff, and the formatter that the component has chosen: black where `[tool.black]` is nearest, else ruff's own.

Neither keeps a cache of its own: theirs goes by modification times, Lockstep's by content.
"""

from collections.abc import Mapping

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import formatters, ruff

_CONTEXT = ("pyproject.toml", "ruff.toml", ".ruff.toml")
_RUFF_FAILED = 2
_BLACK_FAILED = 123


def _is_python(_: Component, entry: FileEntry) -> bool:
    return targets.ends(entry, (".py", ".pyi", ".ipynb"))


def _by_ruff(component: Component, entry: FileEntry) -> bool:
    return _is_python(component, entry) and not component.configuration("black")


def _by_black(component: Component, entry: FileEntry) -> bool:
    return targets.ends(entry, (".py", ".pyi")) and bool(component.configuration("black"))


def _ruff(invocation: Invocation, *command: str) -> tuple[str, ...]:
    """Return ruff's command line. Where the repository says nothing, what stands above it must not speak either."""
    configured = invocation.component.configuration("ruff")
    own = "--force-exclude" if configured else "--isolated"
    handed = targets.files_or_folders(invocation)
    return (*invocation.program("ruff"), *command, "--no-cache", own, "--", *handed)


def _check(invocation: Invocation) -> tuple[str, ...]:
    return _ruff(invocation, "check", "--no-fix", "--output-format=json")


def _check_fix(invocation: Invocation) -> tuple[str, ...]:
    return _ruff(invocation, "check", "--fix", "--no-unsafe-fixes", "--quiet")


def _format(invocation: Invocation) -> tuple[str, ...]:
    return _ruff(invocation, "format", "--check", "--output-format=json")


def _format_fix(invocation: Invocation) -> tuple[str, ...]:
    return _ruff(invocation, "format", "--quiet")


def _read_ruff(output: Output, invocation: Invocation) -> Report:
    return ruff.read(output.stdout, output.stderr, output.exit_code, files=invocation.files, root=invocation.root)


def _black(invocation: Invocation, *options: str) -> tuple[str, ...]:
    """Return black's command line: it is handed folders, as its `extend-exclude` holds for nothing that is named."""
    config = f"--config={invocation.root}/{invocation.component.configuration('black')}"
    handed = targets.folders(invocation)
    return (*invocation.program("black"), *options, "--no-cache", "--workers=1", config, "--", *handed)


def _black_env(_: Invocation) -> Mapping[str, str]:
    """Black's workers meet at a socket in the folder for temporary files, whose path has to be short (unix(7))."""
    return {"TMPDIR": "/tmp"}  # noqa: S108 - it makes a private folder there


def _black_check(invocation: Invocation) -> tuple[str, ...]:
    return _black(invocation, "--check", "--diff", "--no-color", "--verbose")


def _black_fix(invocation: Invocation) -> tuple[str, ...]:
    return _black(invocation, "--quiet")


def _read_black(output: Output, invocation: Invocation) -> Report:
    return formatters.black(
        output.stdout, output.stderr, output.exit_code, files=invocation.files, root=invocation.root
    )


RUFF = Check(
    id="ruff-check",
    title="ruff finds nothing",
    remedy="`ruff rule CODE` explains a rule; `# noqa: CODE - why` where it is wrong",
    tools=("ruff",),
    select=_is_python,
    argv=_check,
    parse=_read_ruff,
    context=_CONTEXT,
    closure=True,
    fix=_check_fix,
    fix_order=10,
)

RUFF_FORMAT = Check(
    id="ruff-format",
    title="Python is formatted as ruff does",
    remedy="`nox -s lint -- --fix`, or `ruff format PATH`",
    tools=("ruff",),
    select=_by_ruff,
    argv=_format,
    parse=_read_ruff,
    exits=(0, 1, _RUFF_FAILED),
    context=_CONTEXT,
    fix=_format_fix,
    fix_order=20,
)

BLACK = Check(
    id="black",
    title="Python is formatted as black does",
    remedy="`nox -s lint -- --fix`, or `black PATH`",
    tools=("black",),
    select=_by_black,
    argv=_black_check,
    env=_black_env,
    parse=_read_black,
    exits=(0, 1, _BLACK_FAILED),
    context=("pyproject.toml", ".gitignore"),
    fix=_black_fix,
    fix_order=20,
)
