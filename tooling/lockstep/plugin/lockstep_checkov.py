"""Run checkov, and note what it has read; this runs in checkov's own interpreter, where nothing of Lockstep's is.

    lockstep_checkov.py NOTES WORD...

checkov is called with these words and does all of its work in this process: of one that it forks and that dies, it would
not say a word. NOTES becomes JSON:

    read      {framework: {path: [name, ...]}}: of each file that a framework has read, the names of what it found there to
              be checked, as `lockstep.plugin.iac.holding` has them
    broken    {framework: [path, ...]}: the files that it says it could not read
    reports   checkov's own, less whatever nobody reads: with that, a megabyte of manifests becomes a gigabyte

The exit code is checkov's; without NOTES it is not to be believed.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

# How many labels the blocks have of which there may be many.
_LEVELS = {"resource": 2, "data": 2, "module": 1, "output": 1, "variable": 1, "provider": 1}
_SAID = ("check_id", "check_name", "file_path", "file_line_range", "resource", "guideline")
# What has these hosts is fetched by git, whatever follows.
_REGISTRY = re.compile(r"(?:(?!github\.com|bitbucket\.org)[\w-]+(?:\.[\w-]+)+(?::\d+)?/)?[\w-]+/[\w-]+/[\w-]+(?://.+)?")

Read = Iterator[tuple[str, Iterable[str]]]


def main(words: list[str]) -> int:
    """Run checkov; return its exit code."""
    os.environ |= {"CHECKOV_PARALLELIZATION_TYPE": "none", "CHECKOV_NO_OUTPUT": "true"}
    notes, *rest = words
    sys.argv = ["checkov", *rest]
    _read_more()
    _ask_for_what_can_be()
    checkov = import_module("checkov.main").Checkov(rest)
    runners = {each.check_type: each for each in checkov.runners if each.check_type in checkov.config.framework}
    if "terraform" in runners:
        graphs = import_module("checkov.terraform.graph_builder.local_graph")
        runners["terraform"].graph_class = noting(graphs.TerraformLocalGraph)
    # Of all that has been loaded nothing becomes garbage.
    gc.freeze()
    gc.enable()
    code = checkov.run()
    read = {name: _by_path(READERS[name](runner)) for name, runner in runners.items()}
    broken = {each.check_type: [*map(os.path.relpath, each.parsing_errors)] for each in checkov.scan_reports}
    reports = [report_of(each) for each in checkov.scan_reports]
    Path(notes).write_text(json.dumps({"read": read, "broken": broken, "reports": reports}), "utf-8")
    return int(code or 0)


def _read_more() -> None:
    """Have checkov read what it would leave out though it is as it should be; it has no settings for this."""
    # Names with braces in them are common in what is a template itself, and custom resources may call anything a name.
    validator = import_module("checkov.kubernetes.parser.validatior").K8sValidator
    validator._is_name_valid = staticmethod(lambda _: (True, ""))  # noqa: SLF001
    judge = validator.is_valid_template
    validator.is_valid_template = staticmethod(lambda template: judge(plain_list(template)))
    # Kubernetes knows neither dates, some of which are none, nor the value of a mapping that is written `=`.
    for form in ("json", "yaml"):
        loader = import_module(f"checkov.kubernetes.parser.k8_{form}").SafeLineLoader
        for tag in ("timestamp", "value"):
            loader.add_constructor(f"tag:yaml.org,2002:{tag}", loader.construct_yaml_str)
    parser: Any = import_module("checkov.terraform_json.parser")
    prepare = parser.prepare_definition
    parser.prepare_definition = lambda definition: prepare(blocks_alone(definition))


def plain_list(template: Any) -> Any:  # noqa: ANN401 - YAML
    """Return a document of Kubernetes, where it is a list of one kind (`PodList`) as a list of any, which checkov knows."""
    if isinstance(template, dict) and str(template.get("kind")).endswith("List"):
        items = template.get("items")
        if isinstance(items, list) and all(
            isinstance(each, dict) and {"apiVersion", "kind"} <= {*each} for each in items
        ):
            template["kind"] = "List"
    return template


def report_of(report: Any) -> Mapping[str, Any]:  # noqa: ANN401 - checkov's
    """Return the part of a framework's report that is read, in the form of checkov's JSON."""
    kept = {
        kind: [{name: getattr(check, name) for name in _SAID} for check in getattr(report, kind)]
        for kind in ("failed_checks", "skipped_checks")
    }
    return {"check_type": report.check_type, "results": kept}


def _ask_for_what_can_be() -> None:
    """Have CKV_TF_1 say nothing of a registry's modules: they have no commits, and CKV_TF_2 asks for their version."""
    rule = import_module("checkov.terraform.checks.module.generic.RevisionHash").check
    unknown = import_module("checkov.common.models.enums").CheckResult.UNKNOWN
    judge = rule.scan_module_conf
    rule.scan_module_conf = lambda conf: unknown if is_of_registry(conf.get("source")) else judge(conf)


