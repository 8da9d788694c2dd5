"""What each file of a tree is, and whether it can be handed to scanners at all."""

import os
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from lockstep.plugin.iac import hcl

_MEGABYTE = 1024 * 1024
# Larger ones are data; the largest stacks are written in a hundredth of it.
LARGEST = 4 * _MEGABYTE
LARGEST_PLAN = 16 * _MEGABYTE
DEEPEST = 64
# In one line of HCL: the time that tflint takes grows with the square of it, or faster.
MOST_OPERATORS = 500
# CloudFormation takes 500 in a template; over many more, scanners that hold each against each other take hours.
MOST_RESOURCES = 1000
# cfn-lint ends where one of these is null.
_SECTIONS = frozenset({"Parameters", "Resources"})
# Values that a document may have once its aliases are replaced by what they stand for.
MOST_VALUES = 200_000

_KEY = r"(?:^|[{{,]\s*)[\"']?{}[\"']?\s*:"
_FORMS = {
    name: re.compile(_KEY.format(name).encode(), re.MULTILINE)
    for name in (
        *("apiVersion", "kind", "AWSTemplateFormatVersion", "Resources"),
        *("resource_changes", "planned_values", "format_version"),
    )
}
# checkov passes over a plan without them.
_OF_PLANS = ("terraform_version", "planned_values")
_AWS_TYPE = re.compile(rb"[\"']?Type[\"']?\s*:\s*[\"']?AWS::")
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml")
_ODD_KIND = re.compile(rb"\bkind[\"']?\s*:(?:[ \t]*[{\[&*!#]|[ \t]*[\r\n])")
_SEPARATOR = re.compile(r"^---", re.MULTILINE)
_TEMPLATED = re.compile(rb"\{\{-?\s*(?:\.|\$|include|if|range|with|end|template|define|toYaml|/\*)")


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NO_UTF_8 = "this file is not UTF-8"
_NO_YAML = "this is no YAML"
_NO_KEY = "a key is no text"
_YAML_TAG = "tag:yaml.org,2002:"
_TAGS = frozenset({"!", "binary", "bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp"})
_LONGEST_TAG = 80


class Kind(StrEnum):
    """What a file is to scanners. `values` are variables' values and tests, which go along with Terraform."""

    TERRAFORM = "terraform"
    VALUES = "values"
    PLAN = "plan"
    KUBERNETES = "kubernetes"
    CLOUDFORMATION = "cloudformation"
    COMPOSE = "compose"
    OTHER = "other"


class Source(NamedTuple):
    """A file: its path in the tree with `/`, and what it is."""

    path: str
    kind: Kind


class Unread(NamedTuple):
    """A place at which a file cannot be read, and why; `grave` unless nobody would expect that it can."""

    path: str
    line: int
    message: str
    grave: bool = True


class Sorted(NamedTuple):
    """The files that scanners may see, and those that they may not."""

    sources: tuple[Source, ...]
    unread: tuple[Unread, ...]

    def of(self, *kinds: Kind) -> tuple[str, ...]:
        """Return the paths of files of these kinds."""
        return tuple(source.path for source in self.sources if source.kind in kinds)


def sort(tree: Path, paths: Sequence[str] | None = None) -> Sorted:
    """Return what the files of `tree` (all, or those at `paths`) are."""
    sources, unread = [], []
    for path in walk(tree) if paths is None else paths:
        kind, trouble = look(path, tree / path)
        if trouble:
            unread.append(trouble)
        elif kind is not Kind.OTHER:
            sources.append(Source(path, kind))
    return Sorted(tuple(sources), tuple(unread))


def walk(tree: Path) -> Iterator[str]:
    """Yield the paths of all files below `tree`, in order."""
    found = (os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names)  # noqa: PTH118 - hot
    yield from sorted(os.path.relpath(each, tree) for each in found)


def look(path: str, place: Path) -> tuple[Kind, Unread | None]:
    """Return what the file is, and why it cannot be read where that is so."""
    kind = _named(path)
    size = place.stat().st_size
    if size > LARGEST_PLAN:
        return kind, _too_large(path, size) if kind is not Kind.OTHER or _is_structured(path) else None
    if kind is Kind.OTHER and not _is_structured(path):
        return kind, None
    data = place.read_bytes()
    if kind is Kind.OTHER and data.startswith(_UTF_16):
        return kind, Unread(path, 1, _NO_UTF_8)
    if kind is Kind.OTHER:
        kind = _within(path, data)
    if kind is Kind.OTHER:
        return kind, None
    if size > LARGEST and kind is not Kind.PLAN:
        return kind, _too_large(path, size)
    return kind, _trouble(path, kind, data)


def _named(path: str) -> Kind:
    name = path.rpartition("/")[2].lower()
    if name.endswith((".tf", ".tf.json", ".tofu")):
        return Kind.TERRAFORM
    if name.endswith((".tfvars", ".tfvars.json", ".tftest.hcl")):
        return Kind.VALUES
    return Kind.COMPOSE if _COMPOSE.fullmatch(name) else Kind.OTHER


