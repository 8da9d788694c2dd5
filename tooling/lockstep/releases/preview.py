"""Images of a commit that is no release, for others to try: `IMAGE:COMMIT`, which stays, and `IMAGE:pr-N`, which moves along."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from lockstep.errors import ConfigError, RefusedError
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.verdict import Verdict
from lockstep.releases import holding, manifest
from lockstep.releases.publishing import Row, State, Step
from lockstep.releases.registry import Pushed, Registry

_BUILD = "build"
_REF = re.compile(r"refs/pull/(?P<number>[1-9]\d*)/(?:merge|head)", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,9}", re.ASCII)
_MOVES = re.compile(r".*:pr-\d+", re.ASCII)


class Preview(msgspec.Struct, frozen=True):
    """The images that a run built of a commit, and the folders of their layouts by digest."""

    commit: str
    images: tuple[Artifact, ...]
    layouts: dict[str, Path]


def of_run(folder: Path) -> Preview:
    """Return the images that a run left in its folder, every byte compared with its record.

    Raises:
        RunError: the folder holds no run, or not what its record says.
        RefusedError: the run built none of a commit as it is; every reason is in `why`.
    """
    record = holding.record(folder)
    images = tuple(each for each in record.artifacts if each.kind is ArtifactKind.IMAGE)
    state = record.repository
    built = any(gate.id == _BUILD and gate.verdict is Verdict.PASSED for gate in record.gates)
    whole = bool(state.commit) and not state.dirty and state.mode == "working-tree"
    reasons = [
        *(() if built else ("its build did not pass",)),
        *(() if whole else ("its files were not those of a commit",)),
        *(() if images else ("it built no image",)),
    ]
    if reasons:
        why, remedy = "\n           ".join(reasons), "commit everything, and nox -s build -- --strict"
        raise RefusedError("the run has no images to push", where=str(folder), why=why, remedy=remedy)
    holding.files(folder, images, ())
    return Preview(state.commit, images, {each.digest: holding.place(folder, each) for each in images})


def number(given: str, environ: Mapping[str, str]) -> str:
    """Return the number of the pull request: the one that was given, or GitHub's, "" where it is none.

    Raises:
        ConfigError: what was given is no number.
    """
    if given and not _NUMBER.fullmatch(given):
        raise ConfigError(f"{given} is no number of a pull request", where="--pr")
    found = _REF.fullmatch(environ.get("GITHUB_REF", ""))
    return given or (found["number"] if found else "")


def steps(preview: Preview, registry: Registry, repository: str, pull_request: str) -> Iterator[Step]:
    """Yield what is to be pushed; pull_request: its number, "" for none."""
    tags = (preview.commit, *((f"pr-{pull_request}",) if pull_request else ()))
    for image in preview.images:
        for tag in tags:
            reference = f"{repository.rstrip('/')}/{image.name}:{tag}"
            target = Pushed(registry, preview.layouts[image.digest], reference)
            yield Step(reference, manifest.hexadecimal(image.digest), target)


def moves(row: Row) -> bool:
    """Whether a row's tag is one that moves along with a pull request."""
    return bool(_MOVES.fullmatch(row.name))


def staying(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows whose tags never move."""
    return tuple(row for row in rows if not moves(row))


def to_push(made: Sequence[Step], rows: Sequence[Row]) -> tuple[Step, ...]:
    """Return the steps that are not done."""
    return tuple(step for step, row in zip(made, rows, strict=True) if row.state is not State.THERE)
