"""Invocations and outputs as a gate sees them, made without running anything."""

from collections.abc import Mapping

from lockstep.model.component import Component, FileEntry, Kind
from lockstep.model.digests import of_bytes
from lockstep.model.gate import Check, Invocation, Output, Settings

ROOT = "/tree"
LIBRARY = Component("libs/lamps", "libs/lamps", Kind.PYTHON_LIBRARY, python=True, source_roots=("libs/lamps/src",))
WHOLE = Component(".", ".", Kind.REPOSITORY)


def invocation(
    *files: str,
    component: Component = LIBRARY,
    others: tuple[Component, ...] = (),
    settings: Settings | None = None,
    tools: tuple[str, ...] = (),
    history: str = "",
) -> Invocation:
    """Return an invocation with stand-ins for everything that belongs to a machine."""
    return Invocation(
        root=ROOT,
        component=component,
        components={each.name: each for each in (component, *others)},
        files=files,
        tools={name: (f"/store/{name}",) for name in tools},
        python="/env/bin/python",
        import_paths=tuple(f"{ROOT}/{root}" for root in component.source_roots),
        scratch="/scratch",
        cache="/cache",
        data="/data",
        settings=settings or Settings(),
        history=history,
    )


def output(
    exit_code: int = 0, *, stdout: bytes = b"", stderr: bytes = b"", files: Mapping[str, bytes] | None = None
) -> Output:
    """Return what a tool left."""
    return Output(exit_code, stdout, stderr, files or {})


def selects(check: Check, component: Component, path: str) -> bool:
    """Tell whether the check is handed the file."""
    return check.select(component, FileEntry(path, "100644", of_bytes(b""), 1))
