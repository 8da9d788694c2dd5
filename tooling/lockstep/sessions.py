"""The nox surface: one session per gate, and `gates`, which runs them all in one plan.

A noxfile calls `register(__file__)`. Sessions carry no logic: they turn words into a `Request` and the record into an exit.
"""

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec
import nox

from lockstep import gates
from lockstep.errors import ConfigError, LockstepError, render
from lockstep.host.endings import as_interrupts
from lockstep.model.event import Observer
from lockstep.model.gate import Gate, Scan

ALL = "gates"
# A run makes many objects and few cycles; with Python's own threshold a tenth of a short one goes into looking for them.
_COLLECT_AFTER = 100_000
TESTS = ("unit-tests", "coverage-threshold")
REPRODUCE = "reproduce"
BUILD = ("build",)


def register(noxfile: str) -> None:
    """Define the sessions in nox for the repository that holds `noxfile`."""
    root = Path(noxfile).absolute().parent
    nox.options.sessions = [ALL]
    known = gates.discover()
    _session(root, known, ALL, "Every gate, each judged: the one required check.", tuple(known))
    _session(root, known, "tests", "The tests, with coverage.", TESTS)
    if set(BUILD) <= known.keys():
        _session(root, known, REPRODUCE, "Everything built twice from nothing, and compared.", BUILD)
    for gate in known.values():
        _session(root, known, gate.id, f"{gate.title}.", (gate.id,))


def _session(root: Path, known: Mapping[str, Gate], name: str, title: str, ids: tuple[str, ...]) -> None:
    def body(session: nox.Session) -> None:
        code = run(root, known, name, ids, session.posargs)
        if code:
            session.error(f"{name}: see above" if code == 1 else f"{name}: exit code {code}")

    body.__doc__ = title
    body.__name__ = name.replace("-", "_")
    nox.session(name=name, venv_backend="none", default=name == ALL)(body)


def run(root: Path, known: Mapping[str, Gate], name: str, ids: tuple[str, ...], words: Sequence[str]) -> int:
    """Run the gates `ids` of those `known` with the session's own `words`; return the exit code. Errors are rendered here."""
    try:
        with as_interrupts():
            return _run(root, known, name, ids, parser(name, known).parse_args(words))
    except LockstepError as error:
        return _failed(error)
    except Exception as error:  # noqa: BLE001 - a bug; a traceback would bury what the user can do about it
        from lockstep.host import crash  # noqa: PLC0415

        return _failed(crash.told(error, root / ".lockstep" / "runs"))


def _failed(error: LockstepError) -> int:
    sys.stderr.write(render(error) + "\n")
    return error.exit_code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message, where=self.prog, remedy=f"{self.prog} --help")


def parser(name: str, known: Mapping[str, Gate]) -> argparse.ArgumentParser:
    """Return the parser of what follows `--`; a word that it does not know is a ConfigError."""
    words = _Parser(prog=f"nox -s {name} --", allow_abbrev=False)
    words.add_argument("components", nargs="*", metavar="component", help="only these components")
    words.add_argument("--since", default="", metavar="REV", help="only components affected since REV")
    words.add_argument("--staged", action="store_true", help="check exactly the staged bytes")
    words.add_argument("--strict", action="store_true", help="what is unavailable blocks (default where CI=true)")
    words.add_argument("--fix", action="store_true", help="apply every tool's safe fixes first")
    words.add_argument("--fresh", action="store_true", help="take nothing from the cache")
    words.add_argument("--range", action="store_true", help="secrets: scan base..HEAD instead of the whole history")
    words.add_argument("--json", default="", metavar="FILE", help="write the run record there too (- for stdout)")
    if name in known and known[name].ingest is not None:
        words.add_argument("--report", default="", metavar="FILE", help="judge this report, which was made elsewhere")
    return words


def _judging(known: Mapping[str, Gate], root: Path, name: str, report: str) -> Mapping[str, Gate]:
    """Return the gates, of which the one called `name` judges `report` where that is not "".

    Raises:
        ConfigError: there is no such file.
    """
    path = (root / report).resolve()
    ingest = known[name].ingest if report else None
    if ingest is None:
        return known
    if not path.is_file():
        raise ConfigError("there is no such report", where=str(path), remedy=f"nox -s {name} -- --report FILE")
    return {**known, name: msgspec.structs.replace(known[name], checks=(ingest(str(path)),))}


def _run(root: Path, known: Mapping[str, Gate], name: str, ids: tuple[str, ...], words: argparse.Namespace) -> int:
    from lockstep import host  # noqa: PLC0415 - not needed to list sessions
    from lockstep.workspace import repository  # noqa: PLC0415

    gc.set_threshold(_COLLECT_AFTER)
    machine = host.system()
    # Git answers while the engine is loaded; a fix would change what it said.
    git = None if words.fix else repository.opened(machine, root, staged=words.staged)
    from lockstep.engine import run as engine  # noqa: PLC0415
    from lockstep.engine.policies import in_ci  # noqa: PLC0415
    from lockstep.engine.request import Request  # noqa: PLC0415
    from lockstep.github.approval import approver  # noqa: PLC0415

    report = getattr(words, "report", "")
    request = Request(
        gates=ids,
        known=_judging(known, root, name, report),
        foreign=bool(report),
        components=tuple(words.components),
        since=words.since,
        staged=words.staged,
        strict=words.strict or in_ci(machine),
        fresh=words.fresh or name == REPRODUCE,
        twice=name == REPRODUCE,
        scan=Scan.RANGE if words.range else Scan.HISTORY,
        command=f"nox -s {name}",
        approver=approver(machine),
    )
    if words.fix:
        from lockstep.engine import fix  # noqa: PLC0415

        fixed = fix.run(machine, root, request)
        sys.stdout.write("".join(f"fixed {path}\n" for path in fixed))
    with _observer(words.json) as observer:
        record, _ = engine.run(machine, root, request, observer, git)
    return record.exit_code


@contextlib.contextmanager
def _observer(json: str) -> Iterator[Observer]:
    """Yield what shows the run; with `--json -` people read standard error and programs standard output."""
    from lockstep.report import fan_out, plain  # noqa: PLC0415

    more = []
    if json:
        more.append(plain.json_lines(sys.stdout) if json == "-" else plain.json_file(Path(json)))
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        more.append(plain.step_summary(Path(os.environ["GITHUB_STEP_SUMMARY"])))
    with plain.choose(sys.stderr if json == "-" else sys.stdout, os.environ) as shown:
        yield fan_out(shown, *more)
