"""contract-checks: contracts are well made, and no change of one breaks those who rely on it.

Spectral judges every contract by Lockstep's own rules. HTTP and messaging contracts, and the schemas of events, are
compared with what they were where the working tree left the base branch, schemas also with the versions beside them and
(in the transitive modes) with tagged releases. A breaking change needs the label `breaking-change: true` and the approval
of an owner of its path (`lockstep.github.approval`); there is no other way past it but a waiver. A change that breaks only
some is a warning, which needs neither.

Pacts, JSON files in folders called `pacts`, are verified against the OpenAPI contract of their provider. A pact whose
provider has no contract in this repository is a warning: it is not verified here.
"""

from collections.abc import Mapping

from lockstep.contracts.providers import CONTRACTS, is_pact, may_be_contract
from lockstep.model.component import ROOT, Component, FileEntry, Kind
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Stage
from lockstep.parsers import contracts, spectral

_SCHEMAS = (*CONTRACTS, ".avsc", ".proto")
_REPORT = "spectral.json"
_REFUSED = "refused.json"
_APPROVAL = (
    'a breaking change needs the label "breaking-change: true" on the pull request and the approval of a CODEOWNER of '
    "the contract (lockstep owners PATH); else keep what is there and add beside it"
)


def _api(component: Component, entry: FileEntry) -> bool:
    return component.kind is Kind.OPENAPI and may_be_contract(entry.path)


def _pact(_: Component, entry: FileEntry) -> bool:
    return is_pact(entry.path)


def _may_be_contract(_: Component, entry: FileEntry) -> bool:
    return may_be_contract(entry.path)


def _event(component: Component, entry: FileEntry) -> bool:
    return component.kind is Kind.EVENT_SCHEMA and entry.path.endswith(_SCHEMAS)


def _apis(invocation: Invocation) -> tuple[str, ...]:
    return _compared(invocation, "apis", Kind.OPENAPI)


def _events(invocation: Invocation) -> tuple[str, ...]:
    mode = invocation.settings.mode(invocation.component.name)
    releases = invocation.places.get("releases", "")
    return _compared(invocation, "events", Kind.EVENT_SCHEMA, f"--mode={mode}", f"--releases={releases}")


def _compared(invocation: Invocation, kind: str, of: Kind, *more: str) -> tuple[str, ...]:
    own = invocation.component.path
    top = "" if own == ROOT else own.partition("/")[0]
    beside = sorted(each.path for each in invocation.components.values() if each.kind is of)
    return (
        *invocation.module("lockstep.contracts.check"),
        f"--kind={kind}",
        *(f"--base={invocation.places.get('base', '')}", f"--top={top}", f"--folder={own}", *more),
        *(f"--component={path}" for path in beside),
        "--",
        *invocation.files,
    )


def _pacts(invocation: Invocation) -> tuple[str, ...]:
    own = invocation.component
    folders = sorted(each.path for each in invocation.components.values() if each.kind is Kind.OPENAPI)
    return (
        *invocation.module("lockstep.contracts.pacts"),
        *(f"--tree={invocation.scratch}/tree", f"--own={own.path if own.kind is Kind.OPENAPI else ''}"),
        *(f"--folder={path}" for path in folders),
        *(f"--provider={name}\t{path}" for name, path in invocation.settings.providers),
        "--",
        *invocation.files,
    )


def _read(output: Output, _: Invocation) -> Report:
    return contracts.read(output.stdout, output.stderr, output.exit_code)


def _spectral(invocation: Invocation) -> tuple[str, ...]:
    """Spectral behind a door that keeps out what would exhaust it."""
    return (
        *invocation.module("lockstep.contracts.lint"),
        *(invocation.report(_REFUSED), invocation.report(_REPORT)),
        *(*invocation.program("spectral"), "lint", "--quiet", "--fail-severity=hint", "--fail-on-unmatched-globs"),
        *("--ruleset", f"{invocation.data}/rules/spectral/contracts.yaml"),
        *("--format=json", f"--output.json={invocation.report(_REPORT)}"),
        *("--", *invocation.files),
    )


def _in_bounds(_: Invocation) -> Mapping[str, str]:
    """Node stops before it has a gibibyte in all, and does not take the machine with it.

    It makes many short-lived values of a large contract; with more room for them it cleans up less often.
    """
    return {"NODE_OPTIONS": "--max-old-space-size=768 --max-semi-space-size=32"}


def _linted(output: Output, invocation: Invocation) -> Report:
    report, refused = (output.files.get(name, b"") for name in (_REPORT, _REFUSED))
    return spectral.read(report, refused, output.stderr, output.exit_code, root=invocation.root)


GATE = Gate(
    id="contract-checks",
    stage=Stage.CONTRACTS,
    title="Contracts",
    remedy="mend the contract as its rule says; for a breaking change, keep what is there and add beside it",
    timeout=20 * MINUTE,
    approvable=("api-compatibility", "event-compatibility"),
    lenient=("pacts",),
    checks=(
        Check(
            id="spectral",
            title="contracts are complete and say who may do what",
            remedy="mend the contract as the rule's text says",
            tools=("spectral", "lockstep"),
            select=_api,
            argv=_spectral,
            env=_in_bounds,
            parse=_linted,
            reports=(_REPORT, _REFUSED),
        ),
        Check(
            id="api-compatibility",
            title="no change breaks clients",
            remedy=_APPROVAL,
            tools=("lockstep",),
            select=_api,
            argv=_apis,
            parse=_read,
            closure=True,
            freshness=("base",),
        ),
        Check(
            id="event-compatibility",
            title="no change of a schema breaks readers or writers of events",
            remedy=_APPROVAL,
            tools=("lockstep",),
            select=_event,
            argv=_events,
            parse=_read,
            freshness=("base", "releases"),
        ),
        Check(
            id="pacts",
            title="what consumers rely on is what the contract of their provider promises",
            remedy="mend the pact where it asks for what is not promised, or the contract where it forgets to promise it",
            tools=("lockstep",),
            select=_pact,
            reads=_may_be_contract,
            argv=_pacts,
            parse=_read,
            timeout=5 * MINUTE,
            materialise=True,
        ),
    ),
)
