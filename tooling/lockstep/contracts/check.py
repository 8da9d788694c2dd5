"""The program behind contract-checks: `python -m lockstep.contracts.check --kind KIND [options] FILE...`, in the root of the tree.

It compares contracts with their earlier versions and prints a report (`Found`) as JSON. It ends with 1 where
something breaks, 0 where nothing does, 2 where it could not tell.
"""

import argparse
import re
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import dirname

import msgspec

from lockstep.contracts.change import Change, ContractError, Spot
from lockstep.contracts.comparing import Version, deep, differences, of_document
from lockstep.contracts.documents import Document, read
from lockstep.contracts.files import LARGEST, bounded, inside
from lockstep.contracts.modes import Mode, broken, of_name

# A reference to another file, which may have changed though the one that refers has not.
_OUTWARD = re.compile(rb"""\$ref["']?\s*:\s*["']?[^#"'\s]""")
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
# Changes that `openapi` and `asyncapi` find themselves have the old version's place first, the new one's second.
_OLD_SIDE_FIRST = frozenset(
    {
        *("media-type-removed", "response-removed", "header-removed", "header-became-optional"),
        *("header-serialisation-changed", "message-removed"),
    }
)
# A gibibyte, and room for the stacks that `deep` reserves and hardly uses, one within the other.
_MEMORY = 2 * 1024**3
_MARKS = frozenset({"const", "enum"})


class Item(msgspec.Struct, frozen=True):
    """One finding: a rule, a text, a place (a path of the tree, a line or 0), and what tells it from others there."""

    rule: str
    message: str
    path: str
    line: int = 0
    certain: bool = True
    anchor: str = ""


class Found(msgspec.Struct, frozen=True):
    """The report: what was found, and the contracts that were looked at."""

    items: tuple[Item, ...]
    checked: tuple[str, ...]


class Given(msgspec.Struct, frozen=True):
    """What is compared. base: folder that holds the files of `top` as they were, "" where there was nothing.

    folder: the component's; components: the folders of all components of its kind; files: its files now.
    """

    kind: str
    base: str
    top: str
    folder: str
    components: tuple[str, ...]
    mode: Mode
    releases: tuple[str, ...]
    files: tuple[str, ...]

    def before(self, path: str) -> bytes | None:
        """Return the bytes that a file of the tree had on the base branch."""
        return bounded(Path(self.base, self._inside(path))) if self.base else None

    def released(self, path: str) -> Iterator[tuple[str, bytes]]:
        """Yield the bytes that a file had in each release, oldest first, each once."""
        seen = set()
        for folder in self.releases:
            data = bounded(Path(folder, self._inside(path)))
            if data is not None and data not in seen:
                seen.add(data)
                yield f"{path} (released)", data

    def gone(self) -> Iterator[str]:
        """Yield the files of the base that are no more: of this component, and of components beside it that are no more."""
        if not self.base:
            return
        around = dirname(self.folder) or self.folder
        for found in sorted(Path(self.base).rglob("*")):
            path = "/".join(part for part in (self.top, found.relative_to(self.base).as_posix()) if part)
            if not found.is_file() or path in self.files:
                continue
            owners = [each for each in self.components if path.startswith(f"{each}/")]
            owner = max(owners, key=len, default="")
            first = self.folder == min(each for each in self.components if (dirname(each) or each) == around)
            if owner == self.folder or (not owner and first and path.startswith(f"{around}/")):
                yield path

    def _inside(self, path: str) -> str:
        return path.removeprefix(f"{self.top}/") if self.top else path


