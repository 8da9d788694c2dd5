"""Where a Dockerfile's instructions are, and the images in FROM, COPY --from and RUN --mount=from that no digest names.

A stage of the same file is no image, nor is `scratch`. A variable without a default is given to the build, where it has
to be a digest.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

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


UNKNOWN = -1


class Instruction(NamedTuple):
    """An instruction on one line.

    line: where it starts, from 1. parts: where the text of each of its lines begins here, and in the file.
    """

    line: int
    text: str
    parts: tuple[tuple[int, int], ...]

    def offset(self, end: int) -> int:
        """Return where a word that ends at `end` here ends in the file."""
        here, there = max(part for part in self.parts if part[0] < end)
        return there + end - here


class Default(NamedTuple):
    """A variable's default, and where it ends in the file."""

    value: str
    end: int


class Image(NamedTuple):
    """An image that is not named by digest: the line, the name that is meant, and where that ends in the file.

    end: UNKNOWN where the name stands nowhere as a whole, or is used for something else too.
    """

    line: int
    name: str
    end: int


def loose(text: str) -> Iterator[Image]:
    """Yield each image that is not named by digest."""
    stages: list[str] = []
    defaults: dict[str, Default] = {}
    for instruction in instructions(text):
        argument = _ARG.match(instruction.text)
        if argument and not stages:
            defaults.update(_defaults(instruction, argument.start("pairs")))
        for image, end in _named(instruction.text):
            meant = _resolved(image, defaults)
            if not (_DIGEST.search(meant) or _GIVEN.match(meant) or _is_stage(meant, stages)):
                yield Image(instruction.line, meant, _end(image, instruction.offset(end), defaults, text))
        start = _FROM.match(instruction.text)
        if start:
            stages.append((start["stage"] or "").lower())


def _defaults(instruction: Instruction, begin: int) -> Iterator[tuple[str, Default]]:
    for pair in _PAIR.finditer(instruction.text, begin):
        value = pair[2].strip("\"'")
        end = pair.end() - len(pair[2]) + pair[2].index(value) + len(value)
        yield pair[1], Default(value, instruction.offset(end))


def _end(image: str, end: int, defaults: Mapping[str, Default], text: str) -> int:
    """Return where the image's name ends in the file: where it is used, or in ARG where it is used once and whole."""
    variable = _GIVEN.match(image)
    if variable is None:
        return end if image == _resolved(image, defaults) else UNKNOWN
    name = image.strip("${}")
    alone = len(re.findall(rf"\$\{{?{name}\b", text)) == 1
    return defaults[name].end if alone and "$" not in defaults[name].value else UNKNOWN


def _is_stage(image: str, stages: Sequence[str]) -> bool:
    """Whether the image is an earlier stage, by name or by number."""
    return image.lower() in stages or (image.isdecimal() and int(image) < len(stages))


def _named(instruction: str) -> Iterator[tuple[str, int]]:
    """Yield each image as it is written, and where it ends."""
    start, copy = _FROM.match(instruction), _COPY.match(instruction)
    if start and start["image"].lower() != "scratch":
        yield start["image"], start.end("image")
    if copy:
        yield copy["image"], copy.end("image")
    if _RUN.match(instruction):
        yield from ((match["image"], match.end("image")) for match in _MOUNT.finditer(instruction))


def _resolved(image: str, defaults: Mapping[str, Default]) -> str:
    """Return the image with the defaults of ARG in place; what has none stays as it is written."""

    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"]
        return (defaults[name].value if name in defaults else "") or match["default"] or match[0]

    return _VARIABLE.sub(value, image.strip("\"'"))


def instructions(text: str) -> Iterator[Instruction]:
    """Yield each instruction: continued lines joined, comments and here-documents gone."""
    escape, start, offset = "\\", 0, 0
    parts: list[tuple[int, str]] = []
    waiting: list[str] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line, begin = raw.strip(), offset + len(raw) - len(raw.lstrip())
        offset += len(raw) + 1
        if waiting:
            waiting = waiting[1:] if line == waiting[0] else waiting
            continue
        directive = _ESCAPE.match(line) if not start else None
        escape = directive[1] if directive else escape
        if not line or line.startswith("#"):
            continue
        start = start if parts else number
        parts.append((begin, line.removesuffix(escape).rstrip()))
        if line.endswith(escape):
            continue
        instruction = _joined(start, parts)
        waiting = [match[2] for match in _HEREDOC.finditer(instruction.text)]
        yield instruction
        parts = []
    if parts:
        yield _joined(start, parts)


def _joined(line: int, parts: Sequence[tuple[int, str]]) -> Instruction:
    lengths = accumulate((len(text) + 1 for _, text in parts), initial=0)
    offsets = tuple((length, offset) for length, (offset, _) in zip(lengths, parts, strict=False))
    return Instruction(line, " ".join(text for _, text in parts), offsets)