def is_of_registry(source: object) -> bool:
    """Whether what checkov has of `source` is the address of a module in a registry: NAMESPACE/NAME/SYSTEM, after a host if any."""
    return isinstance(source, list) and bool(_REGISTRY.fullmatch(str(*source[:1])))


def blocks_alone(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return Terraform in JSON without what checkov stumbles over: lists of blocks, and settings of Terraform itself."""
    levels = {kind: _LEVELS.get(kind, 0) for kind in definition if kind != "terraform"}
    return {kind: _merged(definition[kind], labels) for kind, labels in levels.items()}


def _merged(value: Any, labels: int) -> Any:  # noqa: ANN401 - JSON
    """Return a block, or an object of what has so many labels; a list stands for all of its objects."""
    if not labels:
        return value[0] if isinstance(value, list) and len(value) == 1 else value
    merged: dict[str, Any] = {}
    for part in value if isinstance(value, list) else [value]:
        for name, inner in part.items():
            below = _merged(inner, labels - 1) if isinstance(inner, dict | list) else inner
            merged[name] = {**merged.get(name, {}), **below} if labels > 1 and isinstance(below, dict) else below
    return merged


def noting(graph: type[Any]) -> type[Any]:
    """Return the class of a graph that notes the blocks it is made of, before what is there no times is taken away."""

    class Noting(graph):  # type: ignore[misc]
        blocks: ClassVar[list[tuple[str, str]]] = []

        def __init__(self, module: Any) -> None:  # noqa: ANN401 - checkov's
            super().__init__(module)
            self.blocks.extend((each.path, _name(each)) for each in module.blocks)

    return Noting


def _name(block: Any) -> str:  # noqa: ANN401
    """Return kind and labels; checkov adds the alias to a provider's."""
    name = block.name.partition(".")[0] if block.block_type == "provider" else block.name
    return f"{block.block_type}.{name}"


def _by_path(read: Read) -> dict[str, list[str]]:
    return {os.path.relpath(path): list(names) for path, names in read}


def _terraform(runner: Any) -> Read:  # noqa: ANN401 - checkov's, here and below
    names: dict[str, list[str]] = {}
    for path, name in runner.graph_class.blocks:
        names.setdefault(path, []).append(name)
    for path, data in runner.graph_manager.parser.loaded_files_map.items():
        if data is not None:
            yield path, names.get(path, ())


def _terraform_json(runner: Any) -> Read:  # noqa: ANN401
    for path, blocks in runner.definitions.items():
        yield path, [".".join((kind, *_labels(kind, each))) for kind, found in blocks.items() for each in found]


def _labels(kind: str, block: Mapping[str, Any]) -> Iterator[str]:
    yield from block
    if kind in {"resource", "data"}:
        yield from next(iter(block.values()))


def _kubernetes(runner: Any) -> Read:  # noqa: ANN401
    for path, documents in runner.definitions.items():
        yield path, [str(each["__startline__"]) for each in documents]


def _cloudformation(runner: Any) -> Read:  # noqa: ANN401
    for path in runner.definitions_raw:
        yield path, runner.context.get(path, {}).get("Resources", ())


def _plan(runner: Any) -> Read:  # noqa: ANN401
    for path in runner.definitions:
        yield path, ()


READERS: Mapping[str, Callable[[Any], Read]] = {
    "terraform": _terraform,
    "terraform_json": _terraform_json,
    "terraform_plan": _plan,
    "kubernetes": _kubernetes,
    "cloudformation": _cloudformation,
}

if __name__ == "__main__":
    # Half of a short run would go into looking for garbage among four thousand modules, and into taking them down.
    gc.disable()
    ended = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)
