"""List what all lock files of the repository bring in, as one SPDX document: each package with its version and licence.

Syft reads copies of the lock files. What it passes over, or has no reader for, comes from Lockstep's own readers, and so do
licences, from where the gate licenses has them. What manifests ask for and no lock names in a version is told.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import metadata
from pathlib import Path
from posixpath import basename
from typing import Any

import msgspec

from lockstep.artifacts import sboms
from lockstep.artifacts.sboms import Known
from lockstep.model.component import Component, Kind
from lockstep.model.digests import of_bytes, of_value
from lockstep.parsers import licenses, locked, lockfiles, unlocked
from lockstep.parsers.lockfiles import PYPI, Locked
from lockstep.parsers.reading import UnreadableError
from lockstep.plugin.building import describing
from lockstep.plugin.building.making import BuildError, main
from lockstep.plugin.building.sources import asked, no_licence

_OWN = "lockstep-ci"
_SHOWN = 10
# Lock files that Lockstep has no reader for, and what says that they name anything.
_NAMING = {
    **licenses.UNNAMED,
    "Pipfile.lock": '"hashes"',
    "Podfile.lock": "PODS:",
    "bun.lockb": "",
    "mix.lock": "{:hex",
    "packages.lock.json": '"resolved"',
    "pubspec.lock": "version:",
}
# Of what these bring in, the components' own documents say more: what is installed here, and what of that has no licence.
_INSTALLED = frozenset({"uv.lock", "poetry.lock"})


def program(argv: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """List what `argv` names; return where the report goes, and the report.

    Raises:
        BuildError: a lock file or an environment cannot be read.
    """
    given = _options(argv)
    files = {path: (given.tree / path).read_bytes() for path in given.file}
    texts = {path: data.decode("utf-8-sig", "replace") for path, data in files.items()}
    try:
        found = _licensed(given, tuple(_locked(given)))
    except UnreadableError as error:
        raise BuildError(str(error)) from error
    about = of_value(
        [[path, of_bytes(data)] for path, data in files.items()] + [[each.purl, each.licence] for each in found]
    )
    made = describing.document(given, f"dir:{given.tree}", name=given.name, about=about)
    read_by_syft = sboms.sources(made)
    made = sboms.completed(
        made, (Known(each.purl, each.name, each.version, each.licence, each.location.path) for each in found)
    )
    broken = [*_unread(texts, read_by_syft), *_loose(texts, found), *_unknown(found)]
    return given.report, {"sboms": describing.kept(given, made, name=given.name), "broken": broken}


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    describing.options(parser)
    parser.add_argument("--tree", required=True, type=Path, help="absolute folder with copies of the files")
    parser.add_argument("--file", action="append", default=[], help="a lock file or manifest in it; may be repeated")
    parser.add_argument("--collector", required=True, help="the program that says what is installed")
    parser.add_argument("--environments", required=True, help="interpreters by the folders of components, as JSON")
    parser.add_argument("--policy", required=True, help="the policy about licences, as JSON")
    parser.add_argument("--name", required=True, help="what the document is called")
    parser.add_argument("--epoch", required=True, type=int, help="when the repository was last changed")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the report is written")
    return parser.parse_args(argv)


def _locked(given: argparse.Namespace) -> Iterator[Locked]:
    locks = [f"--lock={path}" for path in given.file if locked.is_lock(path)]
    yield from lockfiles.read(asked(given, sys.executable, *locks))


def _licensed(given: argparse.Namespace, found: tuple[Locked, ...]) -> tuple[Locked, ...]:
    """Return packages of Python with the licences that the components' environments tell, and Lockstep itself."""
    own = metadata(_OWN)
    known = {sboms.key(_OWN, own["Version"]): licenses.expression(own["License-Expression"] or "")}
    for folder, python in sorted(json.loads(given.environments).items()):
        component = Component(folder, folder, Kind.REPOSITORY)
        installed = licenses.third_parties(asked(given, python, f"--above={folder}"), component)
        known |= {sboms.key(each.name, each.version): licence for each, licence in installed if licence}
    return tuple(
        msgspec.structs.replace(each, licence=each.licence or known.get(sboms.key(each.name, each.version), ""))
        if each.ecosystem == PYPI
        else each
        for each in found
    )


def _unread(texts: Mapping[str, str], read: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield the lock files that only Syft could read, and of which it says nothing."""
    for path, text in texts.items():
        mark = _NAMING.get(basename(path))
        if mark is not None and mark in text and path not in read:
            message = f"nothing that lists packages reads {path}, so the SBOM does not say what it brings in"
            yield {"rule": "not-listed", "what": path, "message": message, "path": path}


def _loose(texts: Mapping[str, str], found: Iterable[Locked]) -> Iterator[dict[str, Any]]:
    for gap in unlocked.gaps(texts, found):
        yield {"rule": gap.rule, "what": gap.name, "message": gap.message, "path": gap.path, "line": gap.line}


def _unknown(found: Iterable[Locked]) -> Iterator[dict[str, Any]]:
    """Yield the packages of which nobody knows the licence, each once for each file, at its first line."""
    unknown: dict[str, dict[tuple[str, str], Locked]] = {}
    for each in found:
        if not each.licence and basename(each.location.path) not in _INSTALLED:
            unknown.setdefault(each.location.path, {}).setdefault((locked.normal(each.name), each.version), each)
    for path, packages in unknown.items():
        shown = tuple(packages.values())[:_SHOWN]
        for each in shown:
            where = {"what": each.name, "path": path, "line": each.location.line}
            yield no_licence(f"{each.name} {each.version}".strip(), where)
        left = len(packages) - len(shown)
        if left:
            yield no_licence(f"each of {left} more packages", {"what": "more", "path": path})


if __name__ == "__main__":
    sys.exit(main(program, sys.argv[1:]))
