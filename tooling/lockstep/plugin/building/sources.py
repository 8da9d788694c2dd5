"""List what a component's lock brings in, as SPDX: what its environment holds, each with its version and licence.

Syft reads the environment; what it passes over is told, and licences that it does not find are said as the gate licenses
knows them: from License-Expression, classifiers, and [licenses.packages].
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lockstep.artifacts import sboms
from lockstep.model.component import Component, Kind
from lockstep.model.digests import of_value
from lockstep.parsers import licenses
from lockstep.parsers.licenses import Package
from lockstep.parsers.reading import UnreadableError
from lockstep.plugin.building import describing
from lockstep.plugin.building.making import BuildError, main

_WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def program(argv: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """List what `argv` names; return where the report goes, and the report.

    Raises:
        BuildError: the environment cannot be looked into.
    """
    given = _options(argv)
    packages = _packages(given)
    folder = _asked(given.python, "-c", _WHERE).decode().strip()
    about = of_value([[each.name, each.version, licence] for each, licence in packages])
    made = describing.document(given, f"dir:{folder}", name=given.name, about=about)
    made = sboms.licensed(made, {sboms.key(each.name, each.version): licence for each, licence in packages if licence})
    listed = sboms.listed(made)
    broken = [gap for each, licence in packages for gap in _gaps(each, licence, listed)]
    return given.report, {"sboms": describing.kept(given, made, name=given.name), "broken": broken}


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--python", required=True, help="the interpreter of the component's environment")
    parser.add_argument("--collector", required=True, help="the program that says what is installed there")
    parser.add_argument("--component", required=True, help="the component's folder")
    parser.add_argument("--policy", required=True, help="the policy about licences, as JSON")
    parser.add_argument("--name", required=True, help="what the document is called")
    describing.options(parser)
    parser.add_argument("--epoch", required=True, type=int, help="when the component was last changed")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the report is written")
    return parser.parse_args(argv)


def _packages(given: argparse.Namespace) -> tuple[tuple[Package, str], ...]:
    collected = asked(given, given.python, f"--above={given.component}")
    try:
        component = Component(given.component, given.component, Kind.REPOSITORY)
        return licenses.third_parties(collected, component)
    except UnreadableError as error:
        raise BuildError(str(error)) from error


def asked(given: argparse.Namespace, python: str, *words: str) -> bytes:
    """Return what the collector says when that interpreter runs it.

    given: the options `collector`, `policy` and `scratch` of a program.

    Raises:
        BuildError: it gives up.
    """
    collected: Path = given.scratch / "collected.json"
    _asked(python, given.collector, f"--report={collected}", f"--policy={given.policy}", *words)
    return collected.read_bytes()


def _asked(*argv: str) -> bytes:
    done = subprocess.run(argv, capture_output=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr.decode("utf-8", "replace"))
        raise BuildError("the component's environment cannot be looked into")
    return done.stdout


def _gaps(package: Package, licence: str, listed: Mapping[tuple[str, str], bool]) -> Iterator[dict[str, Any]]:
    """Yield what the document lacks of a package: itself, or its licence where nobody knows one."""
    known = listed.get(sboms.key(package.name, package.version))
    who, place = f"{package.name} {package.version}", package.location
    where = {"what": package.name, "path": place.path, "line": place.line}
    if known is None:
        yield {"rule": "not-listed", "message": f"the SBOM does not list {who}", **where}
    elif not (known or licence):
        yield no_licence(who, where)


def no_licence(who: str, where: Mapping[str, Any]) -> dict[str, Any]:
    """Return the remark that nobody knows a package's licence: whether that may be is for the gate licenses to judge."""
    message = f"the SBOM cannot say under which licence {who} is; say it in [licenses.packages] in lockstep.toml"
    return {"rule": "no-licence", "message": message, "level": "note", **where}


if __name__ == "__main__":
    sys.exit(main(program, sys.argv[1:]))
