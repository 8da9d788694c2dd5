"""Every image that a Dockerfile names is named by digest: in FROM, in COPY --from and in RUN --mount=from.

Prints one `path:line: message` for each that is not, and ends with 1 where there is any. A stage of the same file is no
image, nor is `scratch`. A variable without a default is given to the build, where it has to be a digest.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

_DIGEST = re.compile(r"@(?:sha256:[0-9a-f]{64}|\$\{?\w+\}?)$")
_GIVEN = re.compile(r"^\$\{?\w+\}?$")
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\}|(?P<plain>\w+))")
_ESCAPE = re.compile(r"^#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)(\w+)\1")
_FROM = re.compile(r"^FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE)
_ARG = re.compile(r"^ARG\s+(?P<pairs>.+)$", re.IGNORECASE)
_COPY = re.compile(r"^(?:COPY|ADD)\s.*?--from=(?P<image>\S+)", re.IGNORECASE)
_MOUNT = re.compile(r"--mount=\S*\bfrom=(?P<image>[^,\s]+)")
_RUN = re.compile(r"^RUN\s", re.IGNORECASE)
_PAIR = re.compile(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)")


def main(paths: Sequence[str]) -> int:
    """Print what is wrong in the Dockerfiles; return the exit code."""
    wrong = [(path, line, image) for path in paths for line, image in loose(_read(path))]
    for path, line, image in wrong:
        message = f"{path}:{line}: the image `{image}` is not named by digest (`NAME:TAG@sha256:...`)\n"
        sys.stdout.buffer.write(os.fsencode(message))
    return 1 if wrong else 0


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as stream:  # noqa: PTH123 - a name may be no UTF-8
        return stream.read()


def loose(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each image that is not named by digest."""
    stages: list[str] = []
    defaults: dict[str, str] = {}
    for line, instruction in instructions(text.split("\n")):
        argument = _ARG.match(instruction)
        if argument and not stages:
            defaults.update((name, value.strip("\"'")) for name, value in _PAIR.findall(argument["pairs"]))
        for image in _named(instruction):
            meant = _resolved(image, defaults)
            if not (_DIGEST.search(meant) or _GIVEN.match(meant) or _is_stage(meant, stages)):
                yield line, meant
        start = _FROM.match(instruction)
        if start:
            stages.append((start["stage"] or "").lower())


def _is_stage(image: str, stages: Sequence[str]) -> bool:
    """Whether the image is an earlier stage, by name or by number."""
    return image.lower() in stages or (image.isdecimal() and int(image) < len(stages))


def _named(instruction: str) -> Iterator[str]:
    start, copy = _FROM.match(instruction), _COPY.match(instruction)
    if start and start["image"].lower() != "scratch":
        yield start["image"]
    if copy:
        yield copy["image"]
    if _RUN.match(instruction):
        yield from (match["image"] for match in _MOUNT.finditer(instruction))


def _resolved(image: str, defaults: Mapping[str, str]) -> str:
    """Return the image with the defaults of ARG in place; what has none stays as it is written."""

    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"]
        return defaults.get(name) or match["default"] or match[0]

    return _VARIABLE.sub(value, image.strip("\"'"))


def instructions(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield each instruction with the line on which it starts: continued lines joined, comments and here-documents gone."""
    escape, start = "\\", 0
    parts: list[str] = []
    waiting: list[str] = []
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if waiting:
            waiting = waiting[1:] if line == waiting[0] else waiting
            continue
        directive = _ESCAPE.match(line) if not start else None
        escape = directive[1] if directive else escape
        if not line or line.startswith("#"):
            continue
        start = start if parts else number
        parts.append(line.removesuffix(escape).rstrip())
        if line.endswith(escape):
            continue
        instruction = " ".join(parts)
        waiting = [match[2] for match in _HEREDOC.finditer(instruction)]
        yield start, instruction
        parts = []
    if parts:
        yield start, " ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
