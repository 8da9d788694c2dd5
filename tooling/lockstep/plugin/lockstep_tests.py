"""Run a component's tests under coverage, in the component's folder and by its own interpreter.

Leaves junit.xml, collection.json and coverage.json in the scratch folder, and ends as pytest did: its exit code, or
the signal that killed it. Exit code 86 means that pytest or coverage is not there; their names are on standard error.
The component's own configuration of both is respected; branches and subprocesses are measured whatever it says.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coverage import Coverage

LACKING = 86
# Where the repository gives the tests more than one processor, pytest-xdist spreads them; it reads this for "auto".
_WORKERS = "PYTEST_XDIST_AUTO_NUM_WORKERS"
_OWN_SOURCES = ("run:source", "run:source_pkgs", "run:source_dirs", "run:include")
_NO_SOURCE = ("tests/*", "test/*", "test_*.py", "*_test.py", "conftest.py")
_DRIVERS = ("setup.py", "noxfile.py", "tasks.py")


def main(argv: Sequence[str]) -> int:
    """Return the exit code of the tests (0 to 5 as pytest defines them), or 86."""
    options = _options(argv)
    if options.measure:
        return _measure(options)
    lacking = [name for name in ("pytest", "coverage") if importlib.util.find_spec(name) is None]
    if lacking:
        sys.stderr.write(f"missing: {' '.join(lacking)}\n")
        return LACKING
    _data_file(options).parent.mkdir()
    child = subprocess.Popen([sys.executable, __file__, "--measure", *argv])
    import coverage  # noqa: PLC0415 - while the tests start

    code = child.wait()
    if code < 0:
        _end_as(-code)
    try:
        _report(options)
    except coverage.CoverageException as error:
        sys.stderr.write(f"coverage: {error}\n")
    return code


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--measure", action="store_true", help="run the tests in this very process")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute folder of the reports")
    parser.add_argument(
        "--source", action="append", default=[], help="folder of sources, unless coverage is configured"
    )
    parser.add_argument("--ignore", action="append", default=[], help="folder of another component inside this one")
    return parser.parse_args(argv)


def _measure(options: argparse.Namespace) -> int:
    """Run pytest as `python -m pytest` would, recording what it and its subprocesses run."""
    sys.path[0] = str(Path.cwd())
    sys.path.append(str(Path(__file__).resolve().parent))
    sys.argv = ["pytest", *_arguments(options)]
    os.environ["COVERAGE_FILE"] = str(_data_file(options))
    recorder = _recorder(options)
    recorder.start()
    try:
        runpy.run_module("pytest", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        recorder.stop()
        recorder.save()
    return 0


def _arguments(options: argparse.Namespace) -> list[str]:
    scratch = options.scratch
    arguments = ["-p", "lockstep_pytest", f"--lockstep-report={scratch}/collection.json"]
    arguments += [f"--junitxml={scratch}/junit.xml", "-o", "junit_family=xunit2", "-o", "junit_logging=no"]
    arguments += ["-o", f"cache_dir={scratch}/pytest-cache", "--continue-on-collection-errors"]
    arguments += [f"--ignore={folder}" for folder in options.ignore]
    if importlib.util.find_spec("pytest_cov") is not None:
        arguments.append("--no-cov")
    if int(os.environ.get(_WORKERS, "1")) > 1 and importlib.util.find_spec("xdist") is not None:
        arguments.append("--numprocesses=auto")
    return arguments


def _data_file(options: argparse.Namespace) -> Path:
    return Path(options.scratch, "coverage", "data")


def _recorder(options: argparse.Namespace) -> Coverage:
    """Return a recorder as the component configures it; where it names no sources, those that Lockstep found."""
    from coverage import Coverage  # noqa: PLC0415 - it may be missing, and the driver starts without it

    recorder = Coverage(data_file=str(_data_file(options)), data_suffix=True, branch=True)
    if recorder.config.config_file is None:  # what measures subprocesses wants one
        empty = Path(options.scratch, "coveragerc")
        empty.write_text("[run]\n", encoding="utf-8")
        recorder = Coverage(str(_data_file(options)), config_file=str(empty), data_suffix=True, branch=True)
    patches = _option(recorder, "run:patch")
    if patches is not None:
        recorder.set_option("run:patch", sorted({*patches, "subprocess"}))
    if not any(_option(recorder, name) for name in _OWN_SOURCES):
        sources = options.source or ["."]
        recorder.set_option("run:source", sources)
        recorder.set_option("report:include_namespace_packages", "." not in sources)
        if not _option(recorder, "run:omit"):
            recorder.set_option("run:omit", _omitted(sources, options.ignore))
    return recorder


def _option(recorder: Coverage, name: str) -> list[Any] | None:
    """Return the value of a list option, None where this version of coverage does not know it."""
    from coverage import CoverageException  # noqa: PLC0415 - as above

    try:
        value = recorder.get_option(name)
    except CoverageException:
        return None
    return list(value) if isinstance(value, (list, tuple)) else []


def _omitted(sources: Sequence[str], other: Sequence[str]) -> list[str]:
    patterns = [*_DRIVERS, *(f"{folder}/*" for folder in other)]
    for source in sources:
        base = "" if source == "." else f"{source}/"
        patterns += [f"{base}{deep}{pattern}" for pattern in _NO_SOURCE for deep in ("", "**/")]
    # A pattern that starts with a star would match folders above the component too.
    return [str(Path.cwd() / pattern) for pattern in patterns]


def _report(options: argparse.Namespace) -> None:
    recorder = _recorder(options)
    recorder.combine([str(_data_file(options).parent)])
    recorder.get_data().add_arcs({})  # where nothing ran, nobody has said yet that branches count
    recorder.json_report(outfile=f"{options.scratch}/coverage.json", ignore_errors=True)


def _end_as(number: int) -> None:
    """End this process by the signal that ended the tests."""
    sys.stderr.write(f"pytest was killed by {signal.Signals(number).name}\n")
    sys.stderr.flush()
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
