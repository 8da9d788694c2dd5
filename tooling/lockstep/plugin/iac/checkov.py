"""checkov over everything that it reads, without its maker's service and without anything from the tree that configures it.

checkov leaves out what it does not like, mostly without a word. So it has to account for each file that it was handed, and
for all that is to be checked in it: what it names as unreadable is a finding, and with anything else missing nothing of the
run is believed.

Report: {"checkov": [a report of checkov's for each framework], "severities": {rule: severity}, "syntax": [...], "unread": [...]}.
"""

import argparse
import json
import posixpath
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from lockstep.plugin import lockstep_checkov
from lockstep.plugin.iac.holding import held
from lockstep.plugin.iac.running import ScanError, last, limited, main, prepared, severities, unread
from lockstep.plugin.iac.sources import Kind, Source, Unread

_FRAMEWORKS = {
    Kind.TERRAFORM: "terraform",
    Kind.VALUES: "terraform",
    Kind.PLAN: "terraform_plan",
    Kind.KUBERNETES: "kubernetes",
    Kind.CLOUDFORMATION: "cloudformation",
}
_ALONE = ("--skip-download", "--compact", "--soft-fail", "--output=json", "--directory=.")
# Hidden folders and some others are passed over by default; no folder is called `/`.
_ENV = {"CKV_IGNORE_HIDDEN_DIRECTORIES": "false", "CKV_IGNORED_DIRECTORIES": "/", "LOG_LEVEL": "ERROR"}
_BROKEN = "checkov cannot read this file, so no rule was tried on it"
# So many of the places that were left out are named.
_MOST = 5
# Of a file without anything to check these say that it cannot be read, or nothing at all.
_MAY_BE_EMPTY = frozenset({"terraform_json", "cloudformation"})
# It does not look at an object without a name; in the copies the beginning of one is a name.
_BEGINNING = re.compile(rb"\bgenerateName([\"']?\s*:)")
# It takes a file with these for a template of Helm's, though they stand in a comment.
_HELM = re.compile(rb"(?<=\{\{)(-?\s*)\.(?=Release\.|Values\.)")
_FAILED = re.compile(r"Failed to run check (\w+) on (.+?):")


class _Notes(NamedTuple):
    """What each framework has read, by path, the paths of what it says it could not read, and what it found."""

    read: Mapping[str, Mapping[str, Collection[str]]]
    broken: Mapping[str, Collection[str]]
    reports: list[Any]


def scan(options: argparse.Namespace) -> Mapping[str, Any]:
    """Return what checkov says, how severe the rules are that it names, and which files it cannot read.

    Raises:
        ScanError: it left something out and did not say so, or it ended otherwise.
    """
    found = prepared(options.tree)
    holds = {each: _holds(each, options.tree) for each in found.sources if each.kind in _FRAMEWORKS}
    sources = [each for each, names in holds.items() if names or _framework(each) not in _MAY_BE_EMPTY]
    checked = [each for each in sources if each.kind is not Kind.VALUES]
    notes = _scanned(options, sorted({*map(_framework, checked)})) if checked else _Notes({}, {}, [])
    broken = {each: None for each in sources if each.path in notes.broken.get(_framework(each), ())}
    whole = [each for each in checked if each not in broken]
    _all_read([place for each in whole for place in _missing(each.path, holds[each], notes.read[_framework(each)])])
    return {
        "checkov": notes.reports,
        "severities": severities(options.rules, "checkov"),
        "syntax": [Unread(each.path, 1, _BROKEN)._asdict() for each in broken],
        "unread": unread(found),
    }


def _holds(source: Source, tree: Path) -> Mapping[str, int]:
    """Return what a copy holds, and make the copy one that checkov can read, with every line where it was."""
    place = tree / source.path
    data = place.read_bytes()
    legible = data.replace(b"\t", b" ") if _has_wrong_tabs(source, data) else data
    if source.kind is Kind.KUBERNETES:
        legible = _HELM.sub(rb"\1_", _BEGINNING.sub(rb"name\1" + b" " * len("generate"), legible))
    if legible != data:
        place.write_bytes(legible)
    return held(source.path, source.kind, legible.decode("utf-8-sig"))


def _has_wrong_tabs(source: Source, data: bytes) -> bool:
    """Whether tabs stand where checkov's reader takes none: anywhere in JSON, and between the words of YAML (but not in texts)."""
    if b"\t" not in data or source.path.endswith(".json"):
        return b"\t" in data
    if source.kind not in {Kind.KUBERNETES, Kind.CLOUDFORMATION}:
        return False
    try:
        for _ in yaml.scan(data, yaml.SafeLoader):
            pass
    except yaml.YAMLError:
        return True
    return False


def _framework(source: Source) -> str:
    is_json = source.kind is Kind.TERRAFORM and source.path.endswith(".json")
    return "terraform_json" if is_json else _FRAMEWORKS[source.kind]


def _scanned(options: argparse.Namespace, frameworks: list[str]) -> _Notes:
    """Return what checkov has read, and what it says of that."""
    config, notes = options.scratch / "checkov.yaml", options.scratch / "read.json"
    config.write_text("{}\n", "utf-8")
    program = (str(Path(options.program).with_name("python")), "-P", lockstep_checkov.__file__, str(notes))
    done = limited((*program, f"--config-file={config}", *_ALONE, "--framework", *frameworks), options.tree, _ENV)
    if done.exit_code not in {0, 1} or not notes.is_file():
        raise ScanError(f"checkov ended with exit code {done.exit_code}: {_complaint(done.stderr)}")
    return _Notes(**json.loads(notes.read_bytes()))


def _complaint(stderr: str) -> str:
    """Return the rule that failed, and where; else the end of what checkov said."""
    failed = _FAILED.findall(stderr)
    return f"{failed[-1][0]} failed on {posixpath.normpath(failed[-1][1].lstrip('/'))}" if failed else last(stderr)


def _missing(path: str, holds: Mapping[str, int], read: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield the places in a file of which a framework has read nothing."""
    if path in read:
        yield from (f"{path}:{line}" for name, line in holds.items() if name not in read[path])
    else:
        yield path


def _all_read(missing: list[str]) -> None:
    if missing:
        more = f" and {len(missing) - _MOST} more" if len(missing) > _MOST else ""
        raise ScanError(f"checkov left out {', '.join(missing[:_MOST])}{more}, and did not say why")


if __name__ == "__main__":
    sys.exit(main(scan, sys.argv[1:]))
