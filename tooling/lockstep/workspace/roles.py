"""What files are for, where neither their name nor their folder's says so. Pure.

A manifest for Kubernetes or a template of CloudFormation may lie anywhere, and is scanned wherever it lies. A template of
Helm's, or of a generator of projects, only looks like what it will be rendered into: no tool can read it before that.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from lockstep.workspace.references import json_object
from lockstep.workspace.tree import above

_CHARTS = frozenset({"Chart.yaml", "Chart.yml"})
_GENERATORS = frozenset({"cookiecutter.json", "copier.yaml", "copier.yml"})
_PLACEHOLDERS = ("{{", "{%")
# What lies there is read by tests, and never applied to anything.
_OF_TESTS = frozenset({"tests", "test", "testdata", "fixtures", "__fixtures__", "node_modules"})
# Keys at the top of a document: what stands deeper is about something else.
_KEY = r"^[\"']?{}[\"']?[ \t]*:"
_API, _KIND, _FORMAT, _RESOURCES = (
    re.compile(_KEY.format(key).encode(), re.MULTILINE)
    for key in ("apiVersion", "kind", "AWSTemplateFormatVersion", "Resources")
)
_OF_AWS = re.compile(rb"[\"']?Type[\"']?[ \t]*:[ \t]*[\"']?AWS::")


def generated(paths: Iterable[str]) -> frozenset[str]:
    """Return the files of which a generator of projects makes others: below its settings, in folders named by a placeholder."""
    named = {path: [each for each in above(path) if _is_placeholder(each)] for path in paths if "{" in path}
    found = {path: folders for path, folders in named.items() if folders}
    if not found:
        return frozenset()
    roots = {_folder(path) for path in paths if path.rpartition("/")[2] in _GENERATORS}
    return frozenset(path for path, folders in found.items() if any(roots & {*above(each)} for each in folders))


def outermost(paths: Collection[str]) -> tuple[str, ...]:
    """Return the outermost folders named by a placeholder that hold `paths`, sorted."""
    return tuple(sorted({[each for each in above(path) if _is_placeholder(each)][-1] for path in paths}))


def of_charts(paths: Collection[str]) -> frozenset[str]:
    """Return the files from which Helm renders manifests: those in the folder `templates` of a chart."""
    charts = {_folder(path) for path in paths if path.rpartition("/")[2] in _CHARTS}
    if not charts:
        return frozenset()
    return frozenset(path for path in paths if any(_is_of(each, charts) for each in above(path)))


def manifests(contents: Mapping[str, bytes]) -> frozenset[str]:
    """Return which files are manifests for Kubernetes or templates of CloudFormation, as their keys say."""
    return frozenset(_manifests(contents))


def _manifests(contents: Mapping[str, bytes]) -> Iterator[str]:
    for path, data in contents.items():
        suffix = path.rpartition(".")[2].lower()
        if suffix in {"yaml", "yml"}:
            told = _is_yaml_manifest(data)
        elif suffix == "json":
            told = _is_json_manifest(data)
        else:
            continue
        if told and _OF_TESTS.isdisjoint(path.split("/")):
            yield path


def _is_yaml_manifest(data: bytes) -> bool:
    """Look for keys only in what has the words at all, here and below: most files are data, and may be large."""
    if b"apiVersion" in data and _API.search(data) and _KIND.search(data):
        return True
    if b"AWSTemplateFormatVersion" in data and _FORMAT.search(data):
        return True
    return bool(b"AWS::" in data and _RESOURCES.search(data) and _OF_AWS.search(data))


def _is_json_manifest(data: bytes) -> bool:
    for_kubernetes = b'"apiVersion"' in data and b'"kind"' in data
    if not for_kubernetes and not (b"AWS::" in data and _OF_AWS.search(data)):
        return False
    found = json_object(data)
    return "Resources" in found or all(isinstance(found.get(key), str) for key in ("apiVersion", "kind"))


def _folder(path: str) -> str:
    return next(above(path))


def _is_placeholder(folder: str) -> bool:
    return any(mark in folder.rpartition("/")[2] for mark in _PLACEHOLDERS)


def _is_of(folder: str, charts: Collection[str]) -> bool:
    around, _, name = folder.rpartition("/")
    return name == "templates" and (around or ".") in charts
