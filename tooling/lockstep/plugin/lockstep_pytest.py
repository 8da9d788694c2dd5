"""The pytest plugin: where tests stand and fail, and what is in quarantine, as properties in JUnit.

Per test: `lockstep.path` (relative to the component's folder), `lockstep.line` (its head), `lockstep.failed` (the line
in that file at which it failed), `lockstep.origin` (`path:line` of the component's own code that raised, where that is
another file), `lockstep.flaky` (JSON: ticket, since). What could not be collected goes to `--lockstep-report`, as JSON:
a list of objects with path, line, name and message.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

_FOREIGN = frozenset({"site-packages", "dist-packages", ".venv", "venv", ".nox", ".tox"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where collection errors are written."""
    parser.addoption("--lockstep-report", default="", help="file for what could not be collected (JSON)")


def pytest_configure(config: pytest.Config) -> None:
    """Register the quarantine mark and the recorder."""
    config.addinivalue_line("markers", "flaky(ticket, since): in quarantine; runs without gating a merge")
    config.pluginmanager.register(Recorder(config), "lockstep-recorder")


class Recorder:
    """Hooks with a memory of what could not be collected; under pytest-xdist only the controller writes it."""

    def __init__(self, config: pytest.Config) -> None:
        self._home = os.path.realpath(config.invocation_params.dir)
        self._target = "" if hasattr(config, "workerinput") else str(config.getoption("--lockstep-report"))
        self._lost: dict[str, dict[str, object]] = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Tell where the test stands, and its quarantine mark."""
        path, line = _place(item)
        item.user_properties += [("lockstep.path", self._relative(path)), ("lockstep.line", line)]
        mark = item.get_closest_marker("flaky")
        if mark is not None:
            words = {**dict(zip(("ticket", "since"), mark.args, strict=False)), **mark.kwargs}
            known = {name: str(words[name]) for name in ("ticket", "since") if name in words}
            item.user_properties.append(("lockstep.flaky", json.dumps(known)))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, None]:
        """Tell where it failed. JUnit takes the properties from the report of the teardown."""
        outcome = yield
        report = outcome.get_result()
        if report.failed and call.excinfo is not None:
            found = list(self._where(call.excinfo.value, _place(item)[0]))
            item.user_properties += found
            if call.when == "teardown":
                report.user_properties += found

    def _where(self, error: BaseException, path: str) -> Iterator[tuple[str, object]]:
        frames = list(_frames(error))
        here = [line for file, line in frames if file == path]
        if here:
            yield "lockstep.failed", here[-1]
        own = [(file, line) for file, line in frames if self._is_own(file)]
        if own and own[-1][0] != path:
            yield "lockstep.origin", f"{self._relative(own[-1][0])}:{own[-1][1]}"

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Tell where a module failed to import; the report travels to the controller as it is."""
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        if report.failed and call is not None and call.excinfo is not None:
            error = call.excinfo.value.__cause__ or call.excinfo.value
            path = os.path.realpath(collector.path)
            report.lockstep = [self._relative(path), _line_in(error, path), f"{type(error).__name__}: {error}"]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not be collected."""
        if report.failed:
            path, line, message = getattr(report, "lockstep", None) or [report.nodeid, 0, str(report.longrepr)]
            self._lost[report.nodeid] = {"name": report.nodeid, "path": path, "line": line, "message": message}

    def pytest_sessionfinish(self) -> None:
        """Write it."""
        if self._target:
            Path(self._target).write_text(json.dumps(list(self._lost.values())), encoding="utf-8")

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self._home).replace(os.sep, "/")

    def _is_own(self, path: str) -> bool:
        return path.startswith(self._home + os.sep) and _FOREIGN.isdisjoint(self._relative(path).split("/"))


def _place(item: pytest.Item) -> tuple[str, int]:
    """Return the real path and the line (from 1) of the test's head; 0 where it has none."""
    path, line, _ = item.reportinfo()
    return os.path.realpath(path), 0 if line is None else line + 1


def _line_in(error: BaseException, path: str) -> int:
    """Return the line of `path` at which `error` came up, 0 where it did not."""
    if isinstance(error, SyntaxError) and os.path.realpath(error.filename or "") == path:
        return error.lineno or 0
    return next((line for file, line in reversed(list(_frames(error))) if file == path), 0)


def _frames(error: BaseException) -> Iterator[tuple[str, int]]:
    """Yield real path and line of every frame, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield os.path.realpath(trace.tb_frame.f_code.co_filename), trace.tb_lineno
        trace = trace.tb_next