def _is_structured(path: str) -> bool:
    return path.lower().endswith((".yaml", ".yml", ".json", ".template"))


def _within(path: str, data: bytes) -> Kind:
    """Return what YAML or JSON holds, by the keys that stand in it."""
    has = {name for name, pattern in _FORMS.items() if pattern.search(data)}
    plain = _of_keys(path, has, is_aws=_AWS_TYPE.search(data) is not None)
    # Keys may be escaped, anchored, indented, or stand in lines that end otherwise.
    return plain if plain is not Kind.OTHER or len(data) > LARGEST else _of_keys(path, *_keys(data))


def _of_keys(path: str, has: set[str], is_aws: bool) -> Kind:  # noqa: FBT001 - what `_keys` tells
    if path.endswith(".json") and has & {"resource_changes", "planned_values"} and "format_version" in has:
        return Kind.PLAN
    if "AWSTemplateFormatVersion" in has or ("Resources" in has and is_aws):
        return Kind.CLOUDFORMATION
    return Kind.KUBERNETES if {"apiVersion", "kind"} <= has else Kind.OTHER


def _keys(data: bytes) -> tuple[set[str], bool]:
    """Return the keys at the top of documents, as far as they can be read, and whether something in them is of AWS."""
    keys: set[str] = set()
    is_aws = False
    # Of each open mapping or sequence: how many values it has so far (keys count), None in sequences.
    counts: list[int | None] = []
    try:
        for event in yaml.parse(data.decode("utf-8-sig", "replace"), LOADER):
            if isinstance(event, yaml.CollectionEndEvent):
                counts.pop()
                continue
            if not isinstance(event, yaml.NodeEvent):
                continue
            count = counts[-1] if counts else None
            if isinstance(event, yaml.ScalarEvent):
                is_aws = is_aws or event.value.startswith("AWS::")
                keys |= {event.value} if len(counts) == 1 and count is not None and not count % 2 else set()
            if count is not None:
                counts[-1] = count + 1
            if isinstance(event, yaml.CollectionStartEvent):
                counts.append(0 if isinstance(event, yaml.MappingStartEvent) else None)
    except yaml.YAMLError:
        pass
    return keys, is_aws


def _too_large(path: str, size: int) -> Unread:
    return Unread(path, 1, f"this file has {size / _MEGABYTE:.0f} MB, which is more than scanners are given")


def _trouble(path: str, kind: Kind, data: bytes) -> Unread | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unread(path, data.count(b"\n", 0, error.start) + 1, _NO_UTF_8)
    if "\0" in text:
        return Unread(path, 1, "this file is not text")
    if path.endswith(".tofu"):
        return Unread(path, 1, "scanners know Terraform only; give it the suffix .tf")
    return _trouble_of(path, kind, data, text)


def _trouble_of(path: str, kind: Kind, data: bytes, text: str) -> Unread | None:
    if kind in {Kind.TERRAFORM, Kind.VALUES} and not path.endswith(".json"):
        return _hcl_trouble(path, text)
    if kind is Kind.KUBERNETES:
        return _kubernetes_trouble(path, data, text)
    if kind is Kind.CLOUDFORMATION:
        return _cloudformation_trouble(path, data, text)
    return (_plan_trouble(path, text) if kind is Kind.PLAN else None) or _yaml_trouble(path, text)


def _plan_trouble(path: str, text: str) -> Unread | None:
    lacking = [key for key in _OF_PLANS if f'"{key}"' not in text]
    why = f"this is no plan as `terraform show -json` writes it: it lacks {', '.join(lacking)}"
    return Unread(path, 1, why) if lacking else None


def _kubernetes_trouble(path: str, data: bytes, text: str) -> Unread | None:
    # checkov looks for these in the text, and passes over a file without them.
    if b"apiVersion" not in data or b"kind" not in data:
        return Unread(path, 1, "its keys are escaped, which scanners do not see through")
    trouble = _yaml_trouble(path, text, _TAGS) or _kind_trouble(path, data, text)
    if "templates" in path.split("/")[:-1] and _TEMPLATED.search(data):
        return _template(path)
    # What is written in a comment or a text makes no template of an object that Kubernetes takes as it is.
    unfinished = trouble is not None and trouble.message.startswith((_NO_YAML, _NO_KEY))
    return _template(path) if unfinished and "{{" in text and not _has_object(path, text) else trouble


def _kind_trouble(path: str, data: bytes, text: str) -> Unread | None:
    """Return where an object's kind is no text, at which checkov ends; documents are composed only where one may be so."""
    if not _ODD_KIND.search(data):
        return None
    for document in yaml.compose_all(text, LOADER):
        kind = entries(document).get("kind")
        if kind is not None and not isinstance(kind, yaml.ScalarNode):
            return Unread(path, kind.start_mark.line + 1, "the kind of an object is no text")
    return None


