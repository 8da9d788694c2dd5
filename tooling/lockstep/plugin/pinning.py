"""Pin what workflows, actions and Dockerfiles name by a tag, where the digest is known: `--fix` of lint.

`python -m lockstep.plugin.pinning FORM FILE... [-- PROGRAM WORD...]` in the repository's root; FORM is `workflows` or
`dockerfiles`. Known are the actions of `lockstep.model.pins`, and what [pins] in lockstep.toml adds. Only the reference
changes, and a comment that keeps the tag; what cannot be read is left as it is. Becomes PROGRAM in the end.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from lockstep import config
from lockstep.config import PinsConfig
from lockstep.model.pins import ACTIONS
from lockstep.plugin.dockerfile import UNKNOWN, loose

_DOCKER = "docker://"
_END_OF_LINE = re.compile(r"(?P<blank>[ \t]*)(?P<comment>#[^\r\n]*)?\r?(?:\n|\Z)")
# What zizmor obeys: whoever wrote it wants the tag.
_WANTED = re.compile(r"#\s*zizmor:\s*ignore\[[^\]]*\bunpinned-uses\b")


class Edit(NamedTuple):
    """Text that takes the place of `text[start:end]`."""

    start: int
    end: int
    text: str


def main(argv: Sequence[str]) -> None:
    """Pin the files, then replace this process by the program that is named."""
    form, *words = argv
    paths, program = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    known = config.load(Path.cwd()).pins
    known = PinsConfig({**ACTIONS, **known.actions}, known.images)
    for path in map(Path, paths):
        data = path.read_bytes()
        pinned = FORMS[form](data.decode("utf-8", "surrogateescape"), known).encode("utf-8", "surrogateescape")
        if pinned != data:
            path.write_bytes(pinned)
    if program:
        os.execv(program[0], program)  # noqa: S606 - the argv that the gate made


def dockerfile(text: str, known: PinsConfig) -> str:
    """Return a Dockerfile with the images that are known named by digest."""
    named = {image.end: image.name for image in loose(text) if image.end != UNKNOWN}
    edits = (Edit(end, end, f"@{known.images[name]}") for end, name in named.items() if name in known.images)
    return _edited(text, edits)


def workflow(text: str, known: PinsConfig) -> str:
    """Return a workflow, or the definition of an action, with the actions and images that are known pinned."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return text
    scalars = {node.start_mark.index: node for node in _references(root) if isinstance(node, yaml.ScalarNode)}
    edits = [_edit(text, node, known) for node in scalars.values()]
    return _edited(text, filter(None, edits))


def _references(root: yaml.Node | None) -> Iterator[yaml.Node | None]:
    """Yield where actions and images are named in a workflow (`jobs`) or in an action (`runs`)."""
    runs = _value(root, "runs")
    yield _value(runs, "image")
    for job in (runs, *_values(_value(root, "jobs"))):
        container = _value(job, "container")
        yield from (_value(job, "uses"), container, _value(container, "image"))
        yield from (_value(service, "image") for service in _values(_value(job, "services")))
        yield from (_value(step, "uses") for step in _values(_value(job, "steps")))


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _values(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield the values of a mapping, or the items of a sequence."""
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _edit(text: str, node: yaml.ScalarNode, known: PinsConfig) -> Edit | None:
    """Return how a reference is pinned, None where it is not known, or not written as it is meant."""
    start, end = node.start_mark.index, node.end_mark.index
    written, image = text[start:end], known.images.get(node.value.removeprefix(_DOCKER))
    line = text[end : text.find("\n", end) + 1 or len(text)]
    if written not in {node.value, f"'{node.value}'", f'"{node.value}"'} or _WANTED.search(line):
        return None
    if image:
        return Edit(start, end, written.replace(node.value, f"{node.value}@{image}"))
    name, _, tag = node.value.partition("@")
    repository = "/".join(name.split("/")[:2])
    commit = known.actions.get(node.value) or known.actions.get(f"{repository}@{tag}")
    pinned = written.replace(node.value, f"{name}@{commit}")
    return Edit(start, end, pinned + _comment(line, tag)) if commit else None


def _comment(rest: str, tag: str) -> str:
    """Return the comment that keeps the tag: none where the line goes on, or already says it."""
    found = _END_OF_LINE.match(rest)
    if found is None or tag in (found["comment"] or "").split():
        return ""
    return f"  # {tag}"


def _edited(text: str, edits: Iterable[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


FORMS: Mapping[str, Callable[[str, PinsConfig], str]] = {"dockerfiles": dockerfile, "workflows": workflow}

if __name__ == "__main__":
    main(sys.argv[1:])
