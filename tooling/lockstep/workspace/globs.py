"""Path globs of whole segments: `*` and `?` stay inside a segment, `**` spans any number of them, none included."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache


@lru_cache(maxsize=256)
def pattern(glob: str) -> re.Pattern[str]:
    """Return the pattern that whole paths (relative, with `/`) must match; a trailing `/` says nothing more."""
    segments = [segment for segment in glob.split("/") if segment not in {"", "."}]
    text = "".join(_segment(segment, last=index == len(segments) - 1) for index, segment in enumerate(segments))
    return re.compile(rf"(?s:{text})\Z")


def _segment(segment: str, *, last: bool) -> str:
    if segment == "**":
        return ".*" if last else "(?:[^/]+/)*"
    return _characters(segment) + ("" if last else "/")


def _characters(segment: str) -> str:
    """Return the regular expression of one segment; an unclosed `[` stands for itself."""
    out, rest = [], segment
    while rest:
        first, rest = rest[0], rest[1:]
        end = rest.find("]", 2 if rest[:1] in {"!", "^"} else 1) if first == "[" else -1
        if first == "*":
            out.append("[^/]*")
        elif first == "?":
            out.append("[^/]")
        elif end > 0:
            out.append(_choice(rest[:end]))
            rest = rest[end + 1 :]
        else:
            out.append(re.escape(first))
    return "".join(out)


def _choice(body: str) -> str:
    """Return `[...]`; a range that runs backwards holds nothing."""
    negated = body[0] in "!^"
    chosen = body[1:] if negated else body
    members, index = "", 0
    while index < len(chosen):
        low, high = chosen[index], chosen[index + 2 : index + 3]
        if chosen[index + 1 : index + 2] == "-" and high:
            members += f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
            index += 3
        else:
            members += re.escape(low)
            index += 1
    if negated:
        return f"[^/{members}]"
    return f"(?!/)[{members}]" if members else "(?!)"


def matches(glob: str, path: str) -> bool:
    """Whether the whole of `path` matches."""
    return pattern(glob).match(path) is not None


def covering(globs: Iterable[str]) -> Callable[[str], bool]:
    """Return a predicate: does one of `globs` match the path, or a folder that it lies in?"""
    patterns = tuple(pattern(glob) for glob in globs)
    folders: dict[str, bool] = {"": False}

    def covered(path: str) -> bool:
        known = folders.get(path)
        if known is None:
            parent = path.rpartition("/")[0]
            known = covered(parent) or any(each.match(path) for each in patterns)
            folders[path] = known
        return known

    return covered
