"""Which file configures which tool for a component: the nearest one, from the component's folder up to the root.

And which files it extends: whatever that names in the words of one of these tools.
"""

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from lockstep.model.component import ROOT

# In the order in which each tool prefers them within one folder.
CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "actionlint": (".github/actionlint.yaml", ".github/actionlint.yml"),
    "biome": ("biome.json", "biome.jsonc", ".biome.json", ".biome.jsonc"),
    "black": ("pyproject.toml",),
    "editorconfig": (".editorconfig",),
    "eslint": (
        *(f"eslint.config.{suffix}" for suffix in ("js", "mjs", "cjs", "ts", "mts", "cts")),
        *(f".eslintrc{suffix}" for suffix in (".js", ".cjs", ".yaml", ".yml", ".json", "")),
    ),
    "gitleaks": (".gitleaks.toml",),
    "hadolint": (".hadolint.yaml", ".hadolint.yml"),
    "mypy": ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"),
    "ruff": (".ruff.toml", "ruff.toml", "pyproject.toml"),
    "shellcheck": (".shellcheckrc", "shellcheckrc"),
    "tsc": ("tsconfig.json",),
    "yamllint": (".yamllint", ".yamllint.yaml", ".yamllint.yml"),
    "zizmor": (".github/zizmor.yml", ".github/zizmor.yaml", "zizmor.yml", "zizmor.yaml"),
}
# Files that many tools share configure one only where they say so.
_SHARED = ("pyproject.toml", "setup.cfg")
NAMES = tuple(dict.fromkeys(name for names in CANDIDATES.values() for name in names))
READ = _SHARED
# Without folders: a tool finds them anywhere.
BARE = frozenset(name.rpartition("/")[2] for name in NAMES)
# `extend = "base.toml"`, `"extends": ["./base.json"]`, `extends: base.yaml`, `ignore-from-file: .gitignore`.
_EXTENDS = re.compile(r"""\b(?:extends?|ignore-from-file)["']?\s*[:=]\s*(\[[^\]]*\]|[^\n]*)""")
# `import base from "./base.js"`, `require("./base.js")`.
_IMPORTS = re.compile(r"""\b(?:from|import|require)\b\s*\(?\s*["'](\.[^"'\n]*)["']""")
_WORD = re.compile(r"[^\s\[\]{}(),;\"'#]+")
_ENDINGS = ("", ".json", ".js")


def of(folder: str, files: Collection[str], read: Callable[[str], bytes]) -> tuple[tuple[str, str], ...]:
    """Return pairs of tool and configuration file for a component in `folder` (relative to the root, or `.`).

    files: the paths of the repository. read: gives the content of those whose name is in `READ`.
    """
    found = ((tool, _nearest(tool, names, folder, files, read)) for tool, names in CANDIDATES.items())
    return tuple((tool, path) for tool, path in found if path)


def extended(path: str, files: Collection[str], read: Callable[[str], bytes]) -> tuple[str, ...]:
    """Return the files that the configuration at `path` extends, and those that these extend, sorted.

    read: gives the content of a file, empty where it is not known.
    """
    found: dict[str, None] = {}
    pending = [path]
    while pending:
        each = pending.pop()
        new = [target for target in _targets(each, read(each), files) if target not in found and target != path]
        found.update(dict.fromkeys(new))
        pending += new
    return tuple(sorted(found))


def _targets(path: str, data: bytes, files: Collection[str]) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    words = [word for match in _EXTENDS.finditer(text) for word in _WORD.findall(match[1])]
    folder = posixpath.dirname(path)
    for word in (*words, *_IMPORTS.findall(text)):
        place = posixpath.normpath(posixpath.join(folder, word))
        yield from (place + ending for ending in _ENDINGS if place + ending in files)


def _nearest(
    tool: str, names: Collection[str], folder: str, files: Collection[str], read: Callable[[str], bytes]
) -> str:
    for above in _upwards(folder):
        for name in names:
            path = name if above == ROOT else f"{above}/{name}"
            if path in files and (name not in _SHARED or _configures(name, read(path), tool)):
                return path
    return ""


def _upwards(folder: str) -> Iterator[str]:
    while folder and folder != ROOT:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ROOT


def _configures(name: str, data: bytes, tool: str) -> bool:
    if name == "setup.cfg":
        return any(line.strip() == f"[{tool}]" for line in data.decode("utf-8", "replace").splitlines())
    return tool in _tools(data)


def _tools(data: bytes) -> Mapping[str, Any]:
    """Return the `tool` table of a pyproject.toml, empty where it cannot be read."""
    import tomllib  # noqa: PLC0415 - the layout of a repository is read from a cache most of the time

    try:
        table = tomllib.loads(data.decode()).get("tool", {})
    except (ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}
