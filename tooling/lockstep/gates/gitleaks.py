"""gitleaks: no secret in any commit, nor in what is about to become one (CI-CL-001 section 7: zero findings).

Neither a `gitleaks:allow` comment nor a .gitleaksignore excuses anything: a change would excuse itself. A waiver does, with
an owner and an expiry. The repository's own .gitleaks.toml says what a secret is; nobody's personal one does. Without
one, or where it extends the default, rules that ship with Lockstep are added to gitleaks' own.
"""

from functools import partial

from lockstep.model.component import ROOT, Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Scope, Stage
from lockstep.parsers import gitleaks

_REPORT = "gitleaks.json"


def _configures(_: Component, entry: FileEntry) -> bool:
    """The commits are not files; what decides over them beside the history is."""
    name = entry.path.rpartition("/")[2]
    return "gitleaks" in name and name.endswith(".toml")


def _any(_: Component, entry: FileEntry) -> bool:
    return not entry.is_link


def _argv(invocation: Invocation) -> tuple[str, ...]:
    config = invocation.components[ROOT].configuration("gitleaks")
    return (
        *invocation.program("lockstep"),
        f"{invocation.data}/plugin/lockstep_secrets.py",
        f"--gitleaks={invocation.program('gitleaks')[0]}",
        f"--scratch={invocation.scratch}",
        f"--report={invocation.report(_REPORT)}",
        f"--rules={invocation.data}/rules/gitleaks.toml",
        *((f"--config={config}",) if config else ()),
    )


def _history(invocation: Invocation) -> tuple[str, ...]:
    return (*_argv(invocation), f"--cache={invocation.cache}", f"--commits={invocation.history}")


def _uncommitted(invocation: Invocation) -> tuple[str, ...]:
    return (*_argv(invocation), f"--commits={invocation.commit}", f"--tree={invocation.scratch}/tree")


def _parse(output: Output, _: Invocation, *, committed: bool) -> Report:
    return gitleaks.read(output.files.get(_REPORT, b""), output.exit_code, committed=committed)


GATE = Gate(
    id="gitleaks",
    stage=Stage.SECURITY,
    title="Secrets",
    remedy="revoke the secret and issue a new one first; then waive the finding, or rewrite the history",
    timeout=20 * MINUTE,
    checks=(
        Check(
            id="history",
            title="no commit adds a secret",
            remedy="it is public to whoever has a clone: revoke it and issue a new one, then accept the finding with "
            "`lockstep waivers.add`, or take it out of the history (git filter-repo)",
            tools=("gitleaks", "lockstep"),
            select=_configures,
            argv=_history,
            parse=partial(_parse, committed=True),
            reports=(_REPORT,),
            scope=Scope.REPOSITORY,
            tracked_history=True,
            confidential=True,
            cpus=2,
        ),
        Check(
            id="uncommitted",
            title="nothing that is not committed yet adds a secret",
            remedy="take it out before it is committed, and read it from the environment or a secret store",
            tools=("gitleaks", "lockstep"),
            select=_any,
            argv=_uncommitted,
            parse=partial(_parse, committed=False),
            reports=(_REPORT,),
            context=(".gitleaks.toml",),
            scope=Scope.REPOSITORY,
            uncommitted=True,
            materialise=True,
            confidential=True,
        ),
    ),
)
