"""What a file says about other places of the repository: pure functions of bytes.

Nothing here fails: what cannot be parsed refers to nothing, and the tool that owns the format will say so.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from lockstep.contracts.providers import provider_of
from lockstep.workspace import formats
from lockstep.workspace.formats import Format


class How(StrEnum):
    """How the target is to be understood.

    path: relative to the folder of the file. context: relative to the repository's root (a build context), with globs.
    python: a distribution's name, known to be local. listed: a distribution's name, local if the root says so.
    node: a package's name. provider: the name that a pact has for its provider.
    """

    PATH = "path"
    CONTEXT = "context"
    PYTHON = "python"
    LISTED = "listed"
    NODE = "node"
    PROVIDER = "provider"


class Reference(msgspec.Struct, frozen=True):
    """One reference, as written in the file."""

    how: How
    target: str


Found = Iterator[Reference]
Table = Mapping[str, Any]

_DIRECT = re.compile(r"@\s*(?:file:(?://)?|\{root:uri\}/?)([^\s;]+)")
_VARIABLE_ROOT = re.compile(r"^/*(?:\$\{PROJECT_ROOT\}|\$PROJECT_ROOT|\{root:uri\})/?")
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_OPTION = re.compile(r"^(-e|--editable|-r|--requirement|-c|--constraint)[\s=]*(.+)$")
_QUALIFIED = re.compile(r"\s+--|;")
_LOCAL = re.compile(r"file:|\.\.?(?:/|\[|$)")
_TERRAFORM = re.compile(r'^\s*(?:"source"\s*:|source\s*=)\s*"(\.\.?(?:/[^"]*)?)"', re.MULTILINE)
_REF = re.compile(r"""["']?\$ref["']?\s*:\s*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"',{}\[\]#][^\s"',{}\[\]]*))""")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|git@")
_INSTRUCTION = re.compile(r"^\s*(?:COPY|ADD)\s+(.+)$", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=(\S+)")
_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_FLAG = re.compile(r"^--[a-z-]+(?:=\S*)?\s+")


def normal(name: str) -> str:
    """Return a Python distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def table(data: bytes) -> Table:
    """Return TOML as a table; an empty one where it is none."""
    try:
        return tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}


def json_object(data: bytes) -> Table:
    """Return a JSON object; an empty one where it is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def at(value: object, *keys: str) -> Table:
    """Return the table below `keys`; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def texts(value: object) -> tuple[str, ...]:
    """Return the strings of a list; nothing where it is none."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def of_pyproject(data: bytes) -> Found:
    """Yield uv and Poetry sources, and the direct references and names of all requirements (PEP 508, 621 and 735)."""
    document = table(data)
    yield from _uv_sources(at(document, "tool", "uv", "sources"))
    yield from _poetry(at(document, "tool", "poetry"))
    for requirement in _requirements(document):
        yield from _requirement(requirement)


def _uv_sources(sources: Table) -> Found:
    for name, source in sources.items():
        for each in source if isinstance(source, list) else (source,):
            if isinstance(path := at(each).get("path"), str):
                yield Reference(How.PATH, path)
            if at(each).get("workspace") is True:
                yield Reference(How.PYTHON, normal(name))


def _poetry(poetry: Table) -> Found:
    groups = (at(group, "dependencies") for group in at(poetry, "group").values())
    for dependencies in (at(poetry, "dependencies"), at(poetry, "dev-dependencies"), *groups):
        for wanted in dependencies.values():
            for each in wanted if isinstance(wanted, list) else (wanted,):
                if isinstance(path := at(each).get("path"), str):
                    yield Reference(How.PATH, path)


def _requirements(document: Table) -> Iterator[str]:
    project = at(document, "project")
    yield from texts(project.get("dependencies"))
    yield from texts(at(document, "build-system").get("requires"))
    for groups in (
        at(project, "optional-dependencies"),
        at(document, "dependency-groups"),
        at(document, "tool", "pdm", "dev-dependencies"),
    ):
        for group in groups.values():
            yield from texts(group)
    yield from texts(at(document, "tool", "uv").get("dev-dependencies"))


def _requirement(text: str) -> Found:
    direct = _DIRECT.search(text)
    if direct:
        yield from _file(direct[1])
    elif text.lstrip().startswith("-e"):
        yield from _file(text.split(None, 1)[-1])
    elif name := _NAME.match(text):
        yield Reference(How.LISTED, normal(name[1]))


def _file(location: str) -> Found:
    """Yield the path of a `file:` location; an absolute one says nothing about the repository."""
    plain = location.strip().removeprefix("file://").removeprefix("file:").partition("#")[0]
    plain = _VARIABLE_ROOT.sub("", plain)
    if plain and not plain.startswith(("/", "$", "{")):
        yield Reference(How.PATH, plain.partition("[")[0])


def of_requirements(data: bytes) -> Found:
    """Yield editable and local installs, and included files (pip's requirements file format)."""
    text = _CONTINUED.sub(" ", data.decode("utf-8", "replace"))
    for raw in text.splitlines():
        line = re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].strip()
        option = _OPTION.match(line)
        target = _QUALIFIED.split(option[2] if option else line, maxsplit=1)[0].strip().strip("'\"")
        if direct := _DIRECT.search(target):
            yield from _file(direct[1])
        elif _LOCAL.match(target) or (option and not _SCHEME.match(target)):
            yield from _file(target)


def of_package_json(data: bytes) -> Found:
    """Yield `file:`, `link:` and `portal:` dependencies as paths and all others by name."""
    document = json_object(data)
    for group in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"):
        for name, wanted in at(document, group).items():
            protocol, colon, path = str(wanted).partition(":")
            if colon and protocol in {"file", "link", "portal"}:
                yield Reference(How.PATH, path.removeprefix("//"))
            elif protocol == "workspace" and path.startswith("."):
                yield Reference(How.PATH, path)
            else:
                yield Reference(How.NODE, name)


def of_dockerfile(data: bytes) -> Found:
    """Yield what COPY and ADD, and bind mounts of RUN, take from the build context."""
    text = _CONTINUED.sub(" ", data.decode("utf-8", "replace"))
    for line in text.splitlines():
        if instruction := _INSTRUCTION.match(line):
            for source in _copied(instruction[1]):
                yield Reference(How.CONTEXT, source)
        for mount in _MOUNT.finditer(line):
            options: dict[str, str] = dict(_pair(part) for part in mount[1].split(","))
            source = options.get("source", options.get("src", ""))
            if source and "from" not in options and options.get("type", "bind") == "bind":
                yield Reference(How.CONTEXT, source)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _copied(arguments: str) -> Iterator[str]:
    """Yield the sources of one instruction; another stage, a URL and a variable are none of ours."""
    rest = arguments.strip()
    while flag := _FLAG.match(rest):
        if flag[0].startswith("--from"):
            return
        rest = rest[flag.end() :]
    if rest.startswith("["):
        try:
            parts = texts(json.loads(rest))
        except ValueError:
            parts = ()
    else:
        parts = tuple(rest.split())
    for source in parts[:-1]:
        if not source.startswith("<<") and "$" not in source and not _SCHEME.match(source):
            yield source


def of_terraform(data: bytes) -> Found:
    """Yield the sources of local modules (those begin with `./` or `../`)."""
    for source in _TERRAFORM.findall(data.decode("utf-8", "replace")):
        yield Reference(How.PATH, source)


def of_schema(data: bytes) -> Found:
    """Yield the files that `$ref`s name, of JSON and YAML alike; references within the file and URLs are no others."""
    if b"$ref" not in data:
        return
    for groups in _REF.findall(data.decode("utf-8", "replace")):
        target = next(filter(None, groups)).replace("\\/", "/").partition("#")[0]
        if target and not _SCHEME.match(target):
            yield Reference(How.PATH, target)


def of_pact(data: bytes) -> Found:
    """Yield the provider, whose contract the pact is verified against."""
    name = provider_of(json_object(data))
    if name:
        yield Reference(How.PROVIDER, name)


READERS: Mapping[Format, Callable[[bytes], Found]] = {
    Format.PYPROJECT: of_pyproject,
    Format.PACKAGE_JSON: of_package_json,
    Format.REQUIREMENTS: of_requirements,
    Format.DOCKERFILE: of_dockerfile,
    Format.TERRAFORM: of_terraform,
    Format.SCHEMA: of_schema,
    Format.PACT: of_pact,
}


def of(path: str, data: bytes) -> tuple[Reference, ...]:
    """Return all that the file says, read as what its name makes it."""
    found = formats.of(path)
    return tuple(READERS[found](data)) if found is not None and found in READERS else ()
