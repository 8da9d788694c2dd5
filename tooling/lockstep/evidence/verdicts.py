"""From the record of a run to one statement for each gate that passed or failed. Pure."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from lockstep.evidence import statements
from lockstep.evidence.statements import Descriptor, GateFacts, TestResult, Waived
from lockstep.model.digests import of_bytes, printable
from lockstep.model.record import GateRecord, RunRecord
from lockstep.model.verdict import Verdict

_RESULTS = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED"}


class Scope(NamedTuple):
    """What the record does not say.

    source: the repository's address. complete: whether everything was checked. dirty: the tree is no longer the commit's.
    tools: lock names of what each gate runs.
    """

    source: str
    complete: bool
    dirty: bool
    tools: Mapping[str, frozenset[str]]


def make(record: RunRecord, written: bytes, scope: Scope) -> Iterator[tuple[str, bytes]]:
    """Yield gate id and the bytes of the statement about it; `written`: run.json as it was written.

    Without a commit there is nothing to be evidence of.
    """
    if not record.repository.commit:
        return
    about = subject(record, scope)
    for gate in record.gates:
        if gate.verdict in _RESULTS:
            yield gate.id, statements.make(about, statements.TEST_RESULT, _result(record, gate, written, scope))


def subject(record: RunRecord, scope: Scope) -> tuple[Descriptor, ...]:
    """Return the commit that the run saw, and its tree, as what a statement is about."""
    uri = statements.source_uri(scope.source)
    return (
        Descriptor(name="commit", uri=uri, digest={"gitCommit": record.repository.commit}),
        Descriptor(name="tree", uri=uri, digest={"gitTree": record.repository.tree}),
    )


def _result(record: RunRecord, gate: GateRecord, written: bytes, scope: Scope) -> TestResult:
    own = [action for action in record.actions if action.gate == gate.id]
    facts = msgspec.to_builtins(_facts(record, gate, written, scope))
    return TestResult(
        result=_RESULTS[gate.verdict],  # type: ignore[arg-type]
        configuration=(
            Descriptor(name="gate", uri=f"pkg:pypi/lockstep-ci@{record.lockstep}", annotations=facts),
            *tools(record, scope.tools.get(gate.id, frozenset())),
        ),
        passed_tests=tuple(printable(action.id) for action in own if action.verdict is Verdict.PASSED),
        failed_tests=tuple(printable(action.id) for action in own if action.verdict is Verdict.FAILED),
    )


def _facts(record: RunRecord, gate: GateRecord, written: bytes, scope: Scope) -> GateFacts:
    severities = Counter(finding.severity for finding in gate.findings)
    return GateFacts(
        gate=gate.id,
        run=record.id,
        record=of_bytes(written),
        finished=_ended(record),
        lockstep=record.lockstep,
        branch=printable(record.repository.branch),
        mode=record.repository.mode,
        dirty=record.repository.dirty or scope.dirty,
        complete=scope.complete,
        strict=record.strict,
        open=dict(sorted(severities.items())),
        waivers=tuple(
            Waived(each.finding.fingerprint, str(each.finding.severity), each.owner, each.expires)
            for each in gate.waived
        ),
    )


def _ended(record: RunRecord) -> datetime:
    """Return when the run was over, to the second: no gate was judged later."""
    return (datetime.fromisoformat(record.started) + timedelta(seconds=record.seconds)).replace(microsecond=0)


def tools(record: RunRecord, names: Container[str]) -> Iterator[Descriptor]:
    """Yield the tools of those names that the run had; the identity is the digest of all that decides what a tool is."""
    for tool in record.tools:
        if tool.name in names:
            uri = f"pkg:generic/{tool.name}" + (f"@{tool.version}" if tool.version else "")
            yield Descriptor(name=tool.name, uri=uri, annotations={"identity": tool.digest})


def source(record: RunRecord, scope: Scope) -> Descriptor:
    """Return the commit that the run saw, and whether its tree was the commit's."""
    state = record.repository
    return Descriptor(
        name="source",
        uri=statements.source_uri(scope.source) + (f"@refs/heads/{printable(state.branch)}" if state.branch else ""),
        digest={"gitCommit": state.commit, "gitTree": state.tree},
        annotations={"dirty": state.dirty or scope.dirty},
    )