def _has_object(path: str, text: str) -> bool:
    """Return whether a document of the text is whole: Kubernetes takes it, whatever the others are."""
    return any(
        "apiVersion" in each and "kind" in each and _yaml_trouble(path, each, _TAGS) is None
        for each in _SEPARATOR.split(text)
    )


def _template(path: str) -> Unread:
    """Return why a file is not read that nothing takes as it is, so that it excuses nothing."""
    return Unread(path, 1, "a template is not scanned; scan what is made of it", grave=False)


def _cloudformation_trouble(path: str, data: bytes, text: str) -> Unread | None:
    if (resources := len(_AWS_TYPE.findall(data))) > MOST_RESOURCES:
        return Unread(path, 1, f"it has {resources} resources, and CloudFormation takes 500")
    if trouble := _yaml_trouble(path, text):
        return trouble
    sections = entries(_composed(text))
    for name, node in sections.items():
        if name in _SECTIONS and node.tag == f"{_YAML_TAG}null":
            return Unread(path, node.start_mark.line + 1, f"{name} is null, which CloudFormation refuses")
    types = (entries(node).get("Type") for node in entries(sections.get("Resources")).values())
    # Modules of Rain's are such. What has no tag has one of YAML's own.
    is_filled_in = any(
        kind and not (isinstance(kind, yaml.ScalarNode) and kind.tag.startswith(_YAML_TAG)) for kind in types
    )
    return _template(path) if is_filled_in else None


def _hcl_trouble(path: str, text: str) -> Unread | None:
    outline = hcl.outline(text)
    if outline.depth > DEEPEST:
        return Unread(path, 1, f"it is nested {outline.depth} deep, which scanners cannot read")
    if outline.operators > MOST_OPERATORS:
        return Unread(path, 1, f"a line has {outline.operators} operators, over which scanners would take hours")
    return None


def _yaml_trouble(path: str, text: str, tags: frozenset[str] | None = None) -> Unread | None:
    """Read YAML (and so JSON) as a stream of events, which takes no more memory than its text, however it is nested.

    tags: those that scanners know; a file with another is left out by some of them. None for any.
    """
    counter = _Counter()
    line = 1
    try:
        for event in yaml.parse(text, LOADER):
            line = _line(event.start_mark, line)
            tag = event.tag if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) else None
            if tags is not None and tag is not None and tag.removeprefix(_YAML_TAG) not in tags:
                return Unread(path, line, f"scanners do not read what has the tag {tag[:_LONGEST_TAG]}")
            if why := counter.hear(event) or (counter.is_key and tags is not None and _NO_KEY):
                return Unread(path, line, why)
    except yaml.MarkedYAMLError as error:
        return Unread(path, _line(error.problem_mark, line), f"{_NO_YAML}: {error.problem}")
    except (yaml.YAMLError, RecursionError) as error:
        return Unread(path, line, f"{_NO_YAML}: {' '.join(str(error).split())[:200]}")
    return None


def _line(mark: Any, otherwise: int) -> int:  # noqa: ANN401 - of either reader
    return otherwise if mark is None else mark.line + 1


class _Counter:
    """Counts the values of a document with each alias as all that it stands for.

    is_key: whether what has just begun is a mapping or a list where a key of a mapping has to be.
    """

    def __init__(self) -> None:
        self.is_key = False
        self._counts = [0]
        self._names: list[str | None] = []
        self._sizes: dict[str, int] = {}
        # Of each that is open: how many nodes a mapping has so far, keys among them; None in lists.
        self._nodes: list[int | None] = []

    def hear(self, event: yaml.Event) -> str:
        """Take an event; return why the document is too much, or ""."""
        self._place(event)
        if isinstance(event, yaml.AliasEvent):
            self._counts[-1] += self._sizes.get(event.anchor or "", MOST_VALUES + 1)
        elif isinstance(event, yaml.ScalarEvent):
            self._add(1, event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._counts.append(1)
            self._names.append(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._add(self._counts.pop(), self._names.pop())
        if len(self._counts) > DEEPEST:
            return f"it is nested more than {DEEPEST} deep, which scanners cannot read"
        if self._counts[-1] > MOST_VALUES:
            return f"with its aliases it has more than {MOST_VALUES} values, which scanners cannot read"
        return ""

    def _place(self, event: yaml.Event) -> None:
        nodes = self._nodes[-1] if self._nodes else None
        self.is_key = isinstance(event, yaml.CollectionStartEvent) and nodes is not None and not nodes % 2
        if isinstance(event, yaml.NodeEvent) and nodes is not None:
            self._nodes[-1] = nodes + 1
        if isinstance(event, yaml.CollectionStartEvent):
            self._nodes.append(0 if isinstance(event, yaml.MappingStartEvent) else None)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._nodes.pop()

    def _add(self, count: int, name: str | None) -> None:
        self._counts[-1] += count
        if name:
            self._sizes[name] = count


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the values of a mapping by its plain keys; of what is no mapping, nothing."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, LOADER)
    except yaml.YAMLError:
        return None
