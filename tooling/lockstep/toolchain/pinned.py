"""Requirements files, flattened: what is installed from elsewhere, and what lies in the repository. Pure.

Follows pip's requirements file format: comments, continued lines, `-r` and `-c` relative to the file that names them.
"""

import posixpath
import re
from collections.abc import Callable

import msgspec

_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INCLUDE = re.compile(r"^(-r|--requirement|-c|--constraint)[\s=]*(.+)$")
_EDITABLE = re.compile(r"^(?:-e|--editable)[\s=]*(.+)$")
_DIRECT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@\s*file:(?://)?([^\s;]+)")
_EXTRAS = re.compile(r"\[([^\]]*)\]")
_LOCAL = re.compile(r"^((?:\.\.?(?:/|\[|\s|$)|file:|[\w./-]+/[\w.+-]+\.(?:whl|zip|tar\.gz)).*)$")
_NOWHERE = ("", "")
_SCHEME = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:")
_ARCHIVES = (".whl", ".tar.gz", ".zip")

Read = Callable[[str], bytes | None]


class Pinned(msgspec.Struct, frozen=True):
    """What requirements files say, all paths relative to the repository's root.

    lines: requirements and options as written. constraints: the same, of `-c` files. archives: distributions that lie
    in the repository. projects: folders of the repository whose own requirements are wanted. extras: of those projects,
    the optional requirements that are wanted too. files: all that was read. missing: files that are named and not there.
    """

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def flatten(paths: tuple[str, ...], read: Read) -> Pinned:
    """Return what the files at `paths` say, with all that they include; `read` gives bytes, or None for no such file."""
    lists: dict[str, dict[str, None]] = {name: {} for name in Pinned.__struct_fields__}
    pending = [(path, "lines") for path in paths]
    for path, kind in pending:
        data = read(path)
        lists["files" if data is not None else "missing"][path] = None
        for line in _lines(data or b""):
            found, value = _sorted_out(line, posixpath.dirname(path), kind)
            if found in {"-r", "-c"}:
                include = (value, "constraints" if found == "-c" else kind)
                pending += [include] if include not in pending else []
            elif value:
                lists[found][value] = None
            if found == "projects":
                lists["extras"] |= dict.fromkeys(_extras(line))
    return Pinned(**{name: tuple(values) for name, values in lists.items()})


def _lines(data: bytes) -> list[str]:
    text = _CONTINUED.sub(" ", data.decode("utf-8-sig", "replace"))
    return [line for raw in text.splitlines() if (line := _COMMENT.sub("", raw).strip())]


def _sorted_out(line: str, folder: str, kind: str) -> tuple[str, str]:
    """Return the list that the line belongs to, and its text or its path relative to the root.

    What is somewhere else (a URL, a path outside of the repository) stays as it is written.
    """
    include = _INCLUDE.match(line)
    if include:
        path = _inside(folder, include[2])
        return ("-c" if include[1] in {"-c", "--constraint"} else "-r", path) if path else (kind, line)
    editable = _EDITABLE.match(line)
    direct = _DIRECT.match(line)
    target = (editable or direct or _LOCAL.match(line) or _NOWHERE)[1]
    path = _inside(folder, target.split(";")[0].strip().removeprefix("file:").partition("#")[0].partition("[")[0])
    if not target or not path:
        return kind, line
    return ("archives" if path.endswith(_ARCHIVES) else "projects"), path


def _extras(line: str) -> list[str]:
    """Return the extras that a line asks of a project, as in `-e .[fast]` or `common[fast] @ file:../common`."""
    named = _EXTRAS.search(line)
    return [extra for each in named[1].split(",") if (extra := each.strip())] if named else []


def _inside(folder: str, target: str) -> str:
    """Return the path relative to the root; "" for a URL and for what leaves the repository."""
    if _SCHEME.match(target):
        return ""
    path = posixpath.normpath(posixpath.join(folder, target.strip().strip("'\"")))
    return "" if path.startswith(("/", "..")) else path
