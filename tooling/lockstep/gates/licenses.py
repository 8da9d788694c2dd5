"""licenses: an allow list over the SPDX expressions of every third party (CI-CL-001 section 8).

What ships is judged by `[licenses] allow`. What only development needs, by uv.lock, poetry.lock or package-lock.json,
may be under `[licenses] development` too; where a lock does not tell, everything is taken to ship. `[licenses] packages`
says the licence of packages whose own metadata does not, or not well, and of those of Go and Rust, of which no file
tells. What a lock resolves for other platforms is judged on those.
"""

from posixpath import basename

import msgspec

from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Stage
from lockstep.parsers import licenses

_MANIFESTS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock"})
_REMEDY = "use another package, or add its licence to [licenses] allow in lockstep.toml once that has been agreed"


def _is_manifest(_: Component, entry: FileEntry) -> bool:
    name = basename(entry.path)
    return name in _MANIFESTS or (name.startswith("requirements") and name.endswith(".txt"))


def _is_python(component: Component) -> bool:
    """Whether there is an environment to look into: a component without a manifest is governed by a lock above it."""
    return component.python


def _is_node_lock(_: Component, entry: FileEntry) -> bool:
    return basename(entry.path) in licenses.NODE


def _is_other(_: Component, entry: FileEntry) -> bool:
    return basename(entry.path) in licenses.OTHERS


def _environment(invocation: Invocation) -> tuple[str, ...]:
    return (invocation.python, *_collector(invocation), f"--above={invocation.component.path}")


def _locks(invocation: Invocation) -> tuple[str, ...]:
    collector = (*invocation.program("lockstep"), *_collector(invocation))
    return (*collector, *(f"--lock={path}" for path in invocation.files))


def _collector(invocation: Invocation) -> tuple[str, ...]:
    """Return the program with the policy, which the report carries: a change of policy is another key."""
    policy = msgspec.json.encode(invocation.settings.licenses, order="deterministic").decode()
    script = f"{invocation.data}/plugin/lockstep_licenses.py"
    return (script, f"--report={invocation.report(licenses.REPORT)}", f"--policy={policy}")


def _parse_python(output: Output, invocation: Invocation) -> Report:
    return licenses.python(output.files.get(licenses.REPORT, b""), invocation.component)


def _parse_node(output: Output, _: Invocation) -> Report:
    return licenses.node(output.files.get(licenses.REPORT, b""))


def _parse_others(output: Output, _: Invocation) -> Report:
    return licenses.others(output.files.get(licenses.REPORT, b""))


GATE = Gate(
    id="licenses",
    stage=Stage.SECURITY,
    title="Licences",
    remedy=_REMEDY,
    timeout=20 * MINUTE,
    checks=(
        Check(
            id="python",
            title="what the component's environment holds may be used",
            remedy=_REMEDY,
            tools=("lockstep",),
            select=_is_manifest,
            applies=_is_python,
            argv=_environment,
            parse=_parse_python,
            exits=(0,),
            reports=(licenses.REPORT,),
            context=("pyproject.toml", "uv.lock", "poetry.lock", "requirements.txt"),
            python=True,
        ),
        Check(
            id="node",
            title="what Node's lock files bring in may be used",
            remedy=_REMEDY,
            tools=("lockstep",),
            select=_is_node_lock,
            argv=_locks,
            parse=_parse_node,
            exits=(0,),
            reports=(licenses.REPORT,),
        ),
        Check(
            id="others",
            title="nothing is brought in of which the licence cannot be told",
            remedy="say each licence in [licenses.packages] in lockstep.toml, or let [gates.licenses] be unavailable for a time",
            tools=("lockstep",),
            select=_is_other,
            argv=_locks,
            parse=_parse_others,
            exits=(0,),
            reports=(licenses.REPORT,),
        ),
    ),
)