def main(words: Sequence[str]) -> int:
    """Compare, print the report, and return the exit code."""
    given = _given(words)
    try:
        found = deep(given.folder, lambda: _found(given))
    except (ContractError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    return 1 if any(item.certain for item in found.items) else 0


def _given(words: Sequence[str]) -> Given:
    parser = argparse.ArgumentParser(prog="lockstep.contracts.check", allow_abbrev=False)
    parser.add_argument("--kind", choices=("apis", "events"), required=True)
    for name in ("base", "top", "folder", "releases"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--mode", type=Mode, default=Mode.BACKWARD)
    parser.add_argument("--component", action="append", default=[])
    parser.add_argument("files", nargs="*")
    read = parser.parse_args(words)
    releases = Path(read.releases).read_text("utf-8").splitlines() if read.releases else []
    return Given(
        kind=read.kind,
        base=read.base,
        top=read.top,
        folder=read.folder,
        components=tuple(read.component) or (read.folder,),
        mode=read.mode,
        releases=tuple(releases),
        files=tuple(read.files),
    )


def _found(given: Given) -> Found:
    work = _apis if given.kind == "apis" else _events
    items: list[Item] = []
    checked: list[str] = []
    for path, found in work(given):
        checked.append(path)
        items += found
    return Found(tuple(dict.fromkeys(items)), tuple(checked))


# HTTP and messaging contracts


def _apis(given: Given) -> Iterator[tuple[str, list[Item]]]:
    for path in given.files:
        new = bounded(Path(path)) or b""
        old = given.before(path)
        kind = of_document(path, new) or (of_document(path, old) if old is not None else "")
        if kind:
            same = old == new and not _OUTWARD.search(new)
            yield path, list(_api(given, kind, path, old, new)) if old is not None and not same else []
        elif old is not None and old != new and _trouble(path, old) and (error := _trouble(path, new)):
            yield path, [_unreadable(error, path)]
    for path in given.gone():
        before = given.before(path) or b""
        if len(before) > LARGEST:
            yield path, [_removed("contract-removed", path, "what it was is too large to be read; if a contract")]
        elif of_document(path, before):
            yield path, [_removed("contract-removed", path)]


def _trouble(path: str, data: bytes) -> ContractError | None:
    """Return why it cannot be told what a file is, where that is so."""
    try:
        read(path, data)
    except ContractError as error:
        return error
    return None


def _api(given: Given, kind: str, path: str, old: bytes, new: bytes) -> Iterator[Item]:
    before = Version(path, old, given.before)
    now = Version(path, new, _in_tree)
    try:
        found = differences(kind, before, now)
    except ContractError as error:
        yield _unreadable(error, path)
        return
    yield from _placed(path, [(change, _now(change, path)) for change in found])


def _in_tree(name: str) -> bytes | None:
    found = inside(name, Path())
    return bounded(found) if found else None


def _now(change: Change, path: str) -> Spot:
    """Return where a change stands in the new version: at the reader's in requests, at the writer's in responses."""
    answered = change.part.startswith("response") or change.operation.startswith("SEND")
    spot = change.writer if answered and change.rule not in _OLD_SIDE_FIRST else change.reader
    return spot if spot.document else Spot(path, spot.pointer)


def _placed(path: str, found: Sequence[tuple[Change, Spot]]) -> Iterator[Item]:
    """Yield changes as findings, each on the line where its spot stands now."""
    wanted: dict[str, set[str]] = {}
    for _, spot in found:
        wanted.setdefault(spot.document or path, set()).add(spot.pointer)
    lines = {name: _lines(name, pointers) for name, pointers in wanted.items()}
    for change, spot in found:
        name = spot.document or path
        yield Item(
            rule=change.rule,
            message=_sentence(change),
            path=name,
            line=lines[name][spot.pointer],
            certain=change.certain,
            anchor=f"{change.operation} {change.part} {spot.pointer}".strip(),
        )


def _lines(name: str, pointers: set[str]) -> Mapping[str, int]:
    data = bounded(Path(name))
    return Document(name, data, None).lines(pointers) if data is not None else dict.fromkeys(pointers, 0)


def _sentence(change: Change) -> str:
    about = ", ".join(part for part in (change.operation, change.part) if part)
    may = "" if change.certain else "may break: "
    told = f"{about}: {change.what}" if about else change.what
    return f"{may}{told}; {change.why} (#{_pointer(change)})"


def _pointer(change: Change) -> str:
    return change.reader.pointer or change.writer.pointer


def _removed(rule: str, path: str, more: str = "") -> Item:
    about = f"{more}, whoever" if more else "whoever"
    return Item(rule, f"{path} is gone; {about} relies on it breaks", path, anchor=path)


def _unreadable(error: ContractError, path: str) -> Item:
    name = error.document.removesuffix(" (before)").removesuffix(" (released)") or path
    line = error.line or (_lines(name, {error.pointer})[error.pointer] if error.pointer else 0)
    return Item("unreadable", f"it cannot be compared: {error.why}", name, line, anchor=error.why)


# Event schemas


def _events(given: Given) -> Iterator[tuple[str, list[Item]]]:
    for path in given.files:
        yield path, list(_event(given, path))
    for path in given.gone():
        if not of_document(path, given.before(path) or b""):
            yield path, [_removed("schema-removed", path)]


def _event(given: Given, path: str) -> Iterator[Item]:
    new = bounded(Path(path)) or b""
    kind = of_name(path)
    before = given.before(path)
    others = [(each, bounded(Path(each)) or b"") for each in _lower(path, given.files)]
    same = list(given.released(path)) if given.mode.transitive else []
    if before is not None and (f"{path} (released)", before) not in same:
        same.append((f"{path} (before)", before))
    earlier = [*others, *same]
    try:
        for each in broken(kind, given.mode, earlier, (path, new)):
            backward = each.backward
            if each.against in dict(others) and _marks_version(each.change):
                continue
            against = f"against {each.against}"
            change = msgspec.structs.replace(each.change, why=f"{each.change.why}, {against}")
            side = change.reader if backward else change.writer
            yield from _placed(path, [(change, Spot(path, side.pointer))])
    except ContractError as error:
        yield _unreadable(error, path)


def _lower(path: str, files: Sequence[str]) -> list[str]:
    """Return the files beside `path` whose names are earlier versions, oldest first."""
    own = _number(path)
    beside = [each for each in files if dirname(each) == dirname(path) and _suffix(each) == _suffix(path)]
    numbered = [(number, each) for each in beside if (number := _number(each)) is not None]
    return [each for number, each in sorted(numbered) if own is not None and number < own]


def _number(path: str) -> tuple[int, int, int] | None:
    match = _VERSION.fullmatch(Path(path).stem)
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None


def _suffix(path: str) -> str:
    return Path(path).suffix


def _marks_version(change: Change) -> bool:
    """Whether a change between two version files is only that each says which version it is."""
    parts = change.reader.pointer.split("/")
    return len(parts) > 1 and parts[-1] in _MARKS and parts[-2] == "version"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.exit(main(sys.argv[1:]))
