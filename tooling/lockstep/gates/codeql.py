"""codeql: no high or critical weakness in the sources (CI-CL-001 section 7).

Semgrep always runs, with rules that ship with Lockstep; nothing is fetched, and nothing is told to anyone. CodeQL runs as
well where its program is on the machine. No comment excuses a finding: a change would excuse itself. A waiver does.
"""

from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Judge, Output, Scope, Stage
from lockstep.parsers import sarif, semgrep
from lockstep.plugin.lockstep_semgrep import kind_of, may_be_script

_NOTES = "semgrep.json"
_LOG = "codeql.sarif"
# Larger programs without a suffix are no scripts that somebody wrote.
_LARGEST_SCRIPT = 256 * 1024
# Folders of rules, and what CodeQL calls their language.
_ANALYSED = {"python": "python", "javascript": "javascript", "workflows": "actions"}


def _has_rules(_: Component, entry: FileEntry) -> bool:
    """Programs without a suffix are handed over as well; what they are stands in their first line."""
    script = may_be_script(entry.path) and entry.mode == "100755" and entry.size <= _LARGEST_SCRIPT
    return not entry.is_link and (script or kind_of(entry.path) is not None)


def _language(path: str) -> str:
    kind = kind_of(path)
    return _ANALYSED.get(kind[0], "") if kind else ""


def _is_analysed(_: Component, entry: FileEntry) -> bool:
    return not entry.is_link and bool(_language(entry.path))


def _semgrep(invocation: Invocation) -> tuple[str, ...]:
    return (
        *invocation.program("lockstep"),
        f"{invocation.data}/plugin/lockstep_semgrep.py",
        f"--semgrep={invocation.program('semgrep')[0]}",
        f"--rules={invocation.data}/rules/semgrep",
        f"--tree={invocation.scratch}/tree",
        f"--scratch={invocation.scratch}",
        f"--cache={invocation.cache}",
        f"--report={invocation.report(_NOTES)}",
        f"--jobs={invocation.cpus}",
    )


def _read_semgrep(output: Output, _: Invocation) -> Report:
    return semgrep.read(output.files.get(_NOTES, b""), output.exit_code, output.stderr)


def _codeql(invocation: Invocation) -> tuple[str, ...]:
    return (
        *invocation.program("lockstep"),
        f"{invocation.data}/plugin/lockstep_codeql.py",
        f"--codeql={invocation.program('codeql')[0]}",
        f"--tree={invocation.scratch}/tree",
        f"--scratch={invocation.scratch}",
        f"--report={invocation.report(_LOG)}",
        f"--threads={invocation.cpus}",
        *(f"--language={language}" for language in sorted(set(map(_language, invocation.files)))),
    )


def _read_codeql(output: Output, invocation: Invocation) -> Report:
    return sarif.read(output.files.get(_LOG, b""), tool="codeql", root=f"{invocation.scratch}/tree")


GATE = Gate(
    id="codeql",
    stage=Stage.SECURITY,
    title="Static analysis for weaknesses",
    remedy="the finding says how to write it safely; where a rule is wrong about sane code, accept the finding with "
    "`lockstep waivers.add`",
    timeout=45 * MINUTE,
    judge=Judge.SECURITY,
    checks=(
        Check(
            id="semgrep",
            title="Lockstep's Semgrep rules find nothing of high or critical severity",
            remedy="the finding says how to write it safely; a file that Semgrep cannot read is rewritten, left out with "
            "`exclude` in lockstep.toml, or accepted with `lockstep waivers.add`",
            tools=("semgrep", "lockstep"),
            select=_has_rules,
            argv=_semgrep,
            parse=_read_semgrep,
            reports=(_NOTES,),
            materialise=True,
        ),
        Check(
            id="codeql",
            title="CodeQL's security queries find nothing of high or critical severity",
            remedy="the finding says how to write it safely; the link explains the rule",
            tools=("lockstep",),
            program="codeql",
            optional=True,
            select=_is_analysed,
            argv=_codeql,
            parse=_read_codeql,
            exits=(0,),
            reports=(_LOG,),
            scope=Scope.REPOSITORY,
            materialise=True,
            cpus=2,
        ),
    ),
)
