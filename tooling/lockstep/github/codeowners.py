"""CODEOWNERS by GitHub's rules (docs.github.com, "About code owners"): who owns a path. Pure.

The last line that matches a path decides; a line without owners takes them away. Lines that GitHub does not understand
are skipped: negations (`!`), escaped `#`, sections, owners that are neither user, team nor e-mail address. Patterns are
those of .gitignore, but that brackets are no character ranges, and that `folder/*` does not reach into its folders.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import msgspec

# Where GitHub looks, in order; the first file that is there counts, and no other.
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
LARGEST = 3 * 1024 * 1024
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9._-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+")
_SECTION = re.compile(r"\^?\[[^\]/]*\](\[\d+\])?$")
_WORD = re.compile(r"(?:\\.|[^\s\\])+")


class Line(msgspec.Struct, frozen=True):
    """One line that counts: its number (from 1), the pattern as written, and its owners (`@user`, `@org/team`, e-mail)."""

    number: int
    pattern: str
    owners: tuple[str, ...]


class Owners(msgspec.Struct, frozen=True):
    """A CODEOWNERS file: where it is ("" where there is none), its lines, and the numbers of those that GitHub skips."""

    place: str = ""
    lines: tuple[Line, ...] = ()
    skipped: tuple[int, ...] = ()

    def line(self, path: str) -> Line | None:
        """Return the line that decides who owns a path (relative to the root, with `/`); None where no line does."""
        return next((line for line in reversed(self.lines) if _matcher(line.pattern)(path)), None)

    def of(self, path: str) -> tuple[str, ...]:
        """Return who owns a path."""
        line = self.line(path)
        return line.owners if line else ()


def find(content: Callable[[str], bytes | None]) -> Owners:
    """Return the owners of a repository; `content` gives the bytes of a file by its path, None where it is not there."""
    for place in PLACES:
        data = content(place)
        if data is not None:
            return parse(place, data)
    return Owners()


def parse(place: str, data: bytes) -> Owners:
    """Return the owners in `data`; a file over GitHub's limit of 3 MB counts as empty."""
    if len(data) > LARGEST:
        return Owners(place)
    lines, skipped = [], []
    for number, text in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        words = list(_words(text))
        if not words:
            continue
        pattern, owners = words[0], words[1:]
        if _is_valid(pattern) and all(_OWNER.fullmatch(owner) for owner in owners):
            lines.append(Line(number, pattern, tuple(owners)))
        else:
            skipped.append(number)
    return Owners(place, tuple(lines), tuple(skipped))


def _words(text: str) -> Iterator[str]:
    """Yield the words of a line up to a comment; white space in a pattern is escaped."""
    for match in _WORD.finditer(text):
        if match[0].startswith("#"):
            return
        yield match[0]


def _is_valid(pattern: str) -> bool:
    return not (pattern.startswith(("!", "\\#")) or _SECTION.match(pattern) or "***" in pattern or pattern == "/")


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """Return whether a path matches, by segments: no pattern can take for ever."""
    folder = pattern.endswith("/")
    rooted = "/" in pattern.rstrip("/")
    plain = [part for part in pattern.strip("/").split("/") if part]
    segments = plain if rooted else ["**", *plain]
    # What a last segment names may be a folder, and then everything in it; `folder/*` names files alone.
    below = folder or segments[-1] == "**" or segments[-1] != "*" or not rooted
    compiled = tuple(None if segment == "**" else _segment(segment) for segment in segments)

    def match(path: str) -> bool:
        return _matches(compiled, path.split("/"), below=below, folder=folder)

    return match


def _matches(segments: Sequence[re.Pattern[str] | None], parts: Sequence[str], *, below: bool, folder: bool) -> bool:
    """Whether all segments match the parts in turn; None stands for any number of parts.

    below: parts may be left over, for the pattern names a folder. folder: there must be some.
    """
    reached = {0}
    for segment in segments:
        if segment is None:
            reached = set(range(min(reached), len(parts) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(parts) and segment.fullmatch(parts[at])}
    if segments[-1] is None:
        # `folder/**` is what lies in the folder, not the folder itself.
        return len(parts) in reached and len(parts) > 0 and any(at < len(parts) for at in reached)
    if folder:
        return any(at < len(parts) for at in reached)
    return any(at == len(parts) or (below and at < len(parts)) for at in reached)


def _segment(text: str) -> re.Pattern[str]:
    """Return one segment of a pattern as a regular expression: `*` and `?` match within it."""
    found = ""
    characters = iter(text)
    for each in characters:
        if each == "\\":
            found += re.escape(next(characters, ""))
        else:
            found += {"*": "[^/]*", "?": "[^/]"}.get(each, re.escape(each))
    return re.compile(re.sub(r"(\[\^/\]\*)+", "[^/]*", found), re.DOTALL)
