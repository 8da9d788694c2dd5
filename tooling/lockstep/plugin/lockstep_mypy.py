"""Run mypy over a component as its developers would: its own mypy, its own configuration, its own interpreter.

mypy is that of the component's environment where there is one, else the one given with `--fallback`. It runs in the
folder of its configuration. Targets (relative to the current folder) are handed over, less what the configuration
excludes; where a configuration of the component's own says itself what to check, that is what is checked.
Exit code 86 means that mypy was not started; why is on standard error.
"""

from __future__ import annotations

import argparse
import configparser
import importlib
import importlib.metadata
import importlib.util
import os
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

REFUSED = 86
_TARGETS = ("files", "modules", "packages")
_OLDEST = (1, 11)  # the first with `--output json`
# Without a configuration: bodies of all functions, and folders that need no `__init__.py` to be told apart.
_DEFAULTS = ("--check-untyped-defs", "--explicit-package-bases", "--disable-error-code=import-untyped")


class RefusedError(Exception):
    """mypy cannot be started; its text says why."""


def main(words: Sequence[str]) -> int:
    """Become mypy, or return 86 (0 where the configuration leaves nothing to check)."""
    given = _given(words)
    here = (posixpath.dirname(given.config) if given.config else given.component) or "."
    try:
        settings = _settings(given.config) if given.config else {}
        targets = _targets(given, settings, here)
        program = _program(given.fallback)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    if targets is None:
        sys.stderr.write(f"{given.config} excludes every file of {given.component}\n")
        return 0
    return _become([*program, *_options(given), "--", *targets], here)


def _become(argv: list[str], folder: str) -> NoReturn:
    os.chdir(folder)
    os.execv(argv[0], argv)  # noqa: S606 - this process is mypy from here on


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--component", required=True, help="folder of the component")
    parser.add_argument("--config", default="", help="mypy's configuration file, if there is one")
    parser.add_argument("--cache", required=True, help="absolute folder of mypy's incremental cache")
    parser.add_argument("--fallback", action="append", default=[], help="part of the argv prefix of another mypy")
    parser.add_argument("targets", nargs="+")
    return parser.parse_args(words)


def _program(fallback: list[str]) -> list[str]:
    """Return the argv prefix of mypy.

    Raises:
        RefusedError: the environment's own is too old to be understood.
    """
    own = Path(sys.executable).with_name("mypy")
    if not own.exists():
        return fallback
    version = importlib.metadata.version("mypy")
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < _OLDEST:
        needed = ".".join(str(part) for part in _OLDEST)
        raise RefusedError(f"the component's environment has mypy {version}; {needed} or newer is needed")
    return [str(own)]


def _options(given: argparse.Namespace) -> Iterator[str]:
    config = posixpath.join(os.getcwd(), given.config) if given.config else ""  # noqa: PTH109
    yield from (f"--config-file={config}", f"--cache-dir={given.cache}", f"--python-executable={sys.executable}")
    yield from ("--output=json", "--no-error-summary")
    if not given.config:
        yield from _DEFAULTS


def _targets(given: argparse.Namespace, settings: Mapping[str, Any], here: str) -> list[str] | None:
    """Return what mypy is handed, relative to the folder in which it runs; None where nothing is left.

    It is handed nothing where the component's own configuration says what to check.
    """
    if os.path.normpath(here) == os.path.normpath(given.component) and any(settings.get(name) for name in _TARGETS):
        return []
    patterns = _patterns(settings.get("exclude", []))
    kept = [path for path in (os.path.relpath(each, here) for each in given.targets) if not _matches(path, patterns)]
    # mypy would read the arguments from a file whose name stands behind an `@`.
    return [f"./{path}" if path.startswith("@") else path for path in kept] or None


def _patterns(exclude: object) -> list[re.Pattern[str]]:
    """Return the expressions of `exclude`, which is a list or a single one."""
    listed = exclude if isinstance(exclude, list) else [exclude]
    try:
        return [re.compile(str(each)) for each in listed if each]
    except re.error as error:
        raise RefusedError(f"mypy's exclude is no regular expression: {error}") from error


def _matches(path: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    """Whether mypy would leave the file out when it looks through the folders above: these end with a slash."""
    parts = path.split("/")
    names = [path, *("/".join(parts[:size]) + "/" for size in range(1, len(parts)))]
    return any(pattern.search(name) for pattern in patterns for name in names)


def _settings(path: str) -> Mapping[str, Any]:
    """Return mypy's own table of its configuration file.

    Raises:
        RefusedError: the file cannot be read; mypy would go on without it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return _toml(text) if path.endswith(".toml") else _ini(text)
    except (OSError, ValueError, configparser.Error) as error:
        raise RefusedError(f"{path}: {error}") from error


def _toml(text: str) -> Mapping[str, Any]:
    reader = importlib.import_module("tomllib" if importlib.util.find_spec("tomllib") else "tomli")  # mypy's own
    table = reader.loads(text).get("tool", {}).get("mypy", {})
    return table if isinstance(table, dict) else {}


def _ini(text: str) -> Mapping[str, Any]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return dict(parser["mypy"]) if parser.has_section("mypy") else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
