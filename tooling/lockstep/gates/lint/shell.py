"""ShellCheck and shfmt over shell scripts."""

from posixpath import basename

import msgspec

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import formatters, shellcheck

_SUFFIXES = (".sh", ".bash", ".bats", ".dash", ".ksh")
# Larger programs without a suffix are no scripts that somebody wrote.
_LARGEST = 256 * 1024
# ShellCheck's words for "this is no shell script": another interpreter, none, or bytes that are no text.
_NO_SCRIPT = frozenset({"SC1071", "SC2148"})
_NO_TEXT = "SC1072"


def _has_suffix(_: Component, entry: FileEntry) -> bool:
    return targets.ends(entry, _SUFFIXES)


def _may_be_script(component: Component, entry: FileEntry) -> bool:
    """Programs without a suffix are tried as well; what they are stands in their first line."""
    bare = "." not in basename(entry.path).removeprefix(".") and entry.mode == "100755" and entry.size <= _LARGEST
    return bare or _has_suffix(component, entry)


def _shellcheck(invocation: Invocation) -> tuple[str, ...]:
    """Return ShellCheck's command line. It looks for its configuration up to the file system's root unless told not to."""
    own = () if invocation.component.configuration("shellcheck") else ("--norc",)
    return (*invocation.program("shellcheck"), "--format=json1", *own, "--", *targets.files(invocation))


def _read_shellcheck(output: Output, invocation: Invocation) -> Report:
    report = shellcheck.read(output.stdout, output.exit_code, files=invocation.files, root=invocation.root)
    others = {each.location.path for each in report.findings if _says_no_script(each.rule, each.location.line)}
    others -= {path for path in others if path.endswith(_SUFFIXES)}
    kept = tuple(each for each in report.findings if each.location.path not in others)
    return msgspec.structs.replace(report, findings=kept)


def _says_no_script(rule: str, line: int) -> bool:
    return rule in _NO_SCRIPT or (rule == _NO_TEXT and line == 1)


def _shfmt(invocation: Invocation, mode: str) -> tuple[str, ...]:
    """Return shfmt's command line. A printing option would make it pass over .editorconfig."""
    configured = invocation.component.configuration("editorconfig")
    own = ("--apply-ignore",) if configured else ("--indent", str(invocation.settings.shfmt_indent))
    return (*invocation.program("shfmt"), mode, *own, "--", *targets.files(invocation))


def _shfmt_check(invocation: Invocation) -> tuple[str, ...]:
    return _shfmt(invocation, "--diff")


def _shfmt_fix(invocation: Invocation) -> tuple[str, ...]:
    return _shfmt(invocation, "--write")


def _read_shfmt(output: Output, invocation: Invocation) -> Report:
    return formatters.shfmt(output.stdout, output.stderr, output.exit_code, root=invocation.root)


SHELLCHECK = Check(
    id="shellcheck",
    title="ShellCheck finds nothing in shell scripts",
    remedy="the link of the rule says what to write; `# shellcheck disable=SC1234 # why` where it is wrong",
    tools=("shellcheck",),
    select=_may_be_script,
    argv=_shellcheck,
    parse=_read_shellcheck,
    context=(".shellcheckrc", "shellcheckrc"),
)

SHFMT = Check(
    id="shfmt",
    title="shell scripts are formatted as shfmt does",
    remedy="`nox -s lint -- --fix`, or `shfmt -w PATH`; .editorconfig decides on the indent",
    tools=("shfmt",),
    select=_has_suffix,
    argv=_shfmt_check,
    parse=_read_shfmt,
    context=(".editorconfig",),
    fix=_shfmt_fix,
    fix_order=20,
)
