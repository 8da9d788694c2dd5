"""What files hold that has to be checked, by the names under which checkov knows it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from lockstep.plugin.iac import hcl
from lockstep.plugin.iac.sources import LOADER, Kind, entries

_OBJECT = {"apiVersion", "kind"}
_BLOCKS = {"resource": 2, "data": 2, "module": 1, "provider": 1}


def held(path: str, kind: Kind, text: str) -> Mapping[str, int]:
    """Return the names of what a file holds, each with the line (from 1) on which it begins.

    A block of Terraform is its kind and labels (`resource.aws_sqs_queue.receipts`), a resource of CloudFormation its name, an
    object of Kubernetes the line itself, for it may have no name. Of a plan nothing is told, and what cannot be read holds
    something that has no name.
    """
    try:
        return dict(_held(path, kind, text))
    except (ValueError, RecursionError, yaml.YAMLError):
        return {"": 1}


def _held(path: str, kind: Kind, text: str) -> Iterator[tuple[str, int]]:
    if kind is Kind.TERRAFORM:
        return _json_blocks(text) if path.endswith(".json") else _blocks(text)
    if kind is Kind.KUBERNETES:
        return _objects(text)
    return _resources(text) if kind is Kind.CLOUDFORMATION else iter(())


def _blocks(text: str) -> Iterator[tuple[str, int]]:
    for block in hcl.outline(text).blocks:
        if block.kind in _BLOCKS:
            yield ".".join((block.kind, *block.labels)), block.line


def _json_blocks(text: str) -> Iterator[tuple[str, int]]:
    root = json.loads(text)
    for kind, labels in _BLOCKS.items():
        for name in _labelled(root.get(kind) if isinstance(root, dict) else None, labels):
            yield f"{kind}.{name}", 1


def _labelled(value: Any, labels: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the labels of blocks: so many levels of keys, at any of which there may be a list of objects."""
    for each in value if isinstance(value, list) else [value]:
        for name, inner in each.items() if isinstance(each, dict) else ():
            if name != "//":
                yield from (name,) if labels == 1 else (f"{name}.{more}" for more in _labelled(inner, labels - 1))


def _objects(text: str) -> Iterator[tuple[str, int]]:
    for root in yaml.compose_all(text, LOADER):
        keys = entries(root)
        if keys.keys() >= _OBJECT:
            items = keys.get("items") if str(keys["kind"].value).endswith("List") else None
            listed = items.value if isinstance(items, yaml.SequenceNode) else [root]
            # A list of one kind is a list of objects if they are such.
            is_list = keys["kind"].value == "List" or all(entries(each).keys() >= _OBJECT for each in listed)
            lines = [node.start_mark.line + 1 for node in (listed if is_list else [root]) if entries(node)]
            yield from ((str(line), line) for line in lines)


def _resources(text: str) -> Iterator[tuple[str, int]]:
    for name, node in entries(entries(yaml.compose(text, LOADER)).get("Resources")).items():
        if "Type" in entries(node):
            yield name, node.start_mark.line + 1
