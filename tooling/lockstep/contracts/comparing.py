"""The one door to comparisons: two versions of a contract of any kind in, what breaks out; nothing but a `ContractError` raised."""

import sys
import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from lockstep.contracts import asyncapi, openapi
from lockstep.contracts.change import Change, ContractError
from lockstep.contracts.documents import read
from lockstep.contracts.modes import FORMATS, Mode, broken

Value = TypeVar("Value")
KINDS = (openapi.NAME, asyncapi.NAME, *FORMATS)
_FRAMES = 100_000
_STACK = 512 * 1024 * 1024


class Version(NamedTuple):
    """A version of a contract: its name (a path), its bytes, and what gives the files that it refers to (by path)."""

    name: str
    data: bytes
    others: Callable[[str], bytes | None] = lambda _: None


def differences(kind: str, old: Version, new: Version, mode: Mode = Mode.BACKWARD) -> tuple[Change, ...]:
    """Return what the new version breaks, or may break. `mode` counts for event schemas only.

    Raises:
        ContractError: a version cannot be read.
    """
    if kind in FORMATS:
        found = deep(new.name, lambda: broken(kind, mode, [(old.name, old.data)], (new.name, new.data)))
        return tuple(each.change for each in found)
    room = openapi if kind == openapi.NAME else asyncapi

    def breaking() -> tuple[Change, ...]:
        now = room.load(new.name, new.data, new.others)
        found: tuple[Change, ...] = room.breaking(room.load(old.name, old.data, old.others), now)
        return found

    return deep(new.name, breaking)


def of_document(name: str, data: bytes) -> str:
    """Return `openapi` or `asyncapi` for a contract of that kind, "" for anything else."""
    try:
        value = read(name, data).value
    except ContractError:
        return ""
    if not isinstance(value, dict):
        return ""
    return openapi.NAME if "openapi" in value or "swagger" in value else asyncapi.NAME if "asyncapi" in value else ""


def deep(name: str, work: Callable[[], Value]) -> Value:
    """Run `work` on a stack that is large enough for schemas that refer to each other thousands of times over.

    Raises:
        ContractError: as `work` does, or where even that stack does not suffice.
    """
    done: list[Value] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            failed.append(error)

    frames, size = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(max(frames, _FRAMES))
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(frames)
        threading.stack_size(size)
    if failed and isinstance(failed[0], RecursionError):
        raise ContractError(name, "it is nested too deeply") from failed[0]
    if failed and isinstance(failed[0], MemoryError | SystemError):
        raise ContractError(name, "it takes more memory than there is for it; make its schemas simpler") from None
    if failed:
        raise failed[0]
    return done[0]
