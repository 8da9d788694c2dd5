"""A changelog in the form of Keep a Changelog 1.1.0: a release goes under its heading, and what people wrote stays. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from lockstep.errors import RefusedError
from lockstep.model.change import Change
from lockstep.releases.versions import Level, level

_START = """\
# Changelog

What changed for those who use this, by release. The form is [Keep a Changelog](https://keepachangelog.com/en/1.1.0/),
versions are [semantic](https://semver.org/spec/v2.0.0.html).

## [Unreleased]
"""
_SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_OF_TYPE = {"feat": "Added", "fix": "Fixed", "revert": "Removed"}
_FENCE = re.compile(r" {0,3}(```|~~~)")
_RELEASE = re.compile(r"##\s+\[?([^\]\s]+)\]?")
_LINK = re.compile(r" {0,3}\[([^\]]+)\]:\s")
# What Markdown would take for a tag, a link or emphasis.
_MARKUP = re.compile(r"([\\<\[\]*])")
_SHOWN = 8


class Entry(msgspec.Struct, frozen=True):
    """A release: its version, its date (ISO 8601), the tags of it and of the one before, and the repository's web address.

    previous: "" for the first release. url: "" where there is none; nothing is linked then.
    """

    version: str
    date: str
    tag: str
    previous: str
    url: str


def inserted(text: str, entry: Entry, changes: Iterable[Change]) -> str:
    """Return the changelog with the release added: first what stood under Unreleased, then what the commits say.

    An empty `text` becomes a new changelog. Line ends stay as they are.

    Raises:
        RefusedError: the release has a heading already.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = (text or _START).replace("\r\n", "\n").rstrip("\n").split("\n")
    headings = dict(_headings(lines))
    if entry.version in headings.values():
        raise RefusedError(
            f"the changelog has a heading for {entry.version}", remedy="remove it, or name another version"
        )
    start, body, rest = _parted(lines, headings)
    merged = _merged(body, _sections(changes, entry.url))
    heading = f"## [{entry.version}] - {entry.date}" if entry.url else f"## {entry.version} - {entry.date}"
    whole = [*start, "", heading, "", *merged, *(("", *_trimmed(rest)) if _trimmed(rest) else ())]
    return newline.join([*_linked(whole, entry), ""])


def notes(text: str, version: str) -> str:
    """Return what the changelog says about a version, without its heading; "" where it says nothing."""
    lines = text.replace("\r\n", "\n").split("\n")
    headings = dict(_headings(lines))
    start = next((index for index, name in headings.items() if name == version), None)
    if start is None:
        return ""
    end = min((index for index in headings if index > start), default=_links_start(lines))
    return "\n".join(_trimmed(lines[start + 1 : end]))


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of every release's heading; those in code are none."""
    for index, line in _prose(lines):
        match = _RELEASE.match(line)
        if match:
            yield index, match[1].removeprefix("v")


def _prose(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    fence, hidden = "", False
    for index, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and not hidden:
            fence = ("" if mark[1] == fence else fence) if fence else mark[1]
        elif not fence:
            hidden = (hidden or "<!--" in line) and "-->" not in line
            if not hidden:
                yield index, line


def _links_start(lines: Sequence[str]) -> int:
    """Return where the link definitions begin that end the file; the number of lines where there are none."""
    start = len(lines)
    while start and (_LINK.match(lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    return next((index for index in range(start, len(lines)) if _LINK.match(lines[index])), len(lines))


def _parted(lines: list[str], headings: Mapping[int, str]) -> tuple[list[str], list[str], list[str]]:
    """Return the lines up to and with the heading Unreleased, what stands under it, and the rest."""
    unreleased = next((index for index, name in headings.items() if name.lower() == "unreleased"), None)
    if unreleased is None:
        first = min(headings, default=_links_start(lines))
        return [*_trimmed(lines[:first]), "", "## [Unreleased]"], [], lines[first:]
    end = min((index for index in headings if index > unreleased), default=_links_start(lines))
    return lines[: unreleased + 1], _trimmed(lines[unreleased + 1 : end]), lines[end:]


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Return lines without blank ones at either end."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    return kept


def _merged(body: list[str], added: Mapping[str, list[str]]) -> list[str]:
    """Return what people wrote with the commits' entries at the end of the section that each belongs to."""
    starts = [index for index, line in _prose(body) if line.startswith("### ")]
    blocks = [body[: starts[0] if starts else len(body)]]
    blocks += [body[start:end] for start, end in pairwise([*starts, len(body)])]
    left = dict(added)
    result: list[list[str]] = []
    for block in map(_trimmed, blocks):
        name = block[0].removeprefix("### ").strip().capitalize() if block and block[0].startswith("### ") else ""
        result.append([*block, *left.pop(name, ())])
    result += [[f"### {name}", "", *left[name]] for name in _SECTIONS if name in left]
    filled = [block for block in result if block]
    return [line for index, block in enumerate(filled) for line in (("",) if index else ()) + tuple(block)]


def _sections(changes: Iterable[Change], url: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for change in changes:
        if level(change) is not Level.NONE:
            section = "Security" if change.scope.lower() == "security" else _OF_TYPE.get(change.type, "Changed")
            found.setdefault(section, []).append(_line(change, url))
    return found


def _line(change: Change, url: str) -> str:
    scope = f"{_plain(change.scope)}: " if change.scope else ""
    mark = "**Breaking:** " if change.breaking else ""
    more = f". {_plain(change.breaking)}" if change.breaking not in {"", change.subject} else ""
    short = change.commit[:_SHOWN]
    commit = f"[{short}]({url}/commit/{change.commit})" if url else short
    return f"- {mark}{scope}{_plain(change.subject)}{more} ({commit})"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _linked(lines: list[str], entry: Entry) -> list[str]:
    """Return the lines with the definitions of the two links that a release moves, above those that are there."""
    if not entry.url:
        return lines
    start = _links_start(lines)
    kept = [line for line in lines[start:] if not re.match(r"\s*\[unreleased\]:", line, re.IGNORECASE)]
    target = f"compare/{entry.previous}...{entry.tag}" if entry.previous else f"releases/tag/{entry.tag}"
    made = [f"[Unreleased]: {entry.url}/compare/{entry.tag}...HEAD", f"[{entry.version}]: {entry.url}/{target}"]
    return [*_trimmed(lines[:start]), "", *made, *kept]
