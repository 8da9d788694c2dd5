"""`waivers.list`, `waivers.add` and `waivers.prune`: the accepted findings of waivers.toml."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from lockstep import host
from lockstep.errors import ConfigError, LockstepError, RefusedError, RunError, render
from lockstep.host.clock import today
from lockstep.host.files import write_atomic
from lockstep.model.finding import Finding
from lockstep.model.record import RunRecord
from lockstep.policy.waivers import FILE, STRANGER_RULE, UNUSED_RULE, Waiver, parse
from lockstep.workspace import repository

_RECORD = Path(".lockstep", "latest", "run.json")
_SHORT = 12


@task(name="list")
def list_(_: Context) -> None:
    """Show every waiver, the next to expire first, with the days that it has left."""
    with _explained():
        items = parse(_file(_root()).encode()).items
        day = today(host.system().clock)
    for item in sorted(items, key=lambda each: (each.expires, each.line)):
        left = item.days_left(day)
        when = f"{left} day{'' if left == 1 else 's'} left" if left >= 0 else f"expired {item.expires.isoformat()}"
        _print(f"{when:<18}  {item.gate}  {item.fingerprint[:_SHORT]}  {item.owner}  {item.reason}  {FILE}:{item.line}")
    if not items:
        _print("no finding is waived")


@task(
    positional=["fingerprint"],
    help={
        "fingerprint": "of a finding of the latest run, or its beginning",
        "owner": "who answers for it",
        "reason": "why it is accepted",
        "expires": "the last day, as YYYY-MM-DD",
        "note": "anything else worth keeping, such as a ticket",
        "apply": "write the file (without it the plan is printed)",
    },
)
def add(
    _: Context,
    fingerprint: str,
    owner: str = "",
    reason: str = "",
    expires: str = "",
    note: str = "",
    apply: bool = False,  # noqa: FBT001, FBT002 - invoke's way
) -> None:
    """Accept one finding of the latest run for a time."""
    from lockstep.policy import ledger  # noqa: PLC0415 - not needed to list verbs

    with _explained():
        root = _root()
        missing = [f"--{name}" for name, value in (("owner", owner), ("reason", reason)) if not value.strip()]
        last = _last_day(expires, today(host.system().clock), missing)
        gate, finding = _found(_record(root), fingerprint)
        waiver = Waiver(finding.fingerprint, gate, owner, reason, last, note)
        comment = f"{finding.tool} {finding.rule} at {finding.location}: {finding.message}"
        before = _file(root)
        _write(root, before, ledger.added(before, waiver, comment), apply=apply)


@task(help={"apply": "write the file (without it the plan is printed)"})
def prune(_: Context, apply: bool = False) -> None:  # noqa: FBT001, FBT002 - invoke's way
    """Remove the waivers that have expired, and those that the latest complete run did not need."""
    from lockstep.policy import ledger  # noqa: PLC0415 - not needed to list verbs

    with _explained():
        root = _root()
        before = _file(root)
        idle = _idle(root)
        day = today(host.system().clock)
        gone = set()
        for item in parse(before.encode()).items:
            why = f"expired on {item.expires.isoformat()}" if item.days_left(day) < 0 else idle.get(item.key)
            if why:
                gone.add(item.key)
                _print(f"{item.gate} {item.fingerprint[:_SHORT]} {why}")
        _write(root, before, ledger.removed(before, gone), apply=apply)


def _idle(root: Path) -> Mapping[str, str]:
    """Return key -> why for the waivers that the latest run found to be of no use; none without a run."""
    try:
        record = _record(root)
    except RunError as error:
        _print(f"only what expired is looked at: {error.what}")
        return {}
    findings = (*record.policy, *(finding for gate in record.gates for finding in gate.findings))
    why = {UNUSED_RULE: f"was not needed in run {record.id}", STRANGER_RULE: "names a gate that does not exist"}
    return {each.anchor: why[each.rule] for each in findings if each.rule in why}


def _found(record: RunRecord, beginning: str) -> tuple[str, Finding]:
    """Return gate id and finding of the one fingerprint that begins like that."""
    from lockstep.policy.judge import can_be_waived  # noqa: PLC0415 - not needed to list verbs

    found = [
        (gate.id, finding)
        for gate in record.gates
        for finding in gate.findings
        if beginning and finding.fingerprint.startswith(beginning)
    ]
    if len(found) != 1:
        places = "; ".join(f"{each.fingerprint[:_SHORT]} {each.rule} at {each.location}" for _, each in found)
        why = f"more than one does: {places}" if found else "none does"
        remedy = "give more of it; nox -s gates shows the fingerprints"
        raise ConfigError(f"no single finding of run {record.id} begins with {beginning}", why=why, remedy=remedy)
    if not can_be_waived(found[0][1]):
        why = "coverage, failing tests, flaky marks and waivers are mended, not waived"
        raise RefusedError(
            f"a finding of {found[0][1].rule} cannot be waived", where=str(found[0][1].location), why=why
        )
    return found[0]


def _last_day(text: str, day: date, missing: list[str]) -> date:
    """Return the day that `text` gives; raise with everything that is `missing` as well."""
    last = None
    with contextlib.suppress(ValueError):
        last = date.fromisoformat(text)
    if last is None or last < day:
        missing = [*missing, "--expires with a day to come, as YYYY-MM-DD"]
    if last is None or missing:
        raise ConfigError("a waiver needs an owner, a reason and a last day", why=f"missing: {', '.join(missing)}")
    return last


def _write(root: Path, before: str, after: str, *, apply: bool) -> None:
    import difflib  # noqa: PLC0415 - not needed to list verbs

    if before == after:
        _print("nothing is to be changed")
        return
    names = (f"a/{FILE}", f"b/{FILE}")
    for line in difflib.unified_diff(before.split("\n"), after.split("\n"), *names, lineterm=""):
        _print(line.rstrip("\r"))
    if apply:
        write_atomic(root / FILE, after.encode())
    _print(f"wrote {FILE}" if apply else "nothing was changed; add --apply to write")


def _record(root: Path) -> RunRecord:
    import msgspec  # noqa: PLC0415 - not needed to list verbs

    try:
        return msgspec.json.decode((root / _RECORD).read_bytes(), type=RunRecord)
    except OSError as error:
        raise RunError("there is no run of this repository yet", where=str(_RECORD), remedy="nox -s gates") from error
    except msgspec.MsgspecError as error:
        why = f"it is of another version: {error}"
        raise RunError("the latest run cannot be read", where=str(_RECORD), why=why, remedy="nox -s gates") from error


def _root() -> Path:
    return repository.root_of(host.system(), Path.cwd())


def _file(root: Path) -> str:
    path = root / FILE
    try:
        return path.read_bytes().decode() if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {FILE}", where=str(path), why=str(error)) from error


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except LockstepError as error:
        raise Exit(render(error), code=error.exit_code) from error


def _print(text: str) -> None:
    sys.stdout.write("".join(each if each.isprintable() else " " for each in text) + "\n")
