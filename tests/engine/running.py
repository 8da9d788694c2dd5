"""A small repository, gates made on the spot, and a run of them through the engine."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from lockstep.engine import run as engine
from lockstep.engine.request import Request
from lockstep.host import Host
from lockstep.host.process import SystemProcesses
from lockstep.model.component import Component, FileEntry
from lockstep.model.event import Event
from lockstep.model.finding import Finding, Location, Report
from lockstep.model.gate import Check, Gate, Invocation, Output, Stage
from lockstep.model.record import RunRecord

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

# Prints `path:line` for every line that says BAD, and ends with 1 if there is one.
GREP = """
import sys
bad = [f"{path}:{n}" for path in sys.argv[1:] for n, line in enumerate(open(path, errors="replace"), 1) if "BAD" in line]
print("\\n".join(bad))
sys.exit(bool(bad))
"""


class StillClock:
    """Wall time stands still; the counter moves by a millisecond at each look."""

    def __init__(self) -> None:
        self._ticks = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        self._ticks += 0.001
        return self._ticks


def machine(store: Path, **environ: str) -> Host:
    return Host(
        processes=SystemProcesses(),
        clock=StillClock(),
        environ={"PATH": "/usr/bin:/bin", **environ},
        store=store,
        cpus=2,
        python=sys.executable,
        temporary=store.parent / "temporary",
    )


def git(root: Path, *args: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.example", "-c", "commit.gpgsign=false")
    done = subprocess.run(("git", *identity, *args), cwd=root, check=True, capture_output=True, text=True)  # noqa: S607
    return done.stdout.strip()


def repository(root: Path, files: dict[str, str]) -> Path:
    """Make a repository in `root` with `files` committed."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    write(root, files)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "start", "--allow-empty")
    return root


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def texts(_: Component, entry: FileEntry) -> bool:
    return entry.path.endswith(".txt")


def parse(output: Output, _: Invocation) -> Report:
    places = [line.rsplit(":", 1) for line in output.stdout.decode("utf-8", "replace").split()]
    return Report(tuple(Finding("grep", "bad", "it is bad", Location(path, int(line))) for path, line in places))


def check(code: str = GREP, **fields: object) -> Check:
    declared = {
        "id": "grep",
        "title": "nothing is bad",
        "remedy": "take out BAD",
        "tools": ("lockstep",),
        "select": texts,
        "argv": lambda given: (*given.program("lockstep"), "-c", code, *given.files),
        "parse": parse,
    }
    return Check(**(declared | fields))  # type: ignore[arg-type]


def gate(*checks: Check, **fields: object) -> Gate:
    declared = {"id": "words", "stage": Stage.STATIC, "title": "Words", "remedy": "mend them", "timeout": 20}
    return Gate(**(declared | {"checks": checks or (check(),)} | fields))  # type: ignore[arg-type]


def run(
    root: Path, *gates: Gate, host: Host | None = None, heard: list[Event] | None = None, **request: object
) -> RunRecord:
    """Run the gates (one `words` gate if none) in `root` and return the record."""
    known = {each.id: each for each in gates or (gate(),)}
    listen: Callable[[Event], None] = (heard if heard is not None else []).append
    wanted = Request(**({"gates": tuple(known), "known": known} | request))  # type: ignore[arg-type]
    record, _ = engine.run(host or machine(root.parent / "store"), root, wanted, listen)
    return record


def verdicts(record: RunRecord) -> dict[str, str]:
    return {each.id: str(each.verdict) for each in record.gates}


def places(record: RunRecord) -> Iterable[str]:
    return [str(finding.location) for each in record.gates for finding in each.findings]
